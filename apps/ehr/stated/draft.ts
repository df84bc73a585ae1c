/** The emergency summary in the form: every change is kept on this device, sealed, before anything else is done with it. */
import { signal } from "@preact/signals"
import * as z from "zod/mini"
import { checkStated } from "../../../fhir/check-stated.ts"
import { emptyStated, type StatedSummary } from "../../../fhir/stated-summary.ts"
import { fromUtf8, utf8 } from "../../../protocol/crypto/bytes.ts"
import { canonicalText } from "../../../protocol/crypto/canonical.ts"
import { type Descriptor, descriptor } from "../../../protocol/record.ts"
import { keep, openKept } from "../../../sdk/patient/kept.ts"
import { localDay } from "../../shared/typed-date.ts"
import { language } from "../../shared/words.ts"
import { readDraft, readWaiting, removeDraft, writeDraft } from "../device.ts"
import { giveUp } from "../outbox.ts"
import { ownSession } from "../record-store.ts"
import { currentStated } from "./current.ts"

/** What stands in a field where it isn't what is stated: with a blank at its end, or of no meaning yet. What the form can't take is kept all the same. */
const typed = z.object({ text: z.string(), fault: z.boolean() })
export type Typed = z.infer<typeof typed>

/** `typed`: by the field. */
export interface Draft {
  readonly stated: StatedSummary
  readonly typed: Readonly<Record<string, Typed>>
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

/** `2026-11-28`, on this device's calendar. */
export const today = (): string => localDay(new Date())

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

/** Takes what was typed into a field: as it stands there, and what it says. */
export const takeTyped = (
  field: string,
  entry: Typed | undefined,
  to: (before: StatedSummary) => StatedSummary,
): void =>
  changeDraft((before) => {
    const others = Object.entries(before.typed).filter(([name]) => name !== field)
    const typed = Object.fromEntries(entry === undefined ? others : [...others, [field, entry]])
    return { ...before, typed, stated: to(before.stated) }
  })

/** Forgets what stands in the fields of an item that was taken out. */
export const forgetTyped = (id: string): void =>
  changeDraft((before) => ({
    ...before,
    typed: Object.fromEntries(Object.entries(before.typed).filter(([field]) => !field.startsWith(`${id}.`))),
  }))

export const changeStated = (to: (before: StatedSummary) => StatedSummary): void =>
  changeDraft((before) => ({ ...before, stated: to(before.stated) }))

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
