import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { formatDate } from "../../shared/format.ts"
import { Screen } from "../../shared/parts/Frame.tsx"
import { patientWords } from "../file/words.ts"
import { EntryLine } from "../parts/EntryLine.tsx"
import { known } from "../state.ts"

/** Files whose deletion can still be undone: on the page of each. */
export const DeletedFiles = () => {
  const { remove: says } = patientWords.value
  const entries = [...(known()?.directory.entries() ?? [])]
  const deleted = entries.filter(({ deletedAt }) => deletedAt !== undefined)
  const lines = resultLines(deleted)
  return (
    <Screen title={says.deletedTitle} lead={says.text} narrow>
      {deleted.length === 0 ? (
        <p>{says.none}</p>
      ) : (
        <ul class="list">
          {lines.map((line, i) => (
            <EntryLine key={line.fileId} line={line}>
              <span class="small strong">{says.deleted(formatDate(deleted[i]?.deletedAt ?? ""))}</span>
            </EntryLine>
          ))}
        </ul>
      )}
    </Screen>
  )
}
