import { contributionDocument, type Entry } from "../../fhir/contribution-document.ts"
import type { Proposal } from "../../fhir/proposals.ts"
import { writeProposals } from "../../fhir/write-proposals.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import type { Category } from "../../protocol/primitives.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import type { Content } from "../../sdk/transfer/source.ts"
import type { PreparedFile } from "../shared/files/prepare.ts"
import { writingWords } from "../shared/summary/stated-document.ts"
import { ownSummary } from "./own-summary.ts"
import { loadList, within } from "./records.ts"
import { added, draft, type Encounter, isPractice, proposals, type Sending, sending } from "./state.ts"

export interface Addition {
  readonly title: string
  readonly category: Category
  readonly what:
    | { readonly entry: Entry; readonly author: string }
    | { readonly proposals: readonly Proposal[]; readonly author: string }
    | { readonly prepared: PreparedFile }
}

const contentOf = (
  { what, title }: Addition,
  { summaries, patient }: Encounter,
): { contentType: string; content: Content } => {
  if ("prepared" in what) {
    const { detected, file } = what.prepared
    return { contentType: detected.contentType, content: file }
  }
  const { author } = what
  const patientFrom = summaries.find(({ summary }) => summary?.patient !== undefined)?.bytes
  const contentType = "application/fhir+json"
  if ("proposals" in what) {
    const { base, bytes } = ownSummary({ summaries, patient })
    const proposing = { title, author, patientFrom: bytes ?? patientFrom, now: new Date(), words: writingWords() }
    const written = writeProposals(what.proposals, { ...proposing, ...(base === undefined ? {} : { base }) })
    return { contentType, content: utf8(written) }
  }
  const document = contributionDocument(what.entry, { title, author, patientFrom, now: new Date() })
  return { contentType, content: utf8(JSON.stringify(document)) }
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
  const { title, category } = addition
  const { access } = encounter
  const done = (contributionId: string) => {
    if ("proposals" in addition.what) proposals.value = []
    else draft.value = undefined
    added.value = [...added.value, { contributionId, title, category, at: new Date().toISOString() }]
  }
  if (isPractice(access)) {
    done(`practice ${added.value.length}`)
    return true
  }
  tell({})
  try {
    const { contentType, content } = contentOf(addition, encounter)
    const { contributionId } = await within(encounter, () =>
      contribute(
        access,
        { category, title, contentType, content },
        { signal, onProgress: (progress) => tell({ progress }) },
      ),
    )
    tell(undefined)
    if (encounter.left.signal.aborted) return false
    done(contributionId)
    // That it waits is the cloud's to say: it is looked for in the list.
    void loadList(encounter, category)
    return true
  } catch (error) {
    tell(stopped.signal.aborted ? undefined : { error })
    return false
  }
}
