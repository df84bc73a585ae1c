import type { Entry } from "../../../protocol/practice/entry.ts"
import { restoreFile, takeFileApart } from "../../../sdk/practice/files.ts"
import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { formatDate } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { EntryLine, nameOfLine } from "../parts/EntryLine.tsx"
import { inPractice, known } from "../state.ts"
import { patientWords } from "./words.ts"

const Apart = ({ entry }: { entry: Entry }) => {
  const { merge: says } = patientWords.value
  const { busy, error, run } = useDeed()
  const name = nameOfLine(resultLines([entry])[0] ?? {})
  return (
    <div class="stack stack-s no-print">
      <TroubleBanner error={error} />
      <div>
        <Button
          busy={busy}
          aria-label={`${says.apart}: ${name}`}
          onClick={() => run(async () => void (await inPractice((each) => takeFileApart(each, entry.fileId))))}
        >
          {says.apart}
        </Button>
      </div>
    </div>
  )
}

const Deleted = ({ entry }: { entry: Entry }) => {
  const { remove: says } = patientWords.value
  const { busy, error, run } = useDeed()
  return (
    <Banner tone="warn">
      <p>{says.deleted(formatDate(entry.deletedAt ?? ""))}</p>
      <TroubleBanner error={error} />
      <div>
        <Button
          busy={busy}
          onClick={() => run(async () => void (await inPractice((each) => restoreFile(each, entry))))}
        >
          {says.undo}
        </Button>
      </div>
    </Banner>
  )
}

/** Where this file leads, what leads here, and whether it is deleted; each with its way back. */
export const Merges = ({ entry }: { entry: Entry }) => {
  const { merge: says } = patientWords.value
  const directory = known()?.directory
  const into = entry.mergedInto === undefined ? undefined : directory?.get(entry.mergedInto)
  const from = [...(directory?.entries() ?? [])].filter(
    ({ mergedInto, deletedAt }) => mergedInto === entry.fileId && deletedAt === undefined,
  )
  return (
    <>
      {entry.deletedAt !== undefined && <Deleted entry={entry} />}
      {into !== undefined && (
        <Banner tone="warn">
          <p>{says.merged}</p>
          <ul class="list">
            {resultLines([into]).map((line) => (
              <EntryLine key={line.fileId} line={line} />
            ))}
          </ul>
          <Apart entry={entry} />
        </Banner>
      )}
      {from.length > 0 && (
        <Banner>
          <p>{says.from}</p>
          <ul class="list">
            {from.map((each) =>
              resultLines([each]).map((line) => (
                <EntryLine key={line.fileId} line={line}>
                  {null}
                </EntryLine>
              )),
            )}
          </ul>
          {from.map((each) => (
            <Apart key={each.fileId} entry={each} />
          ))}
        </Banner>
      )}
    </>
  )
}
