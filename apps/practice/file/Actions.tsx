import { useState } from "preact/hooks"
import { fileAsBundle } from "../../../fhir/practice-patients.ts"
import type { Entry } from "../../../protocol/practice/entry.ts"
import { deleteFile, mergeFiles, tellExport } from "../../../sdk/practice/files.ts"
import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Field } from "../../shared/parts/Field.tsx"
import { saveFile } from "../../shared/save-file.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { asideOf, nameOfLine } from "../parts/EntryLine.tsx"
import { inPractice, known } from "../state.ts"
import type { Facts } from "./content.ts"
import { exportedDocument } from "./exported.ts"
import { patientWords } from "./words.ts"

const Export = ({ entry, facts }: { entry: Entry; facts: Facts }) => {
  const { exported: says } = patientWords.value
  const { busy, error, run } = useDeed()
  const save = async () => {
    await inPractice((each) => tellExport(each, entry.fileId))
    const bundle = fileAsBundle(entry, exportedDocument(facts, entry))
    saveFile(JSON.stringify(bundle, undefined, 2), `${entry.fileId}.json`, "application/fhir+json")
  }
  return (
    <div class="stack stack-s">
      <div class="row">
        <Button busy={busy} disabled={facts.open.length > 0} onClick={() => run(save)}>
          {says.action}
        </Button>
        <span class="small muted">{facts.open.length > 0 ? says.undecided : says.hint}</span>
      </div>
      <TroubleBanner error={error} />
    </div>
  )
}

const Delete = ({ entry }: { entry: Entry }) => {
  const { remove: says } = patientWords.value
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  const remove = async () => {
    await inPractice((each) => deleteFile(each, entry))
    setAsking(false)
  }
  return (
    <div>
      <Button look="danger" onClick={() => setAsking(true)}>
        {says.action}
      </Button>
      <ConfirmDialog
        open={asking}
        title={says.title}
        confirm={says.action}
        busy={busy}
        error={error}
        onConfirm={() => run(remove)}
        onClose={() => setAsking(false)}
      >
        <p class="strong">{nameOfLine(resultLines([entry])[0] ?? {})}</p>
        <p>{says.text}</p>
      </ConfirmDialog>
    </div>
  )
}

/** As many others are offered. */
const most = 5

const Merge = ({ entry }: { entry: Entry }) => {
  const { merge: says } = patientWords.value
  const [typed, setTyped] = useState("")
  const [into, setInto] = useState<Entry>()
  const { busy, error, run } = useDeed()
  const hits = known()?.directory.search(typed, most + 1).hits ?? []
  const others = hits.flatMap(({ entry: each }) => (each.fileId === entry.fileId ? [] : [each])).slice(0, most)
  const lines = resultLines(others)
  const merge = async () => {
    if (into === undefined) return
    await inPractice((each) => mergeFiles(each, entry.fileId, into.fileId))
    setInto(undefined)
    setTyped("")
  }
  return (
    <details>
      <summary>{says.title}</summary>
      <div class="stack more">
        <p class="small muted">{says.lead}</p>
        <Field type="search" label={says.find} value={typed} onValue={setTyped} autocomplete="off" />
        <ul class="list" aria-label={says.find}>
          {others.map((other, i) => {
            const line = lines[i]
            return line === undefined ? null : (
              <li key={line.fileId} class="row row-between">
                <div>
                  <p class="strong">{nameOfLine(line)}</p>
                  <p class="small muted">{asideOf(line)}</p>
                </div>
                <Button onClick={() => setInto(other)}>{says.into(nameOfLine(line))}</Button>
              </li>
            )
          })}
        </ul>
        <ConfirmDialog
          open={into !== undefined}
          title={says.question(nameOfLine((into && resultLines([into])[0]) ?? {}))}
          confirm={says.title}
          look="main"
          busy={busy}
          error={error}
          onConfirm={() => run(merge)}
          onClose={() => setInto(undefined)}
        >
          <p>{says.lead}</p>
        </ConfirmDialog>
      </div>
    </details>
  )
}

/** What is done to a file as a whole. */
export const Actions = ({ entry, facts }: { entry: Entry; facts: Facts | undefined }) => {
  const { actions } = patientWords.value
  if (entry.deletedAt !== undefined) return null
  return (
    <section class="panel no-print" aria-labelledby="file-actions">
      <h2 id="file-actions">{actions}</h2>
      {facts !== undefined && <Export entry={entry} facts={facts} />}
      {entry.mergedInto === undefined && <Merge entry={entry} />}
      <Delete entry={entry} />
    </section>
  )
}
