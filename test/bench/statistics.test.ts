import { array, assert, double, property } from "fast-check"
import { expect, test } from "vitest"
import { covered, median, quantile, speedRatio, spreadOf } from "../../bench/statistics.ts"

test("the median of an odd number is the middle one, of an even number the mean of the two", () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([1, 2, 3, 10])).toBe(2.5)
})

test("quantiles lie on the line between neighbours", () => {
  expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5)
  expect(quantile([7], 0.5)).toBe(7)
})

test("nothing measured is no number", () => {
  expect(() => median([])).toThrow(RangeError)
})

test("measuring does not change the order of what was measured", () => {
  const values = [3, 1, 2]
  spreadOf(values)
  expect(values).toEqual([3, 1, 2])
})

test("a spread holds the range and the number", () => {
  expect(spreadOf([4, 2, 9])).toEqual({ median: 4, min: 2, max: 9, n: 3 })
})

test("the median lies within the range of all", () => {
  assert(
    property(array(double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
      const { median: middle, min, max } = spreadOf(values)
      return min <= middle && middle <= max
    }),
  )
})

test("who takes half the time is twice as fast", () => {
  expect(speedRatio([1, 2], [2, 4]).median).toBe(2)
})

test("each run is held against the one beside it", () => {
  // The machine was ten times slower in the second half, for both.
  expect(speedRatio([1, 10], [0.9, 9])).toMatchObject({ min: 0.9, max: 0.9 })
})

test("runs that are no pairs have no ratio", () => {
  expect(() => speedRatio([1], [1, 2])).toThrow(RangeError)
})

test("times that overlap count once, and are one step", () => {
  expect(
    covered([
      { from: 0, to: 10 },
      { from: 5, to: 12 },
      { from: 20, to: 21 },
    ]),
  ).toEqual({ time: 13, steps: 2 })
  expect(
    covered([
      { from: 0, to: 10 },
      { from: 2, to: 3 },
    ]),
  ).toEqual({ time: 10, steps: 1 })
  expect(covered([])).toEqual({ time: 0, steps: 0 })
})

test("what begins as the one before ends comes after it", () => {
  expect(
    covered([
      { from: 0, to: 5 },
      { from: 5, to: 6 },
    ]),
  ).toEqual({ time: 6, steps: 2 })
})
