import { oneLine } from "../text/plain-text.ts"
import type { JsonObject } from "./value.ts"

const escaped = (words: string) =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** FHIR's narrative: each line a paragraph, all of which stands in the elements too. `language`: BCP 47. */
export const narrative = (lines: readonly string[], language?: string): JsonObject => {
  const tagged = language === undefined ? "" : ` lang="${escaped(language)}" xml:lang="${escaped(language)}"`
  const paragraphs = lines.map((line) => `<p>${escaped(line)}</p>`).join("")
  return { status: "generated", div: `<div xmlns="http://www.w3.org/1999/xhtml"${tagged}>${paragraphs}</div>` }
}

const lineEnds = new Set([
  "br",
  "p",
  "div",
  "li",
  "tr",
  "table",
  "caption",
  "ul",
  "ol",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
])
const entities: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", " "],
])

/** The words of an XHTML narrative, line by line. Takes one pass, whatever the markup is like. */
export function narrativeLines(xhtml: string): string[] {
  let text = ""
  let position = 0
  while (position < xhtml.length) {
    const open = xhtml.indexOf("<", position)
    const close = open < 0 ? -1 : xhtml.indexOf(">", open)
    if (close < 0) {
      text += xhtml.slice(position)
      break
    }
    text += xhtml.slice(position, open)
    const tag = /^\/?\s*([a-z0-9]+)/i.exec(xhtml.slice(open + 1, Math.min(close, open + 20)))?.[1]?.toLowerCase() ?? ""
    if (lineEnds.has(tag)) text += "\n"
    if (tag === "td" || tag === "th") text += " "
    // 10 to the power of 9 is no 109.
    if (/^sup\b/i.test(xhtml.slice(open + 1, close))) text += "^"
    position = close + 1
  }
  return text
    .replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (whole, name: string) => entity(name) ?? whole)
    .split("\n")
    .map(oneLine)
    .filter((line) => line !== "")
}

function entity(name: string): string | undefined {
  if (!name.startsWith("#")) return entities.get(name.toLowerCase())
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
