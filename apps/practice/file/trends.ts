import type { Point, Trend } from "../../../fhir/trends.ts"
import { measurements } from "../../shared/measurements.ts"
import { trendWords } from "../../shared/trends/words.ts"
import type { Vital } from "./content.ts"

const pointOf = ({ at }: Vital, value: string): Point => ({
  number: value,
  value: Number(value),
  date: at,
  time: Date.parse(at),
  unreviewed: false,
})

/** What a vital sign was measured as: a pressure is two series. */
const seriesOf = (vital: Vital): { readonly name: string; readonly point: Point }[] => {
  const { measurements: names, systolic, diastolic } = trendWords.value
  const name = names[vital.kind]
  if (measurements[vital.kind].shape !== "pressure") return [{ name, point: pointOf(vital, vital.value) }]
  const upper = { name: `${name}: ${systolic}`, point: pointOf(vital, vital.value) }
  return vital.second === undefined
    ? [upper]
    : [upper, { name: `${name}: ${diastolic}`, point: pointOf(vital, vital.second) }]
}

/** The vital signs of a file over time, each quantity in each unit by itself, oldest first: nothing is converted. */
export const trendsOf = (vitals: readonly Vital[]): Trend[] => {
  const trends = new Map<string, { name: string; unit: string; points: Point[] }>()
  for (const vital of vitals)
    for (const { name, point } of seriesOf(vital)) {
      const key = `${name} ${vital.unit}`
      const trend = trends.get(key) ?? { name, unit: vital.unit, points: [] }
      trend.points.push(point)
      trends.set(key, trend)
    }
  const all = [...trends.values()]
  return [...trends].map(([key, trend]) => ({
    ...trend,
    key,
    alsoInOtherUnits: all.some(({ name, unit }) => name === trend.name && unit !== trend.unit),
    points: trend.points.toSorted((one, other) => (one.time ?? 0) - (other.time ?? 0)),
  }))
}
