/** Readers of FHIR's data types that take what is there: a field of the wrong shape is absent, never an exception. */

export type JsonObject = { readonly [name: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const field = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

/** Every element of a repeating field; a single value where FHIR wants an array counts as one. */
export function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name)
  if (found === undefined || found === null) return []
  return Array.isArray(found) ? found : [found]
}

export function text(value: unknown, name: string): string | undefined {
  const found = field(value, name)
  return typeof found === "string" && found.trim() !== "" ? found : undefined
}

export const texts = (value: unknown, name: string): string[] =>
  list(value, name).filter((item) => typeof item === "string")

/** Joins what is there. */
export function join(separator: string, ...parts: readonly (string | undefined)[]): string | undefined {
  const present = parts.filter((part) => part !== undefined && part !== "")
  return present.length > 0 ? present.join(separator) : undefined
}

export type Coding = { system?: string; code?: string; display?: string }

/** The codings of a CodeableConcept, a Coding, or R5's CodeableReference. */
export function codings(concept: unknown): Coding[] {
  const inner = field(concept, "concept")
  if (isObject(inner)) return codings(inner)
  const found = list(concept, "coding")
  return (found.length > 0 ? found : [concept]).map((coding) => ({
    system: text(coding, "system"),
    code: text(coding, "code"),
    display: text(coding, "display"),
  }))
}

/** A concept in words: its text, else the first display, else the bare code. A plain string (older FHIR) is itself. */
export function conceptLabel(concept: unknown): string | undefined {
  if (typeof concept === "string") return concept.trim() === "" ? undefined : concept
  const all = codings(concept)
  const bare = all.find((coding) => coding.code !== undefined)
  const system = bare?.system?.split(/[/:]/).at(-1)
  return (
    text(concept, "text") ??
    text(field(concept, "concept"), "text") ??
    all.find((coding) => coding.display !== undefined)?.display ??
    (bare && join(" ", `code ${bare.code}`, system && `(${system})`))
  )
}

/** What else a concept is called: codings that don't agree with each other are a thing a reader must see. */
export function otherNames(concept: unknown): string[] {
  const label = conceptLabel(concept)?.toLowerCase()
  const names = codings(concept).flatMap((coding) => coding.display ?? [])
  return [...new Set(names)].filter((name) => name.toLowerCase() !== label)
}

/** The code of a status, which is a code in some resources and a concept in others. */
export function statusCode(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim().toLowerCase()
  const code = codings(value).find((coding) => coding.code !== undefined)?.code ?? text(value, "text")
  return code?.trim().toLowerCase()
}

export function dateTime(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return undefined
  const [whole, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(value) ?? []
  return whole === undefined ? value : `${day} ${time}`
}

export function quantity(value: unknown): string | undefined {
  const amount = field(value, "value")
  if (typeof amount !== "number" && typeof amount !== "string") return undefined
  const shown = typeof amount === "number" ? String(Number(amount.toPrecision(8))) : amount
  const unit = text(value, "unit") ?? text(value, "code")
  return `${text(value, "comparator") ?? ""}${shown}${unit === undefined ? "" : ` ${unit}`}`
}

export function range(value: unknown): string | undefined {
  const low = quantity(field(value, "low"))
  const high = quantity(field(value, "high"))
  if (low !== undefined && high !== undefined) return `${low} to ${high}`
  return low === undefined ? high && `up to ${high}` : `from ${low}`
}

export function period(value: unknown): string | undefined {
  const start = dateTime(field(value, "start"))
  const end = dateTime(field(value, "end"))
  if (end === undefined) return start
  return start === undefined ? `until ${end}` : `${start} to ${end}`
}

/** A choice element (`onset[x]`, `value[x]`) in words, whichever type it has. */
export function choice(resource: unknown, name: string): string | undefined {
  const at = (type: string) => field(resource, `${name}${type}`)
  const flag = at("Boolean")
  const count = at("Integer")
  const ratio = at("Ratio")
  const age = quantity(at("Age"))
  return (
    quantity(at("Quantity")) ??
    conceptLabel(at("CodeableConcept")) ??
    text(resource, `${name}String`) ??
    dateTime(at("DateTime")) ??
    dateTime(at("Date")) ??
    period(at("Period")) ??
    range(at("Range")) ??
    (age && `at age ${age}`) ??
    (typeof flag === "boolean" ? (flag ? "yes" : "no") : undefined) ??
    (typeof count === "number" ? String(count) : undefined) ??
    join(" : ", quantity(field(ratio, "numerator")), quantity(field(ratio, "denominator"))) ??
    text(resource, `${name}Time`) ??
    (isObject(at("SampledData")) ? "a curve (not shown)" : undefined) ??
    (isObject(at("Attachment")) ? "an attachment (not shown)" : undefined)
  )
}

/** All literal references anywhere in a resource. */
export function referencesIn(resource: unknown): string[] {
  const found: string[] = []
  const rest: unknown[] = [resource]
  while (rest.length > 0) {
    const value = rest.pop()
    if (typeof value !== "object" || value === null) continue
    const reference = text(value, "reference")
    if (reference !== undefined) found.push(reference)
    for (const inner of Object.values(value)) rest.push(inner)
  }
  return found
}
