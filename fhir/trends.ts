import { parseJson } from "./bundle.ts"
import { plainText } from "./plain-text.ts"
import { codings, conceptLabel, field, isObject, type JsonObject, list, statusCode, text } from "./value.ts"

/** One measured value. */
export interface Point {
  /** As written: a FHIR `dateTime`; absent where nothing says when. */
  readonly date?: string
  /** Milliseconds since the epoch, as exactly as the date is; a mere year or month is its beginning. */
  readonly time?: number
  readonly value: number
  /** `<`, `<=`, `>=`, `>`: the value is a bound, not a measurement. */
  readonly comparator?: string
  readonly low?: number
  readonly high?: number
  /** The range in the laboratory's words, where it gave no numbers. */
  readonly rangeWords?: string
  /** What the laboratory said of it, else what its own reference range says. */
  readonly flag?: "low" | "high" | "normal"
  readonly unreviewed: boolean
}

/** Values of one quantity in one unit, oldest first, undated ones last. */
export interface Trend {
  readonly key: string
  readonly name: string
  readonly unit: string
  /** The same quantity was also measured in another unit, which is another trend: nothing is converted. */
  readonly alsoInOtherUnits: boolean
  readonly points: readonly Point[]
}

/** A document that values are taken from. */
export interface ResultDocument {
  readonly content: unknown
  readonly unreviewed: boolean
}

const invalid = new Set(["entered-in-error", "cancelled", "unknown", "registered"])
const lowCodes = new Set(["L", "LL", "LU", "<"])
const highCodes = new Set(["H", "HH", "HU", ">"])

const numberIn = (value: unknown, name: string): number | undefined => {
  const found = field(value, name)
  return typeof found === "number" && Number.isFinite(found) ? found : undefined
}

const dateOf = (observation: JsonObject): string | undefined =>
  text(observation, "effectiveDateTime") ??
  text(observation, "effectiveInstant") ??
  text(field(observation, "effectivePeriod"), "start") ??
  text(observation, "issued")

const timeOf = (date: string | undefined): number | undefined => {
  if (date === undefined || !/^\d{4}(-\d{2}(-\d{2}(T.+)?)?)?$/.test(date)) return undefined
  const time = Date.parse(date)
  return Number.isNaN(time) ? undefined : time
}

/** What a quantity calls its unit, in words and in code. */
const unitsOf = (quantity: unknown): string[] =>
  [text(quantity, "unit"), text(quantity, "code")].filter((unit) => unit !== undefined)

/** The range that holds for anybody: of several, one for a special population is no band to judge by. */
const rangeOf = (measured: unknown, units: readonly string[]): Pick<Point, "low" | "high" | "rangeWords"> => {
  const ranges = list(measured, "referenceRange").filter(
    (range) => field(range, "appliesTo") === undefined && field(range, "age") === undefined,
  )
  const [only, another] = ranges
  if (only === undefined || another !== undefined) return {}
  const inUnit = (name: string) => {
    const quantity = field(only, name)
    const said = unitsOf(quantity)
    // A bound in another unit is no bound of these values.
    return said.length === 0 || said.some((unit) => units.includes(unit)) ? numberIn(quantity, "value") : undefined
  }
  const words = text(only, "text")
  const [, written, until] = /^\s*(\d{1,9}(?:\.\d{1,6})?)\s*[-–]\s*(\d{1,9}(?:\.\d{1,6})?)\s*$/.exec(words ?? "") ?? []
  const stated = field(only, "low") !== undefined || field(only, "high") !== undefined
  const [low, high] =
    !stated && written !== undefined && until !== undefined
      ? [Number(written), Number(until)]
      : [inUnit("low"), inUnit("high")]
  if (low === undefined && high === undefined)
    return words === undefined || /^\s*n\/?a\s*$/i.test(words) ? {} : { rangeWords: plainText(words, 80) }
  if (low !== undefined && high !== undefined && low > high) return {}
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) }
}

const flagOf = (measured: unknown, value: number, { low, high }: Pick<Point, "low" | "high">): Point["flag"] => {
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

interface Measured {
  /** Of the quantity, whatever its unit. */
  readonly quantity: string
  readonly name: string
  readonly unit: string
  readonly point: Point
}

/** What a concept is known by: a code in a system, else its words. */
const identityOf = (concept: unknown, name: string): string => {
  const coded = codings(concept).find(({ code }) => code !== undefined)
  return coded === undefined ? `text ${name.toLowerCase()}` : `${coded.system ?? ""} ${coded.code}`
}

const measuredIn = (observation: JsonObject, unreviewed: boolean): Measured[] => {
  const date = dateOf(observation)
  const time = timeOf(date)
  const concept = field(observation, "code")
  const name = conceptLabel(concept)
  const one = (measured: unknown, label: string | undefined, identity: string): Measured[] => {
    const quantity = field(measured, "valueQuantity")
    const value = numberIn(quantity, "value")
    if (value === undefined || label === undefined) return []
    const unit = text(quantity, "unit") ?? text(quantity, "code") ?? ""
    const range = rangeOf(measured, unitsOf(quantity))
    const comparator = text(quantity, "comparator")
    const flag = flagOf(measured, value, range)
    return [
      {
        quantity: identity,
        name: plainText(label, 200),
        unit: plainText(unit, 40),
        point: {
          value,
          ...range,
          unreviewed,
          ...(date === undefined ? {} : { date }),
          ...(time === undefined ? {} : { time }),
          ...(comparator === undefined ? {} : { comparator: plainText(comparator, 4) }),
          ...(flag === undefined ? {} : { flag }),
        },
      },
    ]
  }
  const parts = list(observation, "component").flatMap((part) => {
    const partConcept = field(part, "code")
    const label = conceptLabel(partConcept)
    if (label === undefined) return []
    const whole = name === undefined || label.toLowerCase().includes(name.toLowerCase()) ? label : `${name}: ${label}`
    return one(part, whole, identityOf(partConcept, label))
  })
  return [...one(observation, name, identityOf(concept, name ?? "")), ...parts]
}

const observationsIn = (content: unknown): JsonObject[] => {
  const parsed = parseJson(content)
  if (parsed.outcome !== "parsed") return []
  const resources = [parsed.value, ...list(parsed.value, "entry").map((entry) => field(entry, "resource"))]
  return resources.filter(
    (resource): resource is JsonObject =>
      isObject(resource) &&
      text(resource, "resourceType") === "Observation" &&
      !invalid.has(statusCode(field(resource, "status")) ?? "final"),
  )
}

const inTime = (one: Point, other: Point): number =>
  one.time === undefined ? (other.time === undefined ? 0 : 1) : other.time === undefined ? -1 : one.time - other.time

const samePoint = (one: Point, other: Point): boolean =>
  one.date === other.date && one.value === other.value && one.comparator === other.comparator

/**
 * The numeric results of documents of one patient, by quantity and unit. What was said to be entered in error or cancelled is left out; the same
 * value of the same moment in two documents is one. Nothing is converted, and what isn't a number isn't here: the documents show it.
 */
export const readTrends = (documents: readonly ResultDocument[]): Trend[] => {
  const trends = new Map<string, { quantity: string; name: string; unit: string; points: Point[] }>()
  for (const { content, unreviewed } of documents)
    for (const observation of observationsIn(content))
      for (const { quantity, name, unit, point } of measuredIn(observation, unreviewed)) {
        const key = `${quantity} ${unit}`
        const trend = trends.get(key) ?? { quantity, name, unit, points: [] }
        if (!trend.points.some((other) => samePoint(other, point))) trend.points.push(point)
        trends.set(key, trend)
      }
  const all = [...trends].map(([key, { quantity, name, unit, points }]) => ({
    key,
    name,
    unit,
    alsoInOtherUnits: [...trends.values()].some((other) => other.quantity === quantity && other.unit !== unit),
    points: points.toSorted(inTime),
  }))
  // What can be compared over time comes first.
  return all.toSorted(
    (one, other) =>
      Number(other.points.length > 1) - Number(one.points.length > 1) || one.name.localeCompare(other.name),
  )
}

/** The latest dated value, else the last. */
export const latestOf = ({ points }: Trend): Point | undefined =>
  points.findLast(({ time }) => time !== undefined) ?? points.at(-1)
