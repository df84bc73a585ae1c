import type { Held, Holding } from "./holding.ts"
import { isObject, type JsonObject, list, text } from "./value.ts"
import { normalized } from "./versions.ts"

const maxReference = 2048

/**
 * A resource of a document, with its elements where R4 has them, and where it stands. `past`: a later version of it, or its deletion, stands in the
 * same document.
 */
export type Entry = {
  type: string
  resource: JsonObject
  fullUrl?: string
  name: string
  past?: "deleted" | "superseded"
}

export type Resolution =
  | { outcome: "found"; entry: Entry }
  | { outcome: "contained"; resource: JsonObject }
  | { outcome: "absent" }
  | { outcome: "ambiguous" }

type Candidate = { entry: Entry; count: number }

/** The resources of a document, and those their references mean (R4 section 2.36.4.1, read tolerantly). */
export class FhirBundle {
  readonly entries: Entry[]
  readonly holding: Holding
  readonly repeatedUrls: string[] = []
  readonly #inner = new Map<JsonObject, Map<string, JsonObject>>()
  readonly #byUrl = new Map<string, Candidate>()
  readonly #byName = new Map<string, Candidate>()
  readonly #byId = new Map<string, Candidate>()

  constructor(holding: Holding) {
    this.holding = holding
    this.entries = this.holding.held.map(entryOf)
    for (const entry of this.entries) {
      if (entry.past !== undefined) continue
      const { fullUrl, resource, name } = entry
      if (fullUrl !== undefined && count(this.#byUrl, urlKey(fullUrl), entry) === 2) this.repeatedUrls.push(fullUrl)
      const id = text(resource, "id")
      if (id === undefined) continue
      count(this.#byName, name, entry)
      count(this.#byId, id.toLowerCase(), entry)
    }
  }

  ofType(type: string): Entry[] {
    return this.entries.filter((entry) => entry.type === type && entry.past === undefined)
  }

  /** What `reference` means when it stands in `from`. */
  resolve(reference: string, from: Entry): Resolution {
    if (reference.length > maxReference) return { outcome: "absent" }
    if (reference.startsWith("#")) return this.#contained(from.resource, reference.slice(1))
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

  /** Each resource's inner ones are walked through once: a document may refer to each of thousands. */
  #contained(resource: JsonObject, id: string): Resolution {
    let inner = this.#inner.get(resource)
    if (inner === undefined) {
      inner = new Map()
      for (const each of list(resource, "contained")) {
        const name = text(each, "id")
        if (isObject(each) && name !== undefined && !inner.has(name)) inner.set(name, each)
      }
      this.#inner.set(resource, inner)
    }
    const found = inner.get(id)
    if (found === undefined) return { outcome: "absent" }
    return { outcome: "contained", resource: normalized(text(found, "resourceType") ?? "", found).resource }
  }
}

function entryOf({ resource: written, fullUrl, position, past }: Held): Entry {
  const writtenType = text(written, "resourceType") ?? ""
  const { type, resource } = normalized(writtenType, written)
  const id = text(written, "id")
  return {
    type,
    resource,
    fullUrl: fullUrl !== undefined && fullUrl.length <= maxReference ? fullUrl : undefined,
    name: id === undefined ? `${writtenType} ${position}` : `${writtenType}/${id}`,
    ...(past === undefined ? {} : { past }),
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
