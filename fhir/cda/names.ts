import { join } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { dateText } from "./data-types.ts"
import { attribute, child } from "./element.ts"
import { wordsIn } from "./narrative-block.ts"

const most = 200

/** A name's words in their order, with a space between its parts. */
export const nameWords = (name: XmlElement): string | undefined => {
  const parts = name.content.map((part) => (typeof part === "string" ? part : wordsIn(part, most)))
  const words = parts.join(" ").replaceAll(/\s+/g, " ").trim()
  return words === "" ? undefined : words.slice(0, most).toWellFormed()
}

/** Who stands in a participation, with their house, and when unless that is told elsewhere: in one line. */
export function namesIn(element: XmlElement, withTime = true): string | undefined {
  const found = new Set<string>()
  const rest = [element]
  for (let at = rest.pop(); at !== undefined && found.size < 4; at = rest.pop()) {
    const isName = at.name === "name" || at.name === "softwareName" || at.name === "manufacturerModelName"
    const words = isName ? nameWords(at) : undefined
    if (words !== undefined) found.add(words)
    if (!isName) rest.push(...at.children.toReversed().slice(0, 100))
  }
  const time = withTime ? attribute(child(element, "time"), "value") : undefined
  return join(", ", ...found, time === undefined ? undefined : dateText(time))
}
