import { useEffect, useState } from "preact/hooks"
import type { AuditEvent } from "../../../contract/audit.ts"
import type { CheckedTrail } from "../../../sdk/patient/audit-trail.ts"
import { readPracticeTrail } from "../../../sdk/practice/audit-trail.ts"
import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { formatMoment } from "../../shared/format.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { SelectField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { auditWords } from "../audit/words.ts"
import { nameOfLine } from "../parts/EntryLine.tsx"
import { inPractice, known, ownMember, token } from "../state.ts"

type Filter = "all" | "opened" | "changed" | "exported" | "members"

const filterOf = ({ action }: AuditEvent): Filter => {
  if (action === "download-url") return "opened"
  if (action === "put-file") return "changed"
  return action === "export" ? "exported" : "members"
}

const whoOf = ({ actor }: AuditEvent): string => {
  const says = auditWords.value
  if (actor.kind !== "member") return actor.kind
  return actor.memberId === ownMember.value?.memberId ? says.you : says.member(actor.memberId.slice(0, 4))
}

const FileName = ({ fileId }: { fileId: string }) => {
  const entry = known()?.directory.get(fileId)
  if (entry === undefined) return <>{auditWords.value.gone}</>
  return <a href={`/patients/file#${fileId}`}>{nameOfLine(resultLines([entry])[0] ?? {})}</a>
}

const Line = ({ event }: { event: AuditEvent }) => {
  const says = auditWords.value
  const { recordId, version } = event.subject
  const sentence = new Map<string, string>(Object.entries(says.actions)).get(event.action) ?? says.other(event.action)
  return (
    <li>
      <p>
        <span class="strong">{whoOf(event)}</span> {sentence}
        {event.outcome !== "permitted" && <span class="badge badge-warn"> {says.refused}</span>}
      </p>
      {recordId !== undefined && (
        <p>
          <FileName fileId={recordId} />
          {version !== undefined && <span class="small muted"> · {says.version(version)}</span>}
        </p>
      )}
      {event.action === "export" && recordId === undefined && <p>{says.everything}</p>}
      <p class="small muted">{formatMoment(event.at)}</p>
    </li>
  )
}

const step = 50

const Trail = ({ trail: { events, checkpoint } }: { trail: CheckedTrail }) => {
  const says = auditWords.value
  const [filter, setFilter] = useState<Filter>("all")
  const [most, setMost] = useState(step)
  const found = events.filter((event) => filter === "all" || filterOf(event) === filter).toReversed()
  return (
    <>
      <p role="status">{says.verified(events.length)}</p>
      {checkpoint !== undefined && (
        <p class="small muted">{says.covered(formatMoment(checkpoint.signedAt * 1000), checkpoint.covered)}</p>
      )}
      <p class="small muted">{says.searches}</p>
      <SelectField label={says.filter} value={filter} options={says.filters} onValue={setFilter} />
      {found.length === 0 ? (
        <p>{says.none}</p>
      ) : (
        <ol class="list">
          {found.slice(0, most).map((event) => (
            <Line key={event.seq} event={event} />
          ))}
        </ol>
      )}
      {found.length > most && (
        <div>
          <Button onClick={() => setMost(most + step)}>{says.more}</Button>
        </div>
      )}
    </>
  )
}

/** What everybody did, as the trail says, verified here. */
export const AuditLog = () => {
  const says = auditWords.value
  const [trail, setTrail] = useState<CheckedTrail>()
  const { error, run } = useDeed()
  const isOwner = ownMember.value?.role === "owner"
  const read = () =>
    run(async () => {
      setTrail(
        await inPractice(async (practice) => {
          await practice.sync()
          return readPracticeTrail(practice)
        }),
      )
    })
  useEffect(() => {
    if (isOwner) read()
  }, [isOwner, token.value === undefined])
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      {!isOwner && <p>{says.ownersOnly}</p>}
      <TroubleBanner error={error} retry={read} />
      {isOwner && trail === undefined && error === undefined && <Loading />}
      {trail !== undefined && <Trail trail={trail} />}
    </Screen>
  )
}
