import * as z from "zod/mini"
import { lineKindsEn } from "../../apps/shared/words/line-kinds-en.ts"
import { type OpenPart, openLineKinds, openPart } from "../../protocol/open-part.ts"
import { languageOf } from "../../text/language.ts"
import { oneLine } from "../../text/plain-text.ts"
import { UsageError } from "./exit.ts"

/** What a card says to anybody, line by line, each after what it is about, but for the name. */
export const openLines = ({ lines, contact }: OpenPart): string[] => [
  ...lines.map(({ about, text }) => `${lineKindsEn[about]}: ${text}`),
  ...(contact === undefined ? [] : [`${lineKindsEn.contact}: ${contact.name} ${contact.phone}`]),
]

const synopsis = `name=TEXT, call="NAME, NUMBER" and lines such as allergy=TEXT (${openLineKinds.join(", ")})`

/** The open part of words such as `allergy=Penicillin`, `name=…` and `call=Nikos, +30 210 1234567`; `UsageError` where they are none. */
export const openPartOf = (words: readonly string[]): OpenPart => {
  const said = words.map((word): readonly [kind: string, text: string] => {
    const at = word.indexOf("=")
    return [word.slice(0, Math.max(at, 0)), oneLine(word.slice(at + 1))]
  })
  const only = (kind: string) => {
    const texts = said.filter(([each]) => each === kind).map(([, text]) => text)
    if (texts.length > 1) throw new UsageError(`A card says one ${kind}.`)
    return texts[0]
  }
  const [name, call] = [only("name"), only("call")]
  const comma = call?.lastIndexOf(",") ?? -1
  const parsed = z.safeParse(openPart, {
    ...(name !== undefined && { name }),
    language: languageOf(words.join(" "), "en"),
    lines: said.filter(([kind]) => kind !== "name" && kind !== "call").map(([about, text]) => ({ about, text })),
    ...(call !== undefined && { contact: { name: call.slice(0, comma).trim(), phone: call.slice(comma + 1).trim() } }),
  })
  if (!parsed.success || words.length === 0) throw new UsageError(`What the card says is given as ${synopsis}.`)
  return parsed.data
}
