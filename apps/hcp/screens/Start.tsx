import { useEffect, useRef, useState } from "preact/hooks"
import type { Access } from "../../../sdk/hcp/emergency-access.ts"
import { formatMoment } from "../../shared/format.ts"
import { online } from "../../shared/online.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { later } from "../../shared/parts/later.tsx"
import { troubleOf } from "../../shared/problem.ts"
import { ScanCode } from "../../shared/scan/ScanCode.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { type Aside, asideHere, forgetAside } from "../aside.ts"
import type { HeldCertificate } from "../certificate-store.ts"
import type { CardText, OpeningStep } from "../open-card.ts"
import { keptReceipts } from "../receipts.ts"
import { begin, confirm, stage } from "../state.ts"
import { tellEnd, untold } from "../told.ts"
import { practiceWords } from "../words/practice.ts"
import { words } from "../words/words.ts"

const SaveReceipts = later(async () => (await import("../parts/SaveReceipts.tsx")).SaveReceipts)
const CertificatePanel = later(async () => (await import("../parts/CertificatePanel.tsx")).CertificatePanel)
const CertificateRefused = later(async () => (await import("../parts/CertificatePanel.tsx")).CertificateRefused)

/** What runs, or went wrong, since a card was scanned. `access`: it is open; only its summary is missing. */
type Opening =
  | { readonly kind: "no-card" }
  | { readonly kind: "running"; readonly step: OpeningStep }
  | { readonly kind: "bad-card"; readonly outcome: Exclude<CardText["outcome"], "ok"> }
  | { readonly kind: "failed"; readonly error: unknown; readonly ask: Asking; readonly access?: Access }

type Asking = (onStep: (step: OpeningStep) => void) => Promise<Access | undefined>

const end = async (access: Access): Promise<void> => {
  const { endAccess } = await import("../open-card.ts")
  forgetAside()
  tellEnd(() => endAccess(access), access.expiresAt)
}

const Ended = () => {
  const { value } = stage
  if (value.kind !== "none" || value.ending === undefined) return null
  const [title, text] = words.value.start.endings[value.ending]
  return (
    <Banner tone={value.ending === "closed" ? "good" : "warn"} title={title} alert>
      <p>{text}</p>
      {untold.value !== undefined && <p role="status">{words.value.start.untold(formatMoment(untold.value))}</p>}
      {keptReceipts.value.length > 0 && <SaveReceipts receipts={keptReceipts.value} />}
    </Banner>
  )
}

const Offline = () =>
  online.value ? null : (
    <Banner tone="warn">
      <p>{words.value.start.offline}</p>
    </Banner>
  )

/** What no other try mends. */
const ofCertificate: ReadonlySet<string> = new Set([
  "certificate-revoked",
  "certificate-expired",
  "certificate-untrusted",
  "profession-not-allowed",
])

const Failed = ({ error, held, retry }: { error: unknown; held: HeldCertificate; retry: () => void }) => {
  const { code = "" } = troubleOf(error)
  if (!ofCertificate.has(code)) return <TroubleBanner error={error} retry={retry} />
  return (
    <>
      <TroubleBanner error={error} />
      <CertificateRefused code={code} held={held} />
    </>
  )
}

/** Loads what an access needs and makes it quick, while somebody looks for the card. */
const warmUp = async (): Promise<void> => {
  try {
    await (await import("../open-card.ts")).warmUp()
  } catch {
    // It would only have been quicker: what fails here fails in its place, with a reason.
  }
}

/** When the page has nothing to do; not every browser says so. */
const whenIdle = (act: () => void): void => {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(act)
  else setTimeout(act, 500)
}

/** A record of nobody, to practise with. */
const Practice = () => {
  const says = practiceWords.value
  const practise = async () => {
    const { practiceEncounter } = await import("../practice.ts")
    begin(practiceEncounter())
  }
  return (
    <section class="panel" aria-labelledby="practice">
      <h2 id="practice">{says.title}</h2>
      <p>{says.lead}</p>
      <div>
        <Button onClick={() => void practise()}>{says.begin}</Button>
      </div>
    </section>
  )
}

export const Start = ({ held }: { held: HeldCertificate }) => {
  const [opening, setOpening] = useState<Opening>({ kind: "no-card" })
  const running = useRef<AbortController>(undefined)
  const { start } = words.value
  useEffect(() => whenIdle(() => void warmUp()), [])

  /** Asks for the access, or takes the one that runs; then shows who it is. Given up meanwhile, an access is ended. */
  const open = async (ask: Asking, before?: Access) => {
    const left = new AbortController()
    running.current = left
    let access = before
    const onStep = (step: OpeningStep) => {
      if (!left.signal.aborted) setOpening({ kind: "running", step })
    }
    onStep(access === undefined ? "index" : "summary")
    try {
      access ??= await ask(onStep)
      if (access === undefined) {
        if (!left.signal.aborted) setOpening({ kind: "no-card" })
        return
      }
      onStep("summary")
      const { openEncounter } = await import("../open-card.ts")
      const encounter = await openEncounter(access, left)
      left.signal.throwIfAborted()
      begin(encounter)
    } catch (error) {
      if (!left.signal.aborted) setOpening({ kind: "failed", error, ask, ...(access === undefined ? {} : { access }) })
      else if (access !== undefined) await end(access)
    }
  }
  const openCard = async (text: string) => {
    if (opening.kind === "failed" && opening.access !== undefined) void end(opening.access)
    setOpening({ kind: "running", step: "index" })
    const { decodeCard, requestAccess } = await import("../open-card.ts")
    const reading = decodeCard(text)
    if (reading.outcome === "ok") await open((onStep) => requestAccess(reading.card, held, onStep))
    else setOpening({ kind: "bad-card", outcome: reading.outcome })
  }
  const giveUp = () => {
    running.current?.abort()
    setOpening({ kind: "no-card" })
  }
  /** This page was loaded anew while a patient was open. */
  const resume = async (aside: Aside) => {
    const { takeAside } = await import("../open-card.ts")
    await open(() => takeAside(aside, held.credential))
    if (aside.confirmed) confirm()
  }
  useEffect(() => {
    const aside = asideHere()
    if (aside !== undefined) void resume(aside)
  }, [])

  return (
    <Screen title={start.title} lead={start.lead} narrow>
      {opening.kind === "no-card" && <Ended />}
      <Offline />
      {opening.kind === "running" ? (
        <div class="panel">
          <p class="row" role="status">
            <span class="spinner" aria-hidden="true" />
            {start.steps[opening.step]}
          </p>
          <div>
            <Button onClick={giveUp}>{start.giveUp}</Button>
          </div>
        </div>
      ) : (
        <>
          {opening.kind === "failed" && (
            <>
              {opening.access !== undefined && <p class="strong">{start.noSummaryYet}</p>}
              <Failed error={opening.error} held={held} retry={() => void open(opening.ask, opening.access)} />
            </>
          )}
          <div class="panel">
            <ScanCode
              fault={opening.kind === "bad-card" ? sharedWords.value.codes[opening.outcome] : undefined}
              onText={(text) => void openCard(text)}
            />
          </div>
        </>
      )}
      <CertificatePanel held={held} />
      {opening.kind !== "running" && <Practice />}
    </Screen>
  )
}
