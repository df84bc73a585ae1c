import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  plaintextSize,
  sealedCapacity,
  sealedSize,
  segmentCount,
  segmentSize,
} from "../../../protocol/crypto/streaming-aead.ts"
import { partCount } from "../../../protocol/parts.ts"
import { maxParts, maxSealedBytes, partBytes } from "../../../protocol/primitives.ts"
import { partAt, partsFrom, placeIn, plaintextBefore, segmentOf, spansOf } from "../../../sdk/transfer/parts.ts"

/** Sizes at and around every border: of segments, parts, and the largest record, 50 GiB. */
const sizes = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(fc.nat(maxParts), fc.integer({ min: -2, max: 2 })).map(([n, d]) => n * partBytes + d),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.nat(maxParts * 8), fc.integer({ min: -18, max: 18 })).map(([n, d]) => n * segmentSize + d),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: maxSealedBytes }) },
    { weight: 1, arbitrary: fc.constantFrom(56, maxSealedBytes, maxSealedBytes - 1, partBytes, partBytes + 1) },
  )
  .filter((size) => size >= 56 && size <= maxSealedBytes)
  // Of sealed records there are: none ends in a segment that is empty but for its tag.
  .filter((size) => size === 56 || size % segmentSize > 16 || size % segmentSize === 0)

test("the largest record has 6,400 parts, and its numbers are exact", () => {
  expect(maxSealedBytes).toBe(50 * 1024 ** 3)
  expect(partCount(maxSealedBytes)).toBe(6400)
  expect(partAt(maxSealedBytes, 6400)).toEqual({
    firstSegment: 51_192,
    segments: 8,
    start: 53_678_702_592,
    length: partBytes,
  })
  expect(plaintextBefore(51_192)).toBe(53_678_702_592 - 51_192 * 16 - 40)
})

describe("whatever its size, a sealed record", () => {
  test("is its parts, one after the other, each of whole segments", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const parts = partsFrom(size)
        expect(parts.length).toBe(partCount(size))
        let [byte, segment] = [0, 0]
        for (const [i, part] of parts.entries()) {
          if (part.start !== byte || part.firstSegment !== segment || part.length < 1) expect([part, byte]).toBe(0)
          if (i < parts.length - 1 && part.length !== partBytes) expect(part).toBe(partBytes)
          byte += part.length
          segment += part.segments
        }
        expect(byte).toBe(size)
        expect(segment).toBe(segmentCount(size))
        expect(Number.isSafeInteger(byte)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test("has each byte of the document in one segment, which begins where those before it end", () => {
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (size, where) => {
        const plain = plaintextSize(size)
        expect(sealedSize(plain)).toBe(size)
        const offset = Math.floor(where * plain)
        const segment = segmentOf(offset)
        expect(plaintextBefore(segment)).toBeLessThanOrEqual(offset)
        expect(plaintextBefore(segment + 1)).toBeGreaterThan(offset)
        expect(plaintextBefore(segmentCount(size))).toBeGreaterThanOrEqual(plain)
        expect(plaintextBefore(segmentCount(size) - 1)).toBeLessThanOrEqual(plain)
      }),
      { numRuns: 500 },
    )
  })

  test("gives a range by the segments that have it and no others, a part at a time at most", () => {
    fc.assert(
      fc.property(
        sizes.filter((size) => size > 56),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 10 * partBytes })),
        (size, where, most) => {
          const plain = plaintextSize(size)
          const offset = Math.floor(where * plain)
          const length = Math.min(most, plain - offset)
          const spans = spansOf(size, { offset, length })
          const [first, last] = [spans[0], spans.at(-1)]
          if (first === undefined || last === undefined) throw new Error("no span")
          expect(plaintextBefore(first.firstSegment)).toBeLessThanOrEqual(offset)
          expect(plaintextBefore(first.firstSegment + 1)).toBeGreaterThan(offset)
          const beyond = last.firstSegment + last.segments
          expect(plaintextBefore(beyond - 1)).toBeLessThan(offset + length)
          expect(last.start + last.length).toBe(Math.min(beyond * segmentSize, size))
          for (const [i, span] of spans.entries()) {
            expect(span.length).toBeLessThanOrEqual(partBytes)
            expect(span.start).toBe(span.firstSegment * segmentSize)
            const next = spans[i + 1]
            if (next !== undefined) expect(span.firstSegment + span.segments).toBe(next.firstSegment)
            const end = span.firstSegment + span.segments - 1
            expect(placeIn(span, end) + Math.min(sealedCapacity(end), span.length)).toBeGreaterThanOrEqual(span.length)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
