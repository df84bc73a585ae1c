import { fhirOfCda, isCda } from "./cda/document.ts"
import { fhirNamespace, resourceOfXml } from "./fhir-xml.ts"
import { isObject, numberText } from "./value.ts"
import { parseXml } from "./xml.ts"

export const maxBytes = 64 * 1024 * 1024
export const maxNesting = 200
const maxValues = 20_000_000

export type Parsed =
  | { outcome: "parsed"; value: unknown; replacedBytes: boolean }
  | { outcome: "too-large" | "too-deep" | "not-json"; looksLikeXml: boolean }

/**
 * FHIR in JSON or XML, or CDA, from bytes or text, or a value already parsed; nothing larger or deeper than the caps is looked at. Numbers come as they were
 * written (`numberText`), and newline-delimited JSON as an array. Bytes may be UTF-8, UTF-16, or XML in the encoding that it declares.
 */
export function parseFhir(input: unknown): Parsed {
  if (typeof input !== "string" && !(input instanceof Uint8Array)) {
    const refusal = exceedsCaps(input)
    if (refusal !== undefined) return { outcome: refusal, looksLikeXml: false }
    return { outcome: "parsed", value: input, replacedBytes: false }
  }
  if (input.length > maxBytes) return { outcome: "too-large", looksLikeXml: false }
  const { json, replacedBytes } = typeof input === "string" ? { json: input, replacedBytes: false } : decoded(input)
  if (/^\ufeff?\s*</.test(json.slice(0, 200))) return parsedXml(json, replacedBytes)
  const scanned = scan(json.replace(/^\ufeff/, ""))
  if (typeof scanned !== "string") return { ...scanned, looksLikeXml: false }
  try {
    return { outcome: "parsed", value: parseScanned(scanned), replacedBytes }
  } catch {
    return { outcome: "not-json", looksLikeXml: false }
  }
}

/** FHIR in XML, as the same in JSON, and CDA, as the FHIR that says the same; other XML isn't read. */
function parsedXml(source: string, replacedBytes: boolean): Parsed {
  const parsed = parseXml(source, maxNesting)
  if (parsed.outcome === "too-deep") return { outcome: "too-deep", looksLikeXml: false }
  if (parsed.outcome !== "parsed") return { outcome: "not-json", looksLikeXml: true }
  const { root } = parsed
  if (isCda(root)) return { outcome: "parsed", value: fhirOfCda(root), replacedBytes }
  if (root.namespace !== fhirNamespace) return { outcome: "not-json", looksLikeXml: true }
  return { outcome: "parsed", value: resourceOfXml(root, source), replacedBytes }
}

function parseScanned(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json)
    return value
  } catch (error) {
    const lines = json.split(/\r?\n/).filter((line) => line.trim() !== "")
    if (lines.length < 2 || !lines.every((line) => line.trimStart().startsWith("{"))) throw error
    return lines.map((line): unknown => JSON.parse(line))
  }
}

function decoded(bytes: Uint8Array): { json: string; replacedBytes: boolean } {
  // A JSON text begins with an ASCII character, whose other byte in UTF-16 is zero.
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return wide("utf-16le", bytes)
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return wide("utf-16be", bytes)
  try {
    return { json: new TextDecoder("utf-8", { fatal: true }).decode(bytes), replacedBytes: false }
  } catch {
    return declared(bytes) ?? { json: new TextDecoder().decode(bytes), replacedBytes: true }
  }
}

/** XML that isn't UTF-8 says what it is. */
function declared(bytes: Uint8Array): { json: string; replacedBytes: boolean } | undefined {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 200))
  const encoding = /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(head)?.[1]
  if (encoding === undefined || /^utf-?8$/i.test(encoding)) return undefined
  try {
    return { json: new TextDecoder(encoding, { fatal: true }).decode(bytes), replacedBytes: false }
  } catch {
    return undefined
  }
}

function wide(encoding: "utf-16le" | "utf-16be", bytes: Uint8Array) {
  const json = new TextDecoder(encoding).decode(bytes)
  return { json, replacedBytes: json.includes("\ufffd") }
}

const [quote, openBrace, closeBrace, openBracket, closeBracket, minus] = [0x22, 0x7b, 0x7d, 0x5b, 0x5d, 0x2d]
const isDigit = (unit: number) => unit >= 0x30 && unit <= 0x39
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/**
 * The same JSON with each number as `{"":"1.50"}`, so that no digit is lost: `JSON.parse` would make it 1.5, and round what has more than 15
 * digits. A member without a name is refused, which FHIR hasn't: no text may pass for a number.
 */
function scan(json: string): string | { outcome: "too-deep" | "not-json" } {
  const parts: string[] = []
  let depth = 0
  let copied = 0
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i)
    if (unit === quote) {
      if (isNameless(json, i)) return { outcome: "not-json" }
      i = endOfString(json, i)
    } else if (unit === openBrace || unit === openBracket) {
      if (++depth > maxNesting) return { outcome: "too-deep" }
    } else if (unit === closeBrace || unit === closeBracket) depth--
    else if (isDigit(unit) || unit === minus) {
      numberToken.lastIndex = i
      const number = numberToken.exec(json)?.[0]
      if (number === undefined) continue
      parts.push(json.slice(copied, i), '{"":"', number, '"}')
      i += number.length - 1
      copied = i + 1
    }
  }
  parts.push(json.slice(copied))
  return parts.join("")
}

const namelessMember = /""\s*:/y
function isNameless(json: string, start: number): boolean {
  namelessMember.lastIndex = start
  return namelessMember.test(json)
}

/** Where the string that begins at `start` ends: at a quote with an even number of backslashes before it. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let before = end
    while (json[before - 1] === "\\") before--
    if ((end - before) % 2 === 0) return end
  }
  return json.length
}

function exceedsCaps(root: unknown): "too-large" | "too-deep" | undefined {
  const rest: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }]
  for (let seen = 0; rest.length > 0; seen++) {
    const next = rest.pop()
    if (typeof next?.value !== "object" || next.value === null) continue
    if (next.depth > maxNesting) return "too-deep"
    const inner: unknown[] = Object.values(next.value)
    if (seen + rest.length + inner.length > maxValues) return "too-large"
    for (const value of inner) rest.push({ value, depth: next.depth + 1 })
  }
  return undefined
}

/** What was parsed, with JavaScript's numbers, to be written again. */
export function plainNumbers(value: unknown): unknown {
  const number = numberText(value)
  if (number !== undefined) return Number(number)
  if (Array.isArray(value)) return value.map(plainNumbers)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainNumbers(inner)]))
}
