import { type Bytes, concat, fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { headerSize, plaintextCapacity, segmentCount, segmentSize } from "../../protocol/crypto/streaming-aead.ts"
import { partCount, partLength } from "../../protocol/parts.ts"
import { partBytes } from "../../protocol/primitives.ts"

/** Some of the segments of a sealed record, and where its bytes are. Segments count from 0. */
export interface Span {
  readonly firstSegment: number
  readonly segments: number
  /** Of the sealed record, from its first byte; the header belongs to segment 0. */
  readonly start: number
  readonly length: number
}

const segmentsOfPart = partBytes / segmentSize

/** What part `number` (from 1) of a sealed record of `size` bytes consists of. */
export const partAt = (size: number, number: number): Span => {
  const firstSegment = (number - 1) * segmentsOfPart
  return {
    firstSegment,
    segments: Math.min(segmentCount(size) - firstSegment, segmentsOfPart),
    start: (number - 1) * partBytes,
    length: partLength(size, number),
  }
}

/** All parts from `from` on, in order. */
export const partsFrom = (size: number, from = 1): Span[] =>
  Array.from({ length: partCount(size) - from + 1 }, (_, i) => partAt(size, from + i))

/** Bytes of the plaintext before segment `index`. */
export const plaintextBefore = (index: number): number =>
  index === 0 ? 0 : plaintextCapacity(0) + (index - 1) * plaintextCapacity(1)

/** The segment in which a byte of the plaintext is. */
export const segmentOf = (offset: number): number =>
  offset < plaintextCapacity(0) ? 0 : 1 + Math.floor((offset - plaintextCapacity(0)) / plaintextCapacity(1))

/**
 * The segments in which these bytes of the plaintext are, and no others, in spans of at most a part. `offset` is within the plaintext,
 * `length` at least 1 and not beyond its end.
 */
export const spansOf = (size: number, { offset, length }: { offset: number; length: number }): Span[] => {
  const last = segmentOf(offset + length - 1)
  const spans: Span[] = []
  for (let at = segmentOf(offset); at <= last; ) {
    const beyond = Math.min(last + 1, (Math.floor(at / segmentsOfPart) + 1) * segmentsOfPart)
    const start = at * segmentSize
    spans.push({
      firstSegment: at,
      segments: beyond - at,
      start,
      length: Math.min(beyond * segmentSize, size) - start,
    })
    at = beyond
  }
  return spans
}

/** Where segment `index` begins within the bytes of a span: behind the header, in the first of all. */
export const placeIn = ({ firstSegment }: Span, index: number): number =>
  index === 0 ? headerSize : (index - firstSegment) * segmentSize

/**
 * The hash that a descriptor has of a sealed record, by those of its parts: of one part its own, of more the hash of theirs one
 * after the other (docs/protocol.md, "Parts").
 */
export const recordHash = async (parts: readonly string[]): Promise<string> => {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  return toBase64url(await sha256(concat(...parts.map((part) => fromBase64url(part)))))
}

/** Of a whole sealed record in memory. */
export const hashOf = async (sealed: Bytes): Promise<string> =>
  recordHash(
    await Promise.all(
      partsFrom(sealed.length).map(async ({ start, length }) =>
        toBase64url(await sha256(sealed.subarray(start, start + length))),
      ),
    ),
  )
