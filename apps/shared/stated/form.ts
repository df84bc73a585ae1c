/** A stated summary in a form, whoever states it: what its editors read and change. */
import type { ReadonlySignal } from "@preact/signals"
import { createContext } from "preact"
import { useContext } from "preact/hooks"
import * as z from "zod/mini"
import { newItemId, type Origin, type StatedItem, type StatedSummary } from "../../../fhir/stated-summary.ts"
import { localDay } from "../typed-date.ts"
import type { FormWords } from "./words-en.ts"

/** What stands in a field where it isn't what is stated: with a blank at its end, or of no meaning yet. What the form can't take is kept all the same. */
export const typed = z.object({ text: z.string(), fault: z.boolean() })
export type Typed = z.infer<typeof typed>

/** `typed`: by the field. */
export interface FormDraft {
  readonly stated: StatedSummary
  readonly typed: Readonly<Record<string, Typed>>
}

export interface StatedForm {
  readonly draft: () => FormDraft | undefined
  change(to: (before: FormDraft) => FormDraft): void
  /** Who states what is changed. */
  readonly origin: () => Origin
  readonly words: ReadonlySignal<FormWords>
}

const context = createContext<StatedForm | undefined>(undefined)
export const { Provider: StatedFormProvider } = context

/** The form around an editor. */
export const useForm = (): StatedForm => {
  const form = useContext(context)
  if (form === undefined) throw new TypeError("an editor stands in a form")
  return form
}

/** `2026-11-28`, on this device's calendar. */
export const today = (): string => localDay(new Date())

type Change = (before: StatedSummary) => StatedSummary

export const changeStated = ({ change }: StatedForm, to: Change): void =>
  change((before) => ({ ...before, stated: to(before.stated) }))

/** Takes what was typed into a field: as it stands there, and what it says. */
export const takeTyped = ({ change }: StatedForm, field: string, entry: Typed | undefined, to: Change): void =>
  change((before) => {
    const others = Object.entries(before.typed).filter(([name]) => name !== field)
    const typed = Object.fromEntries(entry === undefined ? others : [...others, [field, entry]])
    return { ...before, typed, stated: to(before.stated) }
  })

/** Forgets what stands in the fields of an item that was taken out. */
export const forgetTyped = ({ change }: Pick<StatedForm, "change">, id: string): void =>
  change((before) => ({
    ...before,
    typed: Object.fromEntries(Object.entries(before.typed).filter(([field]) => !field.startsWith(`${id}.`))),
  }))

/** What an item that is stated just now begins with. */
export const stating = ({ origin }: StatedForm): StatedItem => ({ id: newItemId(), origin: origin(), on: today() })
