import type { XmlElement } from "../xml.ts"
import { attribute } from "./element.ts"

/** XHTML's elements for those of a CDA narrative; what isn't here keeps its words alone. */
const markup: ReadonlyMap<string, string> = new Map([
  ["paragraph", "p"],
  ["list", "ul"],
  ["item", "li"],
  ["caption", "caption"],
  ["table", "table"],
  ["thead", "thead"],
  ["tbody", "tbody"],
  ["tfoot", "tfoot"],
  ["tr", "tr"],
  ["th", "th"],
  ["td", "td"],
  ["br", "br"],
  ["sub", "sub"],
  ["sup", "sup"],
  ["content", "span"],
  ["footnote", "span"],
])

const escaped = (words: string) =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** Words that their author struck out stay legible, and are told from those that hold. */
const isStruck = (element: XmlElement): boolean =>
  attribute(element, "revised") === "delete" || /strike|line-?through/i.test(attribute(element, "styleCode") ?? "")
const struck = ["\u27e6\u2212", "\u2212\u27e7"] as const

function pieces(element: XmlElement, out: string[]): void {
  const [before, after] = isStruck(element) ? struck : ["", ""]
  out.push(before)
  for (const part of element.content) {
    if (typeof part === "string") {
      out.push(escaped(part))
      continue
    }
    const ordered = part.name === "list" && attribute(part, "listType") === "ordered"
    const tag = ordered ? "ol" : (markup.get(part.name) ?? "span")
    const spans = ["colspan", "rowspan"].flatMap((name) => {
      const value = attribute(part, name)
      return value !== undefined && /^\d{1,3}$/.test(value) ? [` ${name}="${value}"`] : []
    })
    out.push(`<${tag}${spans.join("")}>`)
    pieces(part, out)
    out.push(`</${tag}>`)
  }
  out.push(after)
}

/** A CDA narrative (CDA R2 4.3.5) as XHTML, with nothing of it but its words and its tables and lists. */
export function xhtmlOf(narrative: XmlElement): string {
  const out: string[] = []
  pieces(narrative, out)
  return `<div xmlns="http://www.w3.org/1999/xhtml">${out.join("")}</div>`
}

const apart = new Set(["paragraph", "list", "item", "caption", "table", "tr", "th", "td", "br", "content"])

/** The words of an element, on one line; not more than about `most` characters, and what is cut says so. */
export function wordsIn(element: XmlElement, most: number): string {
  const out: string[] = []
  let length = 0
  const add = (element: XmlElement): void => {
    if (isStruck(element)) out.push(struck[0])
    for (const part of element.content) {
      if (length > most) return
      if (typeof part !== "string") {
        const space = apart.has(part.name) ? " " : part.name === "sup" ? "^" : ""
        out.push(space)
        add(part)
        if (space === " ") out.push(space)
        continue
      }
      out.push(part)
      length += part.length
    }
    if (isStruck(element)) out.push(struck[1])
  }
  add(element)
  const words = out.join("").replaceAll(/\s+/g, " ").trim()
  return words.length > most ? `${words.slice(0, most).toWellFormed()}\u2026` : words
}
