import { isPossibleDate } from "./date.ts"
import { type Value, wordsOf } from "./fact.ts"
import type { Measured } from "./measured.ts"
import { voidMarks } from "./status.ts"
import type { Summary } from "./summary.ts"

/** One measured value. */
export interface Point
  extends Pick<Measured, "number" | "value" | "comparator" | "low" | "high" | "rangeWords" | "flag" | "date"> {
  /** Milliseconds since the epoch, as exactly as the date is; a mere year or month is its beginning. */
  readonly time?: number
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
  readonly summary: Summary
  readonly unreviewed: boolean
}

const timeOf = (date: string | undefined): number | undefined => {
  if (date === undefined || !isPossibleDate(date)) return undefined
  const time = Date.parse(date)
  return Number.isNaN(time) ? undefined : time
}

const nameIn = ({ name, of }: Measured): string | undefined => {
  const own = labelOf(name)
  const whole = of && labelOf(of)
  if (own === undefined || whole === undefined || own.toLowerCase().includes(whole.toLowerCase())) return own
  return `${whole}: ${own}`
}

/** A concept's words, else its bare code. */
const labelOf = (value: Value): string | undefined =>
  wordsOf(value) ?? (value.kind === "concept" ? value.codings.find(({ code }) => code !== undefined)?.code : undefined)

/** The numbers of a document that are surely this patient's, and hold. */
const measuredOf = ({ sections }: Summary): Measured[] => {
  const items = new Set(sections.flatMap((section) => section.items))
  return [...items]
    .filter(({ marks }) => !marks.some((mark) => voidMarks.has(mark) || mark === "subject-unclear"))
    .flatMap(({ measured = [] }) => measured)
}

const inTime = (one: Point, other: Point): number =>
  one.time === undefined ? (other.time === undefined ? 0 : 1) : other.time === undefined ? -1 : one.time - other.time

const samePoint = (one: Point, other: Point): boolean =>
  one.date === other.date && one.value === other.value && one.comparator === other.comparator

/**
 * The numeric results of one patient's documents, by quantity and unit. What is about somebody else, entered in error or cancelled is left out; the same
 * value of the same moment in two documents is one. Nothing is converted, and what isn't a number isn't here: the documents show it.
 */
export const readTrends = (documents: readonly ResultDocument[]): Trend[] => {
  const trends = new Map<string, { quantity: string; name: string; unit: string; points: Point[] }>()
  for (const { summary, unreviewed } of documents)
    for (const measured of measuredOf(summary)) {
      const { identity: quantity, name: _name, of: _of, unit, ...rest } = measured
      const name = nameIn(measured)
      if (name === undefined) continue
      const time = timeOf(rest.date)
      const point: Point = { ...rest, unreviewed, ...(time === undefined ? {} : { time }) }
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
