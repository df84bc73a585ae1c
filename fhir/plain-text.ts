/**
 * Text from a record, made safe to show as it is: one line, without control characters (which can drive a terminal) or
 * invisible format characters (which can reverse or hide words). The joiners that Persian and Indic scripts need stay.
 * What is longer than `max` characters is cut, and says so. Escaping for HTML remains with whoever renders it.
 */
export function plainText(text: string, max = 4000): string {
  const clean = oneLine(text)
  if (clean.length <= max) return clean
  return `${clean.slice(0, max).toWellFormed()}… (${clean.length - max} more characters)`
}

const unclean = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s|\s$|\s\s/u

/** The same, whole. */
export const oneLine = (text: string): string =>
  text.isWellFormed() && !unclean.test(text)
    ? text
    : text
        .toWellFormed()
        .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
        .replace(/(?![\u200c\u200d])\p{Cf}/gu, "")
        .trim()

/** Whether a text holds characters that have no business in a record: terminal controls, overrides of direction. */
export function hasSpoofingCharacters(text: string): boolean {
  return /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u.test(text)
}

const lineEnds = new Set(["br", "p", "div", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"])
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
