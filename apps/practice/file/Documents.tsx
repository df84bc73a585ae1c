import { useRef, useState } from "preact/hooks"
import { newItemId } from "../../../fhir/stated-summary.ts"
import { fromStandardBase64, toStandardBase64 } from "../../../protocol/crypto/bytes.ts"
import { formatBytes, formatFhirDate } from "../../shared/format.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { saveFile } from "../../shared/save-file.ts"
import { localDay } from "../../shared/typed-date.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { account, inPractice } from "../state.ts"
import { type Attached, withItems, withoutItem } from "./content.ts"
import { baseOf, type Edit, saveEdit } from "./save.ts"
import { patientWords } from "./words.ts"

/** Bytes of one document: the whole file goes up with each version. */
const largest = 3_000_000

const saveContent = (fileId: string, content: NonNullable<Edit["content"]>): Promise<void> =>
  inPractice(async (practice) => {
    const base = baseOf(practice, fileId)
    if (base !== undefined) await saveEdit(practice, { fileId, base, content })
  })

const attachedOf = async (file: File): Promise<Attached> => ({
  id: newItemId(),
  at: localDay(new Date()),
  by: account.value?.author ?? "",
  title: file.name.slice(0, 200) || "-",
  contentType: file.type === "" ? "application/octet-stream" : file.type.slice(0, 100),
  data: toStandardBase64(new Uint8Array(await file.arrayBuffer())),
})

const Line = ({ fileId, document, isFixed }: { fileId: string; document: Attached; isFixed: boolean }) => {
  const { documents: says } = patientWords.value
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  const { id, title, contentType, data, at, by } = document
  const bytes = () => fromStandardBase64(data)
  const remove = async () => {
    await saveContent(fileId, (before) => withoutItem(before, "documents", id))
    setAsking(false)
  }
  return (
    <li class="row row-between">
      <div>
        <p class="strong">{title}</p>
        <p class="small muted">
          {formatFhirDate(at)} · {by} · {formatBytes((data.length / 4) * 3)}
        </p>
      </div>
      <div class="row no-print">
        <Button aria-label={says.open(title)} onClick={() => saveFile(bytes(), title, contentType)}>
          {says.open(title)}
        </Button>
        {!isFixed && (
          <Button look="plain" aria-label={`${says.remove}: ${title}`} onClick={() => setAsking(true)}>
            {says.remove}
          </Button>
        )}
      </div>
      <ConfirmDialog
        open={asking}
        title={says.removeTitle}
        confirm={says.remove}
        busy={busy}
        error={error}
        onConfirm={() => run(remove)}
        onClose={() => setAsking(false)}
      >
        <p>{says.removeText}</p>
      </ConfirmDialog>
    </li>
  )
}

/** Letters, reports and photographs within the file. */
export const Documents = ({
  fileId,
  documents,
  isFixed = false,
}: {
  fileId: string
  documents: readonly Attached[]
  isFixed?: boolean
}) => {
  const { documents: says } = patientWords.value
  const picker = useRef<HTMLInputElement>(null)
  const [fault, setFault] = useState<string>()
  const { busy, error, run } = useDeed()
  const add = async (file: File) => {
    setFault(file.size > largest ? says.tooLarge : undefined)
    if (file.size > largest) return
    const document = await attachedOf(file)
    await saveContent(fileId, (before) => withItems(before, "documents", [document]))
  }
  return (
    <section class="panel" aria-labelledby="file-documents">
      <h2 id="file-documents">{says.title}</h2>
      {documents.length === 0 ? (
        <p class="muted">{says.none}</p>
      ) : (
        <ul class="list">
          {documents.map((document) => (
            <Line key={document.id} fileId={fileId} document={document} isFixed={isFixed} />
          ))}
        </ul>
      )}
      {!isFixed && (
        <div class="stack stack-s no-print">
          <TroubleBanner error={error} />
          <div class="row">
            <Button busy={busy} onClick={() => picker.current?.click()}>
              {says.add}
            </Button>
            <span class="small muted">{says.hint}</span>
          </div>
          {fault !== undefined && (
            <p class="field-fault" role="alert">
              {fault}
            </p>
          )}
          <input
            ref={picker}
            type="file"
            class="hidden-visually"
            tabIndex={-1}
            aria-label={says.add}
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? []
              currentTarget.value = ""
              if (file !== undefined) run(() => add(file))
            }}
          />
        </div>
      )}
    </section>
  )
}
