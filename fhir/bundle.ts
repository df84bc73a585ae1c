import { field, isObject, type JsonObject, list, text } from "./value.ts"

export const maxBytes = 64 * 1024 * 1024
export const maxNesting = 200
const maxValues = 20_000_000
const maxReference = 2048

export type Parsed =
  | { outcome: "parsed"; value: unknown; replacedBytes: boolean }
  | { outcome: "too-large" | "too-deep" | "not-json"; looksLikeXml: boolean }

/** JSON from bytes, text, or a value already parsed; nothing larger or deeper than the caps is looked at. */
export function parseJson(input: unknown): Parsed {
  if (typeof input !== "string" && !(input instanceof Uint8Array)) {
    const refusal = exceedsCaps(input)
    if (refusal !== undefined) return { outcome: refusal, looksLikeXml: false }
    return { outcome: "parsed", value: input, replacedBytes: false }
  }
  if (input.length > maxBytes) return { outcome: "too-large", looksLikeXml: false }
  const { json, replacedBytes } = typeof input === "string" ? { json: input, replacedBytes: false } : decoded(input)
  if (nestsTooDeep(json)) return { outcome: "too-deep", looksLikeXml: false }
  try {
    const value: unknown = JSON.parse(json.replace(/^\ufeff/, ""))
    return { outcome: "parsed", value, replacedBytes }
  } catch {
    return { outcome: "not-json", looksLikeXml: /^\s*</.test(json.slice(0, 200)) }
  }
}

function decoded(bytes: Uint8Array): { json: string; replacedBytes: boolean } {
  try {
    return { json: new TextDecoder("utf-8", { fatal: true }).decode(bytes), replacedBytes: false }
  } catch {
    return { json: new TextDecoder().decode(bytes), replacedBytes: true }
  }
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]

function nestsTooDeep(json: string): boolean {
  let depth = 0
  let quoted = false
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i)
    if (quoted) {
      if (unit === backslash) i++
      else if (unit === quote) quoted = false
    } else if (unit === quote) quoted = true
    else if (unit === openBrace || unit === openBracket) {
      if (++depth > maxNesting) return true
    } else if (unit === closeBrace || unit === closeBracket) depth--
  }
  return false
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

/** A resource of a bundle, and where it stands. */
export type Entry = { type: string; resource: JsonObject; fullUrl?: string; name: string }

export type Resolution =
  | { outcome: "found"; entry: Entry }
  | { outcome: "contained"; resource: JsonObject }
  | { outcome: "absent" | "ambiguous" }

type Candidate = { entry: Entry; count: number }

/** The entries of a bundle, and the resources their references mean (R4 section 2.36.4.1, read tolerantly). */
export class FhirBundle {
  readonly entries: Entry[] = []
  readonly withoutResource: number[] = []
  readonly repeatedUrls: string[] = []
  readonly #byUrl = new Map<string, Candidate>()
  readonly #byName = new Map<string, Candidate>()
  readonly #byId = new Map<string, Candidate>()

  /** `entries` are Bundle.entry elements. */
  constructor(entries: readonly unknown[]) {
    for (const [index, element] of entries.entries()) {
      const resource = field(element, "resource")
      const type = text(resource, "resourceType")
      if (!isObject(resource) || type === undefined) {
        this.withoutResource.push(index + 1)
        continue
      }
      const id = text(resource, "id")
      const url = text(element, "fullUrl")
      const fullUrl = url !== undefined && url.length <= maxReference ? url : undefined
      const entry: Entry = {
        type,
        resource,
        fullUrl,
        name: id === undefined ? `${type} no. ${index + 1}` : `${type}/${id}`,
      }
      this.entries.push(entry)
      if (fullUrl !== undefined && count(this.#byUrl, urlKey(fullUrl), entry) === 2) this.repeatedUrls.push(fullUrl)
      if (id !== undefined) {
        count(this.#byName, entry.name, entry)
        count(this.#byId, id.toLowerCase(), entry)
      }
    }
  }

  ofType(type: string): Entry[] {
    return this.entries.filter((entry) => entry.type === type)
  }

  /** What `reference` means when it stands in `from`. */
  resolve(reference: string, from: Entry): Resolution {
    if (reference.length > maxReference) return { outcome: "absent" }
    if (reference.startsWith("#")) return contained(from.resource, reference.slice(1))
    const target = reference.replace(/#.*$/, "").replace(/\/_history\/[^/]*$/, "")
    const exact = this.#byUrl.get(urlKey(target))
    if (exact !== undefined) return only(exact)
    const urn = /^urn:(?:uuid|oid):(.+)$/i.exec(target)?.[1]
    if (urn !== undefined) return only(this.#byId.get(urn.toLowerCase()))
    const name = /[^/]+\/[^/]+$/.exec(target)?.[0] ?? target
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) {
      // The same type and id on another server is another resource.
      const candidate = this.#byName.get(name)
      return candidate?.entry.fullUrl === undefined ? only(candidate) : { outcome: "absent" }
    }
    const base = /^(https?:\/\/.+\/)[^/]+\/[^/]+$/.exec(from.fullUrl?.replace(/\/_history\/[^/]*$/, "") ?? "")?.[1]
    return only((base && this.#byUrl.get(urlKey(base + target))) || this.#byName.get(name))
  }
}

const urlKey = (url: string) => (/^urn:/i.test(url) ? url.toLowerCase() : url.replace(/\/_history\/[^/]*$/, ""))

function count(map: Map<string, Candidate>, key: string, entry: Entry): number {
  const known = map.get(key)
  if (known !== undefined) return ++known.count
  map.set(key, { entry, count: 1 })
  return 1
}

function only(candidate: Candidate | undefined): Resolution {
  if (candidate === undefined) return { outcome: "absent" }
  return candidate.count === 1 ? { outcome: "found", entry: candidate.entry } : { outcome: "ambiguous" }
}

function contained(resource: JsonObject, id: string): Resolution {
  const found = list(resource, "contained").find((inner) => text(inner, "id") === id)
  return isObject(found) ? { outcome: "contained", resource: found } : { outcome: "absent" }
}
