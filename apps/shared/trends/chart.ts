import type { Point, Trend } from "../../../fhir/trends.ts"

/** Where things of a chart stand, in the units of its picture. */
export interface Chart {
  readonly points: readonly { readonly x: number; readonly y: number; readonly point: Point }[]
  /** The latest value's reference range; missing bounds reach to the edge. */
  readonly band?: { readonly top: number; readonly bottom: number }
  readonly ticks: readonly { readonly y: number; readonly value: number }[]
  readonly from: number
  readonly to: number
}

export interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Steps of 1, 2 or 5 times a power of ten: at most `most` of them between two values. */
export const niceSteps = (low: number, high: number, most: number): number[] => {
  const rough = (high - low) / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? power
  const steps: number[] = []
  for (let at = Math.ceil(low / step); at * step <= high; at++) steps.push(Number((at * step).toPrecision(12)))
  return steps
}

/** Only what has a moment can be drawn; `undefined` for fewer than two such values. */
export const chartOf = ({ points }: Trend, frame: Frame): Chart | undefined => {
  const dated = points.flatMap((point) => (point.time === undefined ? [] : [{ point, time: point.time }]))
  const [first, last] = [dated[0], dated.at(-1)]
  if (first === undefined || last === undefined || dated.length < 2) return undefined
  const { low, high } = last.point
  const values = [...dated.map(({ point }) => point.value), ...[low, high].filter((bound) => bound !== undefined)]
  const [least, greatest] = [Math.min(...values), Math.max(...values)]
  const margin = greatest === least ? Math.abs(greatest) * 0.1 || 1 : (greatest - least) * 0.12
  const [bottomValue, topValue] = [least - margin, greatest + margin]
  const span = last.time - first.time
  const x = (time: number) =>
    span === 0 ? (frame.left + frame.right) / 2 : frame.left + ((time - first.time) / span) * (frame.right - frame.left)
  const y = (value: number) =>
    frame.bottom - ((value - bottomValue) / (topValue - bottomValue)) * (frame.bottom - frame.top)
  const band =
    low === undefined && high === undefined
      ? undefined
      : { top: high === undefined ? frame.top : y(high), bottom: low === undefined ? frame.bottom : y(low) }
  return {
    points: dated.map(({ point, time }) => ({ x: x(time), y: y(point.value), point })),
    ...(band === undefined ? {} : { band }),
    ticks: niceSteps(bottomValue, topValue, 4).map((value) => ({ y: y(value), value })),
    from: first.time,
    to: last.time,
  }
}
