/** Access to FHIR's JSON that takes what is there: a field of the wrong shape is absent, never an exception. */

export type JsonObject = { readonly [name: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) && numberText(value) === undefined

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

/** A number as it was written (`parseFhir` keeps it so), or as JavaScript writes it. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : undefined
  if (typeof value !== "object" || value === null || !("" in value)) return undefined
  const written = value[""]
  return typeof written === "string" && /^-?\d/.test(written) && Object.keys(value).length === 1 ? written : undefined
}

/** A number as it was written, such as `parseFhir` keeps it; what JSON wouldn't take for one stays a text. */
export const numeral = (written: string): unknown =>
  /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(written) ? { "": written } : written

/** The number itself, for what is computed with it; what is shown is `numberText`. */
export function numberOf(value: unknown): number | undefined {
  const written = numberText(value)
  const number = written === undefined ? Number.NaN : Number(written)
  return Number.isFinite(number) ? number : undefined
}

/** Joins what is there. */
export function join(separator: string, ...parts: readonly (string | undefined)[]): string | undefined {
  const present = parts.filter((part) => part !== undefined && part !== "")
  return present.length > 0 ? present.join(separator) : undefined
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

/** Whether an element of this name, not empty, stands anywhere in a resource. */
export function containsElement(resource: unknown, name: string): boolean {
  const rest: unknown[] = [resource]
  while (rest.length > 0) {
    const value = rest.pop()
    if (typeof value !== "object" || value === null) continue
    if (list(value, name).length > 0) return true
    for (const inner of Object.values(value)) rest.push(inner)
  }
  return false
}
