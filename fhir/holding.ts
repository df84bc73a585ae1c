import { parseFhir } from "./parse.ts"
import { field, isObject, type JsonObject, list, numberOf, text } from "./value.ts"

/** A resource as it came, before it is read. `past`: it isn't what its source says now. */
export type Held = { resource: JsonObject; fullUrl?: string; position: number; past?: "deleted" | "superseded" }

/**
 * What a FHIR file holds, taken out of whatever it came in: bundles within bundles, Parameters, an array or lines of resources, a history. `kind`:
 * of a bundle, its type; of anything else, what it is.
 */
export type Holding = {
  isBundle: boolean
  kind?: string
  held: Held[]
  /** Numbers of entries, from 1, that hold no resource. */
  unreadable: number[]
  /** What entries say was deleted and the document doesn't contain. */
  deleted: string[]
  /** The wrappings themselves, which may be labelled. */
  wrappings: JsonObject[]
}

type Deletion = { key: string; at?: string }

export function unwrapped(value: unknown): Holding {
  const holding: Holding = { isBundle: false, held: [], unreadable: [], deleted: [], wrappings: [] }
  const deletions: Deletion[] = []
  const kinds: (string | undefined)[] = []
  collect(value, undefined, { holding, deletions, kinds, patients: new Set() })
  const [only, another] = kinds
  holding.isBundle = kinds.length > 0
  holding.kind = holding.isBundle
    ? kinds.length === 1 && another === undefined
      ? only
      : (kinds.find((kind) => kind === "document") ?? only)
    : Array.isArray(value)
      ? "array"
      : text(value, "resourceType")
  markPast(holding, deletions)
  return holding
}

/** `patients`: those seen, as JSON with their address. */
type Collecting = { holding: Holding; deletions: Deletion[]; kinds: (string | undefined)[]; patients: Set<string> }

function collect(value: unknown, fullUrl: string | undefined, into: Collecting): void {
  const { holding } = into
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) add(each, undefined, index + 1, into)
    return
  }
  const type = text(value, "resourceType")
  if (!isObject(value) || type === undefined) return
  if (type === "Bundle") collectBundle(value, into)
  else if (type === "Parameters") {
    holding.wrappings.push(value)
    for (const parameter of parametersIn(value)) add(field(parameter, "resource"), undefined, 1, into)
  } else holding.held.push({ resource: value, fullUrl, position: holding.held.length + 1 })
}

/** A bundle that only holds other bundles is none of its own: the kind is theirs. */
function collectBundle(bundle: JsonObject, into: Collecting): void {
  const entries = list(bundle, "entry")
  const inner = entries.filter((entry) => text(field(entry, "resource"), "resourceType") === "Bundle")
  into.holding.wrappings.push(bundle)
  if (inner.length === 0 || inner.length < entries.length) into.kinds.push(text(bundle, "type"))
  for (const [index, entry] of entries.entries()) {
    const request = field(entry, "request")
    if (text(request, "method")?.toUpperCase() === "DELETE") {
      const key = text(entry, "fullUrl") ?? text(request, "url")
      const at = text(field(entry, "response"), "lastModified")
      if (key !== undefined) into.deletions.push({ key, at })
      if (field(entry, "resource") === undefined) continue
    }
    add(field(entry, "resource"), text(entry, "fullUrl"), index + 1, into)
  }
}

function add(resource: unknown, fullUrl: string | undefined, position: number, into: Collecting): void {
  const type = text(resource, "resourceType")
  if (!isObject(resource) || type === undefined) into.holding.unreadable.push(position)
  else if (type === "Bundle" || type === "Parameters") collect(resource, fullUrl, into)
  else if (!isRepeated(resource, fullUrl, into)) into.holding.held.push({ resource, fullUrl, position })
}

function* parametersIn(holder: unknown): Generator {
  for (const parameter of [...list(holder, "parameter"), ...list(holder, "part")]) {
    if (field(parameter, "resource") !== undefined) yield parameter
    yield* parametersIn(parameter)
  }
}

/** Whether the same patient stands there already: each document of several brings its own copy. */
function isRepeated(resource: JsonObject, fullUrl: string | undefined, { patients }: Collecting): boolean {
  if (text(resource, "resourceType") !== "Patient") return false
  const copy = JSON.stringify([fullUrl, resource])
  if (patients.has(copy)) return true
  patients.add(copy)
  return false
}

const versionless = (url: string) => url.replace(/\/_history\/[^/]*$/, "")
const keysOf = ({ resource, fullUrl }: Held): string[] => {
  const id = text(resource, "id")
  const name = id === undefined ? [] : [`${text(resource, "resourceType")}/${id}`]
  return fullUrl === undefined ? name : [versionless(fullUrl), ...name]
}

/** Marks what was deleted, and in a history what a later version replaces. */
function markPast(holding: Holding, deletions: readonly Deletion[]): void {
  if (holding.kind === "history") markSuperseded(holding.held)
  if (deletions.length === 0) return
  const byKey = new Map<string, Held[]>()
  for (const held of holding.held) for (const key of keysOf(held)) byKey.set(key, [...(byKey.get(key) ?? []), held])
  for (const { key, at } of deletions) {
    const target = versionless(key)
    const versions = byKey.get(target) ?? byKey.get(target.split("/").slice(-2).join("/")) ?? []
    if (versions.length === 0) holding.deleted.push(target)
    for (const held of versions) {
      const updated = text(field(held.resource, "meta"), "lastUpdated")
      // Made anew after it was deleted.
      if (at !== undefined && updated !== undefined && Date.parse(updated) > Date.parse(at)) continue
      held.past = "deleted"
    }
  }
}

function markSuperseded(all: readonly Held[]): void {
  const newest = new Map<string, Held>()
  for (const held of all) {
    const key = keysOf(held).at(-1)
    if (key === undefined) continue
    const other = newest.get(key)
    if (other === undefined) newest.set(key, held)
    else if (isLater(held, other)) {
      other.past = "superseded"
      newest.set(key, held)
    } else held.past = "superseded"
  }
}

/** By version and moment; where neither says, a history's earlier entry is the later version. */
function isLater(held: Held, other: Held): boolean {
  const versions = [held, other].map(({ resource }) => {
    const meta = field(resource, "meta")
    return numberOf(field(meta, "versionId")) ?? Number(text(meta, "versionId") ?? Number.NaN)
  })
  const [version = Number.NaN, otherVersion = Number.NaN] = versions
  if (version !== otherVersion && !Number.isNaN(version) && !Number.isNaN(otherVersion)) return version > otherVersion
  const [at, otherAt] = [held, other].map(({ resource }) =>
    Date.parse(text(field(resource, "meta"), "lastUpdated") ?? ""),
  )
  return at !== undefined && otherAt !== undefined && at > otherAt
}

/** The Patients of a document, as they stand in it; none of what can't be read. */
export function patientsIn(document: unknown): JsonObject[] {
  const parsed = parseFhir(document)
  if (parsed.outcome !== "parsed") return []
  return unwrapped(parsed.value).held.flatMap(({ resource, past }) =>
    past === undefined && text(resource, "resourceType") === "Patient" ? [resource] : [],
  )
}
