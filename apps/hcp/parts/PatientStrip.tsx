import { useComputed } from "@preact/signals"
import { useState } from "preact/hooks"
import { ageInYears, formatDuration, formatFhirDate, formatMoment, formatNumber } from "../../shared/format.ts"
import { online } from "../../shared/online.ts"
import { Banner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { sexOf } from "../../shared/sex.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { type Encounter, isPractice, leave, now } from "../state.ts"
import { practiceWords } from "../words/practice.ts"
import { words } from "../words/words.ts"

const soonSeconds = 5 * 60

/** `42 minutes`; in the last minutes `4:09`. */
const timeLeft = (seconds: number): string =>
  seconds > soonSeconds
    ? formatDuration(seconds)
    : `${Math.floor(seconds / 60)}:${formatNumber(seconds % 60, { minimumIntegerDigits: 2 })}`

const TimeLeft = ({ encounter }: { encounter: Encounter }) => {
  const { strip } = words.value
  const seconds = Math.max(0, Math.round((Date.parse(encounter.access.expiresAt) - now.value) / 1000))
  const soon = seconds <= soonSeconds
  return (
    <span class={soon ? "badge badge-bad time-left" : "badge time-left"} role="timer" aria-label={strip.leftLabel}>
      {strip.left(timeLeft(seconds))}
    </span>
  )
}

/** Said once, when it comes to that. */
export const EndsSoon = ({ encounter }: { encounter: Encounter }) => {
  const { strip } = words.value
  if (Date.parse(encounter.access.expiresAt) - now.value > soonSeconds * 1000) return null
  return (
    <Banner tone="warn" title={strip.soon} alert>
      <p>{strip.soonText}</p>
    </Banner>
  )
}

/** For paper, to the minute. */
const PrintedAt = () => {
  const minute = useComputed(() => Math.floor(now.value / 60_000) * 60_000)
  return <p class="print-only small">{words.value.strip.printed(formatMoment(minute.value))}</p>
}

/** Whose record this is, on every screen and page of it; how long it stays; and the way out. */
export const PatientStrip = ({ encounter }: { encounter: Encounter }) => {
  const [closing, setClosing] = useState(false)
  const { strip } = words.value
  const { summary } = sharedWords.value
  const { patient } = encounter
  const age = patient?.birthDate === undefined ? undefined : ageInYears(patient.birthDate, new Date())
  return (
    <>
      <section class="strip" aria-label={strip.label}>
        <div class="strip-who">
          <p class="strip-name">{patient?.name ?? summary.noName}</p>
          <p class="row strip-facts small">
            {patient?.birthDate !== undefined && (
              <span>
                {summary.born} {formatFhirDate(patient.birthDate)}
                {age !== undefined && patient.deceased === undefined && ` (${summary.age(age)})`}
              </span>
            )}
            {patient?.sex !== undefined && <span>{sexOf(patient.sex)}</span>}
            <span class="no-print">
              <TimeLeft encounter={encounter} />
            </span>
          </p>
        </div>
        <div class="no-print">
          <Button onClick={() => setClosing(true)}>{strip.close}</Button>
        </div>
      </section>
      {isPractice(encounter.access) && (
        <Banner tone="bad">
          <p class="strong">{practiceWords.value.banner}</p>
        </Banner>
      )}
      <PrintedAt />
      <ConfirmDialog
        open={closing}
        title={strip.closeTitle}
        confirm={strip.close}
        look="main"
        onConfirm={() => leave("closed")}
        onClose={() => setClosing(false)}
      >
        <p>{strip.closeText}</p>
      </ConfirmDialog>
      <EndsSoon encounter={encounter} />
      {!online.value && (
        <Banner tone="warn">
          <p>{strip.offline}</p>
        </Banner>
      )}
    </>
  )
}
