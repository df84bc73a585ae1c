import { useState } from "preact/hooks"
import type { AuditEvent } from "../../../contract/audit.ts"
import { exportAuditTrail } from "../../../sdk/patient/audit-export.ts"
import { type CheckedTrail, readCheckedTrail } from "../../../sdk/patient/audit-trail.ts"
import { type Grant, listGrants } from "../../../sdk/patient/grants.ts"
import { formatList, formatMoment, formatNumber, formatTime } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { SelectField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { isCode, troubleOf } from "../../shared/problem.ts"
import { saveFile } from "../../shared/save-file.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { AccessPlot } from "../AccessPlot.tsx"
import { grants as newest } from "../accesses.ts"
import { documents } from "../record-store.ts"
import { SignInForm } from "../SignInForm.tsx"
import { inCloud, session } from "../state.ts"
import { useCloud } from "../useCloud.ts"
import { Who, WhoInFull } from "../Who.tsx"
import { words } from "../words/words.ts"

interface Told {
  readonly trail: CheckedTrail
  readonly grants: readonly Grant[]
}

const readAccesses = (): Promise<Told> =>
  inCloud(async (by) => {
    const grants = await listGrants(by)
    return { trail: await readCheckedTrail(by), grants }
  })

const Verdict = ({ reading }: { reading: ReturnType<typeof useCloud<Told>> }) => {
  const { access: says } = words.value
  if (reading.state === "loading")
    return (
      <p class="row" role="status">
        <span class="spinner" aria-hidden="true" />
        {says.checking}
      </p>
    )
  if (reading.state === "failed")
    return troubleOf(reading.error).kind === "integrity" ? (
      <Banner tone="bad" title={says.badTitle} alert>
        <p>{troubleOf(reading.error).sentence}</p>
        <p>{sharedWords.value.trouble.integrityAdvice}</p>
      </Banner>
    ) : (
      <TroubleBanner error={reading.error} retry={reading.reload} />
    )
  const { events, checkpoint } = reading.value.trail
  const count = formatNumber(events.length)
  return (
    <Banner tone="good" title={says.goodTitle}>
      <p role="status">
        {checkpoint === undefined
          ? says.goodUncovered(count)
          : says.good(count, formatMoment(checkpoint.signedAt * 1000))}
      </p>
    </Banner>
  )
}

const Emergency = ({ grant, events }: { grant: Grant; events: readonly AuditEvent[] }) => {
  const { access: says } = words.value
  const { categories: names, details } = sharedWords.value
  const { grantedAt, expiresAt, categories, professional, grantId } = grant
  // What was read since this screen was: an access that has just ended isn't shown as running.
  const { status } = newest.value?.find((each) => each.grantId === grantId) ?? grant
  const own = events.filter(({ subject, actor }) => subject.grantId === grantId && actor.kind === "hcp")
  return (
    <li class="stack stack-s">
      <p class="row">
        <span class="strong">
          <Who professional={professional} statement={grant.statement} answer={grant.answer} at={grantedAt} />
        </span>
        <span>
          {formatMoment(grantedAt)}
          {expiresAt !== undefined && ` – ${formatTime(expiresAt)}`}
        </span>
        <span class={status === "active" || status === "unlisted" ? "badge badge-bad" : "badge"}>
          {says.status[status]}
        </span>
      </p>
      <p>
        {says.opened}: {formatList(categories.map((category) => names[category]))}
      </p>
      {status === "unlisted" && <p class="strong">{says.unlistedText}</p>}
      <details>
        <summary>{details}</summary>
        <WhoInFull professional={professional} statement={grant.statement} answer={grant.answer} at={grantedAt} />
        <ul class="stack stack-s">
          {own.map((event) => (
            <li key={event.seq}>
              {formatTime(event.at)}: {says.actions[event.action]} <Subject event={event} />
            </li>
          ))}
          <li>
            {says.certificate}: <span class="mono">{professional.thumbprint}</span>
          </li>
        </ul>
      </details>
    </li>
  )
}

/** What an event was about, in words where the device knows them. */
const Subject = ({ event }: { event: AuditEvent }) => {
  const { categories: names } = sharedWords.value
  const { consents } = words.value
  const { recordId, category, categories, consent, records } = event.subject
  const known = documents.value?.find(({ descriptor }) => descriptor.recordId === recordId)
  const parts = [
    known?.metadata?.title,
    category === undefined ? undefined : names[category],
    categories === undefined ? undefined : formatList(categories.map((each) => names[each])),
    consent === undefined ? undefined : consents.kinds[consent].title,
    records === undefined || records.length === 0 ? undefined : words.value.record.count(records.length),
  ].filter((part) => part !== undefined)
  return <span class="muted">{parts.join(" · ")}</span>
}

const shownAtOnce = 50

/** Who an event names: its certificate, which signed the access that it belongs to. */
const signerOf = (
  { certificate }: Extract<AuditEvent["actor"], { kind: "hcp" }>,
  { subject, at }: AuditEvent,
  grants: readonly Grant[],
) => {
  const own = grants.find(
    ({ grantId, professional }) => grantId === subject.grantId && professional.thumbprint === certificate,
  )
  return {
    professional: own?.professional ?? { thumbprint: certificate },
    statement: own?.statement,
    answer: own?.answer,
    at: own?.grantedAt ?? at,
  }
}

const Everything = ({ events, grants }: { events: readonly AuditEvent[]; grants: readonly Grant[] }) => {
  const { access: says } = words.value
  const { show, codes } = sharedWords.value
  const [filter, setFilter] = useState<"all" | "hcp" | "patient">("all")
  const [all, setAll] = useState(false)
  const chosen = events
    .filter(({ actor }) => filter === "all" || (actor.kind === "patient") === (filter === "patient"))
    .toReversed()
  const shown = all ? chosen : chosen.slice(0, shownAtOnce)
  return (
    <section class="panel" aria-labelledby="everything">
      <h2 id="everything">{says.everything}</h2>
      <AccessPlot events={chosen} />
      <SelectField label={says.filter} value={filter} options={says.filters} onValue={setFilter} />
      <div class="scroll-x" tabIndex={0} role="group" aria-label={says.what}>
        <table>
          <thead>
            <tr>
              <th scope="col">{says.when}</th>
              <th scope="col">{says.who}</th>
              <th scope="col">{says.what}</th>
              <th scope="col">{says.which}</th>
              <th scope="col">{says.outcome}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((event) => {
              const { seq, at, actor, action, outcome } = event
              return (
                <tr key={seq}>
                  <td class="moment">{formatMoment(at)}</td>
                  <td>
                    {actor.kind === "hcp" ? (
                      <Who {...signerOf(actor, event, grants)} />
                    ) : (
                      { patient: says.you, holder: says.holder, member: says.member }[actor.kind]
                    )}
                  </td>
                  <td>{says.actions[action]}</td>
                  <td>
                    <Subject event={event} />
                  </td>
                  <td>
                    {outcome === "permitted" ? (
                      says.permitted
                    ) : (
                      <>
                        <span class="badge badge-warn">{says.refused}</span>{" "}
                        {isCode(outcome) ? codes[outcome] : outcome}
                      </>
                    )}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {chosen.length > shown.length && (
        <div>
          <Button onClick={() => setAll(true)}>
            {show}: {formatNumber(chosen.length)}
          </Button>
        </div>
      )}
    </section>
  )
}

export const Access = () => {
  const { access: says, login } = words.value
  const reading = useCloud(readAccesses)
  const { busy, error, run } = useDeed()
  if (session.value === undefined)
    return (
      <Screen title={says.title} lead={says.lead}>
        <div class="panel">
          <SignInForm lead={login.needed} />
        </div>
      </Screen>
    )
  return (
    <Screen title={says.title} lead={says.lead}>
      <Verdict reading={reading} />
      {reading.state === "loading" && <Loading />}
      {reading.state === "ready" && (
        <>
          <section class="panel" aria-labelledby="emergencies">
            <h2 id="emergencies">{says.emergencies}</h2>
            {reading.value.grants.length === 0 ? (
              <p>{says.noEmergency}</p>
            ) : (
              <ul class="list">
                {reading.value.grants
                  .toSorted((a, b) => b.grantedAt.localeCompare(a.grantedAt))
                  .map((grant) => (
                    <Emergency key={grant.grantId} grant={grant} events={reading.value.trail.events} />
                  ))}
              </ul>
            )}
          </section>
          <Everything events={reading.value.trail.events} grants={reading.value.grants} />
        </>
      )}
      <TroubleBanner error={error} />
      <div class="row no-print">
        <Button
          busy={busy}
          aria-describedby="export-hint"
          onClick={() =>
            run(async () =>
              saveFile(
                JSON.stringify(await inCloud(exportAuditTrail), undefined, 2),
                "audit-trail.json",
                "application/json",
              ),
            )
          }
        >
          {says.export}
        </Button>
        <span class="small muted" id="export-hint">
          {says.exportHint}
        </span>
      </div>
    </Screen>
  )
}
