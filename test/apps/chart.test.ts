import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { chartOf, niceSteps } from "../../apps/shared/trends/chart.ts"
import type { Point } from "../../fhir/trends.ts"

const frame = { left: 50, right: 600, top: 10, bottom: 190 }
const trend = (points: Point[]) => ({ key: "k", name: "Potassium", unit: "mmol/l", alsoInOtherUnits: false, points })
const at = (time: number, value: number, rest: Partial<Point> = {}): Point => ({
  time,
  date: "d",
  value,
  number: String(value),
  unreviewed: false,
  ...rest,
})

describe("a chart of results", () => {
  test("needs two values that have a moment", () => {
    expect(chartOf(trend([]), frame)).toBeUndefined()
    expect(chartOf(trend([at(0, 1), { value: 2, number: "2", unreviewed: false }]), frame)).toBeUndefined()
    expect(chartOf(trend([at(0, 1), at(1, 2)]), frame)?.points).toHaveLength(2)
  })

  test("keeps every point and its band in the frame, later to the right, higher above", () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 2 ** 41 }), value), { minLength: 2, maxLength: 40 }),
        fc.option(value, { nil: undefined }),
        (pairs, high) => {
          const points = pairs
            .toSorted(([a], [b]) => a - b)
            .map(([time, v]) => at(time, v, high === undefined ? {} : { high }))
          const chart = chartOf(trend(points), frame)!
          for (const { x, y } of chart.points) {
            expect(x).toBeGreaterThanOrEqual(frame.left - 1e-6)
            expect(x).toBeLessThanOrEqual(frame.right + 1e-6)
            expect(y).toBeGreaterThanOrEqual(frame.top - 1e-6)
            expect(y).toBeLessThanOrEqual(frame.bottom + 1e-6)
          }
          expect(chart.band === undefined).toBe(high === undefined)
          for (const [i, { y }] of chart.points.entries()) {
            const next = chart.points[i + 1]
            if (next !== undefined && next.point.value > points[i]!.value) expect(next.y).toBeLessThanOrEqual(y)
          }
        },
      ),
    )
  })

  test("draws the range of the latest value, open where a bound is missing", () => {
    const chart = chartOf(trend([at(0, 4, { low: 1, high: 9 }), at(1, 5, { low: 3 })]), frame)
    expect(chart?.band?.top).toBe(frame.top)
    expect(chart?.band?.bottom).toBeLessThan(frame.bottom)
  })

  test("has round numbers at its side", () => {
    expect(niceSteps(3.4, 5.2, 4)).toEqual([3.5, 4, 4.5, 5])
    expect(niceSteps(0.1, 0.32, 4)).toEqual([0.1, 0.2, 0.3])
    expect(niceSteps(-7, 12, 4)).toEqual([-5, 0, 5, 10])
  })
})
