import { formatMoment } from "../../shared/format.ts"
import { known } from "../state.ts"
import { patientWords } from "./words.ts"

/** Who a member is, as far as this device can say. */
const nameOf = (memberId: string): string => {
  const { history: says } = patientWords.value
  return memberId === known()?.session.memory.memberId ? says.you : says.member(memberId.slice(0, 4))
}

/** All that was done to a file, newest first; each version of what it holds can be looked at. */
export const Timeline = ({ fileId }: { fileId: string }) => {
  const { history: says } = patientWords.value
  const events = known()?.history.get(fileId) ?? []
  return (
    <details class="panel no-print">
      <summary>{says.title}</summary>
      <ol class="list" aria-label={says.title}>
        {events.toReversed().map(({ number, at, memberId, version }, i) => (
          <li key={number} class="row row-between">
            <div>
              <p>
                {i === events.length - 1 ? says.opened : version === undefined ? says.person : says.changed}{" "}
                {says.by(nameOf(memberId))}
              </p>
              <p class="small muted">{formatMoment(at * 1000)}</p>
            </div>
            {version !== undefined && (
              <a class="button" href={`/patients/version#${fileId}/${version}`}>
                {says.show}
                <span class="hidden-visually">: {says.shownTitle(version)}</span>
              </a>
            )}
          </li>
        ))}
      </ol>
    </details>
  )
}
