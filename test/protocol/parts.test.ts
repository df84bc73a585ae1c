import * as fc from "fast-check"
import { expect, test } from "vitest"
import { partCount, partLength } from "../../protocol/parts.ts"
import { maxParts, maxSealedBytes, partBytes } from "../../protocol/primitives.ts"

test("a record is cut into full parts and what remains", () => {
  expect([0, 1, partBytes].map(partCount)).toEqual([1, 1, 1])
  expect([partBytes + 1, 2 * partBytes, maxSealedBytes].map(partCount)).toEqual([2, 2, maxParts])
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 * partBytes }), (size) => {
      const lengths = Array.from({ length: partCount(size) }, (_, i) => partLength(size, i + 1))
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(size)
      expect(lengths.slice(0, -1).every((length) => length === partBytes)).toBe(true)
      expect(lengths.at(-1)).toBeGreaterThan(0)
      expect(lengths.at(-1)).toBeLessThanOrEqual(partBytes)
    }),
  )
})
