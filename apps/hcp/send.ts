import { contributionDocument, type Entry } from "../../fhir/contribution-document.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import type { Category } from "../../protocol/primitives.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import type { Content } from "../../sdk/transfer/source.ts"
import { detectFile } from "../shared/detect.ts"
import { loadList, within } from "./records.ts"
import { added, draft, type Encounter, type Sending, sending } from "./state.ts"

export interface Addition {
  readonly title: string
  readonly category: Category
  readonly what: { readonly entry: Entry; readonly author: string } | { readonly file: File }
}

const contentOf = async (
  { what, title }: Addition,
  { summaries }: Encounter,
): Promise<{ contentType: string; content: Content }> => {
  if ("file" in what) {
    const { contentType } = await detectFile(what.file)
    return { contentType, content: what.file }
  }
  const { entry, author } = what
  const patientFrom = summaries.find(({ summary }) => summary?.patient !== undefined)?.bytes
  const document = contributionDocument(entry, { title, author, patientFrom, now: new Date() })
  return { contentType: "application/fhir+json", content: utf8(JSON.stringify(document)) }
}

/** Signs and sends, once; what went wrong stays to be read, and the draft with it. */
export const sendAddition = async (encounter: Encounter, addition: Addition): Promise<boolean> => {
  if (sending.value !== undefined && sending.value.error === undefined) return false
  const stopped = new AbortController()
  const signal = AbortSignal.any([stopped.signal, encounter.left.signal])
  const stop = () => stopped.abort()
  const tell = (state: Omit<Sending, "stop"> | undefined) => {
    if (!encounter.left.signal.aborted) sending.value = state === undefined ? undefined : { ...state, stop }
  }
  tell({})
  const { title, category } = addition
  try {
    const { contentType, content } = await contentOf(addition, encounter)
    const { contributionId } = await within(encounter, () =>
      contribute(
        encounter.access,
        { category, title, contentType, content },
        { signal, onProgress: (progress) => tell({ progress }) },
      ),
    )
    tell(undefined)
    if (encounter.left.signal.aborted) return false
    draft.value = undefined
    added.value = [...added.value, { contributionId, title, category, at: new Date().toISOString() }]
    // That it waits is the cloud's to say: it is looked for in the list.
    void loadList(encounter, category)
    return true
  } catch (error) {
    tell(stopped.signal.aborted ? undefined : { error })
    return false
  }
}
