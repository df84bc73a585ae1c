import { useEffect } from "preact/hooks"
import { documents, placeOf } from "../record-store.ts"
import { words } from "../words/words.ts"
import { lookForUnconsidered, unconsidered } from "./considered.ts"
import { offerWords } from "./words.ts"

/** How many documents are shown at once. */
const most = 3

/** Documents that may say what the summary doesn't; nothing of them is in it before the patient says so. */
export const NewDocuments = () => {
  const { panel: says } = offerWords.value
  const listed = documents.value
  useEffect(() => void lookForUnconsidered().catch(() => undefined), [listed])
  if (unconsidered.value.length === 0) return null
  return (
    <section class="panel" aria-labelledby="new-documents">
      <h2 id="new-documents">{says.title}</h2>
      <p>{says.lead}</p>
      <ul class="list">
        {unconsidered.value.slice(0, most).map(({ descriptor, metadata }) => (
          <li key={placeOf(descriptor)}>
            <a class="list-link" href={`/summary/offers#${descriptor.recordId}`}>
              {says.open(metadata?.title ?? words.value.record.unreadable)}
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
