import { fromUtf8 } from "./bytes.ts"

/**
 * JSON in UTF-8 that every parser reads alike: `TypeError` or `SyntaxError` for a name that stands twice in one object (RFC
 * 8259 leaves open which one counts), a byte order mark, or bytes that aren't UTF-8.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = fromUtf8(bytes)
  const value: unknown = JSON.parse(text)
  requireUniqueNames(text)
  return value
}

/** Expects text that `JSON.parse` has taken: then what stands before a colon is a name. One pass, whatever the text is like. */
function requireUniqueNames(text: string): void {
  const enclosing: Set<unknown>[] = []
  let name = ""
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === "{") enclosing.push(new Set())
    else if (character === "}") enclosing.pop()
    else if (character === '"') {
      const start = i
      i = endOfString(text, start)
      name = text.slice(start, i + 1)
    } else if (character === ":") {
      const names = enclosing.at(-1)
      const unescaped: unknown = name.includes("\\") ? JSON.parse(name) : name.slice(1, -1)
      if (names?.has(unescaped)) throw new TypeError("not strict JSON: a name twice in one object")
      names?.add(unescaped)
    }
  }
}

/** Where the text that begins at `start` ends: at the next quotation mark before which stands an even number of backslashes. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let before = end
    while (text[before - 1] === "\\") before -= 1
    if ((end - before) % 2 === 0) return end
  }
}
