import { signal } from "@preact/signals"
import { type OpenLineKind, type OpenPart, openPhone } from "../../../protocol/open-part.ts"
import { languageOf } from "../../../text/language.ts"
import { oneLine } from "../../../text/plain-text.ts"
import { language } from "../../shared/words.ts"

/** Lines that a form takes, the contact among them: what is legible on paper. */
export const mostLines = 5
/** Characters of a line of the form, so that five are legible on paper. */
export const longestLine = 80

/** What stands in the form, as it is typed. */
export interface TypedOpenPart {
  readonly name: string
  readonly lines: readonly { readonly about: OpenLineKind; readonly text: string }[]
  /** Whom to call; absent: nobody. */
  readonly contact?: { readonly name: string; readonly phone: string }
}

/** Forms that are open, by card: a screen that is left and opened again loses nothing. */
export const typedParts = signal<Readonly<Record<string, TypedOpenPart>>>({})

export const changeTyped = (cardId: string, typed: TypedOpenPart | undefined): void => {
  const { [cardId]: _, ...others } = typedParts.value
  typedParts.value = typed === undefined ? others : { ...others, [cardId]: typed }
}

export const typedFrom = (said: OpenPart | undefined): TypedOpenPart => ({
  name: said?.name ?? "",
  lines: said?.lines ?? [],
  ...(said?.contact && { contact: said.contact }),
})

export const linesIn = ({ lines, contact }: TypedOpenPart): number => lines.length + (contact === undefined ? 0 : 1)

/** A telephone number as an open part has it, of what somebody typed. */
export const phoneOf = (typed: string): string | undefined => {
  const line = oneLine(typed)
  const plain = line.replaceAll(/[^+\d]+/g, " ").trim()
  return /^[\d\s()+./-]*$/.test(line) && openPhone.safeParse(plain).success ? plain : undefined
}

/** What keeps a form from being sent, by place: `name`, `call`, `phone`, or the number of a line. */
export type Fault = "long" | "phone" | "who"
export const faultsIn = ({ name, lines, contact }: TypedOpenPart): ReadonlyMap<string | number, Fault> => {
  const faults = new Map<string | number, Fault>()
  const noteLong = (place: string | number, text: string) => {
    if (oneLine(text).length > longestLine) faults.set(place, "long")
  }
  noteLong("name", name)
  for (const [place, { text }] of lines.entries()) noteLong(place, text)
  if (contact === undefined) return faults
  noteLong("call", contact.name)
  if (oneLine(contact.name) === "") faults.set("call", "who")
  if (phoneOf(contact.phone) === undefined) faults.set("phone", "phone")
  return faults
}

/** The open part that is typed: blank lines are left out, and `undefined` is one that says nothing. */
export const readTyped = ({ name, lines, contact }: TypedOpenPart): OpenPart | undefined => {
  const said = lines.map(({ about, text }) => ({ about, text: oneLine(text) })).filter(({ text }) => text !== "")
  const who = oneLine(name)
  const phone = contact && phoneOf(contact.phone)
  if (who === "" && said.length === 0 && phone === undefined) return undefined
  const all = [who, contact?.name ?? "", ...said.map(({ text }) => text)].join(" ")
  return {
    ...(who === "" ? {} : { name: who }),
    language: languageOf(all, language.value),
    lines: said,
    ...(contact === undefined || phone === undefined ? {} : { contact: { name: oneLine(contact.name), phone } }),
  }
}
