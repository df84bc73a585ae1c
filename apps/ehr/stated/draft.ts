/** The emergency summary in the form: every change is kept on this device, sealed, before anything else is done with it. */
import { signal } from "@preact/signals"
import * as z from "zod/mini"
import { checkStated } from "../../../fhir/check-stated.ts"
import { emptyStated, type StatedSummary } from "../../../fhir/stated-summary.ts"
import { fromUtf8, utf8 } from "../../../protocol/crypto/bytes.ts"
import { canonicalText } from "../../../protocol/crypto/canonical.ts"
import { type Descriptor, descriptor } from "../../../protocol/record.ts"
import { keep, openKept } from "../../../sdk/patient/kept.ts"
import { changeStated as changeIn, type FormDraft, type StatedForm, today, typed } from "../../shared/stated/form.ts"
import { language } from "../../shared/words.ts"
import { readDraft, readWaiting, removeDraft, writeDraft } from "../device.ts"
import { giveUp } from "../outbox.ts"
import { ownSession } from "../record-store.ts"
import { currentStated } from "./current.ts"
import { formWords } from "./words.ts"

export interface Draft extends FormDraft {
  /** The version that it changes; absent: there was none. */
  readonly replaces?: Descriptor
  /** Where it was given to the outbox, and hasn't arrived yet: what it is called there. */
  readonly sentAs?: string
}

const kept = z.object({
  stated: z.unknown(),
  typed: z.record(z.string(), typed),
  replaces: z.optional(descriptor),
  sentAs: z.optional(z.string()),
})

/** What the form shows; `undefined` before it was opened. */
export const draft = signal<Draft | undefined>(undefined)
/** Whether what is shown differs from what the record says, and how far it is kept. */
export const keeping = signal<"unchanged" | "writing" | "kept" | "failed">("unchanged")

const name = "draft/summary"

/** A draft that this version of the app can't take, such as one of an earlier version. `text`: all that stands in it, where it could be opened. */
export class UnreadableDraft extends Error {
  override readonly name = "UnreadableDraft"
  readonly text: string | undefined

  constructor(text: string | undefined, options: ErrorOptions) {
    super("the draft on this device is none", options)
    this.text = text
  }
}

const readKept = async (): Promise<Draft | undefined> => {
  const found = await readDraft()
  if (found === undefined) return undefined
  const owner = await ownSession()
  let text: string | undefined
  try {
    text = fromUtf8(await openKept(owner, name, found))
    const { stated, ...rest } = z.parse(kept, JSON.parse(text))
    const checked = checkStated(stated)
    if (checked.outcome === "refused") throw new Error("not what a patient states")
    return { ...rest, stated: checked.stated }
  } catch (cause) {
    throw new UnreadableDraft(text, { cause })
  }
}

const fresh = async (): Promise<Draft> => {
  const current = await currentStated()
  return current === undefined
    ? { stated: emptyStated(language.value, today()), typed: {} }
    : { stated: current.stated, typed: {}, replaces: current.descriptor }
}

/** Whether what was given to the outbox is what the record says now. */
const hasArrived = async ({ sentAs, stated }: Draft): Promise<boolean> => {
  if (sentAs === undefined || (await readWaiting()).some(({ id }) => id === sentAs)) return false
  const current = await currentStated()
  return current !== undefined && canonicalText(current.stated) === canonicalText(stated)
}

/** Whether something stands in the form that the record doesn't say, and that isn't on its way. */
export const hasDraft = async (): Promise<boolean> => {
  let found: Draft | undefined
  try {
    found = await readKept()
  } catch (error) {
    if (error instanceof UnreadableDraft) return true
    throw error
  }
  if (found === undefined) return false
  const waiting = await readWaiting()
  return !waiting.some(({ id }) => id === found.sentAs) && !(await hasArrived(found))
}

/** Opens what was last in the form; what has arrived in the record since is no draft any more. */
export const openDraft = async (): Promise<void> => {
  if (draft.value !== undefined && keeping.value !== "unchanged") return
  const found = await readKept()
  const arrived = found !== undefined && (await hasArrived(found))
  if (arrived) await removeDraft()
  const mine = arrived ? undefined : found
  keeping.value = mine === undefined ? "unchanged" : "kept"
  draft.value = mine ?? (await fresh())
}

let writing: Promise<void> = Promise.resolve()
let timer: ReturnType<typeof setTimeout> | undefined

const write = async (): Promise<void> => {
  const { value } = draft
  if (value === undefined) return
  try {
    await writeDraft(await keep(await ownSession(), name, {}, utf8(JSON.stringify(value))))
    if (draft.value === value) keeping.value = "kept"
  } catch (error) {
    keeping.value = "failed"
    throw error
  }
}

/** Keeps what is shown now; resolves when it is. */
export const keepNow = (): Promise<void> => {
  clearTimeout(timer)
  writing = writing.catch(() => undefined).then(write)
  return writing
}

/** Milliseconds between a key and the disk. */
const pause = 250

export const changeDraft = (to: (before: Draft) => Draft): void => {
  if (draft.value === undefined) return
  draft.value = to(draft.value)
  keeping.value = "writing"
  clearTimeout(timer)
  timer = setTimeout(() => void keepNow().catch(() => undefined), pause)
}

/** The form of the patient's own summary. */
export const patientForm: StatedForm = {
  draft: () => draft.value,
  change: (to) => changeDraft((before) => ({ ...before, ...to(before) })),
  origin: () => ({ from: "patient" }),
  words: formWords,
}

export const changeStated = (to: (before: StatedSummary) => StatedSummary): void => changeIn(patientForm, to)

/** Gives the draft up for what the record says. */
export const discardDraft = async (): Promise<void> => {
  clearTimeout(timer)
  await writing.catch(() => undefined)
  await removeDraft()
  draft.value = await fresh()
  keeping.value = "unchanged"
}

/** Lets go of what is shown; what is kept stays. */
export const closeDraft = async (): Promise<void> => {
  if (keeping.value === "writing") await keepNow().catch(() => undefined)
  if (keeping.value !== "failed") draft.value = undefined
}

/**
 * Takes back an earlier state that waits in the outbox: it would be sent before this one. The draft is kept as one that nobody has sent before
 * that, so that it is lost at no moment.
 */
export const takeBackSent = async (): Promise<void> => {
  if (draft.value === undefined) return
  const { sentAs, ...unsent } = draft.value
  draft.value = unsent
  await keepNow()
  if (sentAs !== undefined && (await readWaiting()).some(({ id }) => id === sentAs)) await giveUp(sentAs)
}
