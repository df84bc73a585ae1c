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

/** Expects text that `JSON.parse` has taken: then a string is a name exactly when a colon follows. */
function requireUniqueNames(text: string): void {
  const enclosing: Set<unknown>[] = []
  for (const [token, name] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === "{") enclosing.push(new Set())
    else if (token === "}") enclosing.pop()
    else if (name !== undefined) {
      const names = enclosing.at(-1)
      const unescaped: unknown = JSON.parse(name)
      if (names?.has(unescaped)) throw new TypeError("not strict JSON: a name twice in one object")
      names?.add(unescaped)
    }
  }
}
