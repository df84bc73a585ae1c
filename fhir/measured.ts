import { codings, type Value, valueOf, wordsOf } from "./fact.ts"
import { field, type JsonObject, list, numberOf, numberText, text } from "./value.ts"

/** A number that was measured, as it was written. */
export type Measured = {
  /** What was measured, the same for the same code whatever it is called. */
  identity: string
  name: Value
  /** What it is a part of, such as a blood pressure. */
  of?: Value
  unit: string
  /** As written. */
  number: string
  value: number
  /** `<`, `<=`, `>=`, `>`: the value is a bound, not a measurement. */
  comparator?: string
  /** The reference range that holds for anybody, where the laboratory gave one, as numbers or in its words. */
  low?: number
  high?: number
  rangeWords?: string
  /** What the laboratory said of it, else what its own reference range says. */
  flag?: "low" | "high" | "normal"
  /** A FHIR `dateTime`, as written. */
  date?: string
}

const lowCodes = new Set(["L", "LL", "LU", "<"])
const highCodes = new Set(["H", "HH", "HU", ">"])

/** What a quantity calls its unit, in words and in code. */
const unitsOf = (quantity: unknown): string[] =>
  [text(quantity, "unit"), text(quantity, "code")].filter((unit) => unit !== undefined)

/** Of several ranges, and of one for a special population, none is a band to judge by. */
function rangeOf(measured: unknown, units: readonly string[]): Pick<Measured, "low" | "high" | "rangeWords"> {
  const ranges = list(measured, "referenceRange").filter(
    (range) => field(range, "appliesTo") === undefined && field(range, "age") === undefined,
  )
  const [only, another] = ranges
  if (only === undefined || another !== undefined) return {}
  const inUnit = (name: string) => {
    const quantity = field(only, name)
    const said = unitsOf(quantity)
    // A bound in another unit is no bound of these values.
    return said.length === 0 || said.some((unit) => units.includes(unit))
      ? numberOf(field(quantity, "value"))
      : undefined
  }
  const words = text(only, "text")
  const [, written, until] = /^\s*(\d{1,9}(?:\.\d{1,6})?)\s*[-–]\s*(\d{1,9}(?:\.\d{1,6})?)\s*$/.exec(words ?? "") ?? []
  const stated = field(only, "low") !== undefined || field(only, "high") !== undefined
  const [low, high] =
    !stated && written !== undefined && until !== undefined
      ? [Number(written), Number(until)]
      : [inUnit("low"), inUnit("high")]
  if (low === undefined && high === undefined)
    return words === undefined || /^\s*n\/?a\s*$/i.test(words) ? {} : { rangeWords: words }
  if (low !== undefined && high !== undefined && low > high) return {}
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) }
}

function flagOf(measured: unknown, value: number, { low, high }: Pick<Measured, "low" | "high">): Measured["flag"] {
  const codes = list(measured, "interpretation").flatMap((concept) =>
    codings(concept).flatMap(({ code }) => code ?? []),
  )
  if (codes.some((code) => lowCodes.has(code))) return "low"
  if (codes.some((code) => highCodes.has(code))) return "high"
  if (codes.includes("N")) return "normal"
  if (low !== undefined && value < low) return "low"
  if (high !== undefined && value > high) return "high"
  return low === undefined && high === undefined ? undefined : "normal"
}

/** What a concept is known by: a code in a system, else its words. */
function identityOf(concept: unknown, name: Value): string {
  const coded = codings(concept).find(({ code }) => code !== undefined)
  return coded === undefined ? `text ${wordsOf(name)?.toLowerCase() ?? ""}` : `${coded.system ?? ""} ${coded.code}`
}

const dateOf = (observation: JsonObject): string | undefined =>
  text(observation, "effectiveDateTime") ??
  text(observation, "effectiveInstant") ??
  text(field(observation, "effectivePeriod"), "start") ??
  text(observation, "issued")

function oneOf(measured: unknown, concept: unknown, date: string | undefined, of?: Value): Measured[] {
  const quantity = field(measured, "valueQuantity")
  const number = numberText(field(quantity, "value"))
  const value = numberOf(field(quantity, "value"))
  const name = valueOf(concept)
  if (value === undefined || number === undefined || name === undefined) return []
  const range = rangeOf(measured, unitsOf(quantity))
  const comparator = text(quantity, "comparator")
  const flag = flagOf(measured, value, range)
  return [
    {
      identity: identityOf(concept, name),
      name,
      ...(of === undefined ? {} : { of }),
      unit: text(quantity, "unit") ?? text(quantity, "code") ?? "",
      number,
      value,
      ...range,
      ...(comparator === undefined ? {} : { comparator }),
      ...(flag === undefined ? {} : { flag }),
      ...(date === undefined ? {} : { date }),
    },
  ]
}

/** Results that are none: taken back, or not there yet. */
const invalid = new Set(["entered-in-error", "cancelled", "unknown", "registered"])

/** The numbers of an Observation and of its parts. */
export function measuredIn(observation: JsonObject): Measured[] {
  const status = text(observation, "status")?.toLowerCase() ?? "final"
  if (invalid.has(status)) return []
  const date = dateOf(observation)
  const concept = field(observation, "code")
  const whole = valueOf(concept)
  const parts = list(observation, "component").flatMap((part) => oneOf(part, field(part, "code"), date, whole))
  return [...oneOf(observation, concept, date), ...parts]
}
