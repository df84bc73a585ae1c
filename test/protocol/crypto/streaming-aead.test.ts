import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type Bytes, concat, fromBase64url, utf8 } from "../../../protocol/crypto/bytes.ts"
import { openUnder } from "../../../protocol/crypto/envelope.ts"
import { CryptoFailure } from "../../../protocol/crypto/failure.ts"
import { gcmSeal, randomBytes } from "../../../protocol/crypto/primitives.ts"
import {
  cipherOf,
  newCipher,
  open,
  openSegment,
  openStream,
  plaintextCapacity,
  plaintextSize,
  seal,
  sealedCapacity,
  sealedSize,
  sealSegment,
  sealStream,
  segmentCount,
} from "../../../protocol/crypto/streaming-aead.ts"
import { metadataKey, recordAssociatedData } from "../../../protocol/record-keys.ts"
import { collect, inChunks } from "./streams.ts"
import vectors from "./vectors.json" with { type: "json" }

const mebibyte = 1024 * 1024
const first = mebibyte - 40 - 16
const following = mebibyte - 16
const key = randomBytes(32)
const associatedData = utf8("patient/record/1")
const plaintextOf = (size: number) =>
  concat(...Array.from({ length: Math.ceil(size / 65536) }, () => randomBytes(65536))).slice(0, size)
const viaStream = (bytes: Uint8Array, through: TransformStream<Uint8Array, Bytes>, chunk = 100_000) =>
  collect(inChunks(bytes, chunk).pipeThrough(through))

/** Refused in one piece and as a stream alike. */
async function expectRefused(sealed: Bytes, data = associatedData, by = key): Promise<void> {
  await expect(open(by, data, sealed)).rejects.toThrow(CryptoFailure)
  await expect(viaStream(sealed, openStream(by, data))).rejects.toThrow(CryptoFailure)
}

describe("a frozen record", () => {
  const { record } = vectors
  const sealed = fromBase64url(record.sealed)
  const plaintext = fromBase64url(record.plaintext)
  const dataKey = fromBase64url(record.dataKey)
  const data = recordAssociatedData(record)

  test("is sealed to the byte", async () => {
    const random = (length: number) => fromBase64url(length === 32 ? record.salt : record.noncePrefix)
    expect(data).toEqual(utf8(record.associatedData))
    expect(await seal(dataKey, data, plaintext, random)).toEqual(sealed)
    expect(await viaStream(plaintext, sealStream(dataKey, data, random))).toEqual(sealed)
    expect(await open(dataKey, data, sealed)).toEqual(plaintext)
  })

  test("has its metadata under a key of its own", async () => {
    expect(await metadataKey(dataKey)).toEqual(fromBase64url(record.metadataKey))
    expect(await openUnder(await metadataKey(dataKey), record.metadata)).toEqual(utf8(record.metadataText))
  })

  test("is refused with any bit flipped", async () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice()
      changed[bit >> 3]! ^= 1 << (bit & 7)
      await expectRefused(changed, data, dataKey)
    }
  })

  test("is refused cut at any byte, and with bytes after it", async () => {
    for (let length = 0; length < sealed.length; length++) await expectRefused(sealed.slice(0, length), data, dataKey)
    await expectRefused(concat(sealed, Uint8Array.of(0)), data, dataKey)
    await expectRefused(concat(sealed, sealed), data, dataKey)
  })

  test("is refused as another version, record, patient, and under another key", async () => {
    for (const other of [
      { ...record, version: 1 },
      { ...record, recordId: record.patientId },
      { ...record, patientId: record.recordId },
    ]) {
      await expectRefused(sealed, recordAssociatedData(other), dataKey)
    }
    await expectRefused(sealed, new Uint8Array(0), dataKey)
    await expectRefused(sealed, data, key)
  })
})

describe("a record of several segments", () => {
  const size = first + 2 * following + 5

  test("is refused with segments exchanged, repeated, left out, or cut at their borders", async () => {
    const sealed = await seal(key, associatedData, plaintextOf(size))
    const segment = (index: number) => sealed.slice(index * mebibyte, (index + 1) * mebibyte)
    await expectRefused(concat(segment(0), segment(2), segment(1), segment(3)))
    await expectRefused(concat(segment(0), segment(1), segment(1), segment(3)))
    await expectRefused(concat(segment(0), segment(1), segment(3)))
    await expectRefused(concat(segment(0), segment(1), segment(2)))
    await expectRefused(concat(segment(0), segment(1)))
    await expectRefused(segment(0))
    await expectRefused(concat(segment(0), segment(1), segment(2), segment(3), segment(3)))
    const other = await seal(key, associatedData, plaintextOf(size))
    await expectRefused(concat(segment(0), other.slice(mebibyte, 2 * mebibyte), segment(2), segment(3)))
  })

  test("releases nothing of a segment that isn't verified, and nothing after it", async () => {
    const plaintext = plaintextOf(size)
    const sealed = await seal(key, associatedData, plaintext)
    sealed[2 * mebibyte - 1]! ^= 1
    const released: Uint8Array[] = []
    const reading = async () => {
      const opened = inChunks(sealed, 70_000).pipeThrough(openStream(key, associatedData))
      for await (const chunk of opened) released.push(chunk)
    }
    await expect(reading()).rejects.toThrow(CryptoFailure)
    expect(Buffer.compare(concat(...released), plaintext.slice(0, first))).toBe(0)
  })

  test("can be sealed and opened segment by segment, in any order", async () => {
    const plaintext = plaintextOf(size)
    const cipher = await newCipher(key, associatedData)
    const piece = (index: number) => {
      const start = index === 0 ? 0 : first + (index - 1) * following
      return plaintext.slice(start, start + plaintextCapacity(index))
    }
    const [c, a, d, b] = await Promise.all(
      [2, 0, 3, 1].map((index) => sealSegment(cipher, index, index === 3, piece(index))),
    )
    const sealed = concat(cipher.header, a!, b!, c!, d!)
    expect(Buffer.compare(await open(key, associatedData, sealed), plaintext)).toBe(0)
    const reader = await cipherOf(key, associatedData, sealed.slice(0, 40))
    const range = await openSegment(reader, 2, false, sealed.slice(2 * mebibyte, 3 * mebibyte))
    expect(Buffer.compare(range, piece(2))).toBe(0)
    await expect(openSegment(reader, 2, true, c!)).rejects.toThrow(CryptoFailure)
    await expect(openSegment(reader, 1, false, c!)).rejects.toThrow(CryptoFailure)
  })

  test("doesn't end with an empty segment, even if whoever has the key made one", async () => {
    const cipher = await newCipher(key, associatedData)
    const whole = await sealSegment(cipher, 0, false, plaintextOf(first))
    const nonce = concat(cipher.header.slice(33), Uint8Array.of(0, 0, 0, 1, 1))
    const empty = await gcmSeal(cipher.key, nonce, new Uint8Array(0))
    await expectRefused(concat(cipher.header, whole, empty))
  })

  test("has no segments that the format doesn't have", async () => {
    const cipher = await newCipher(key, associatedData)
    await expect(sealSegment(cipher, 0, false, new Uint8Array(1))).rejects.toThrow(RangeError)
    await expect(sealSegment(cipher, 1, true, new Uint8Array(0))).rejects.toThrow(RangeError)
    await expect(sealSegment(cipher, 0, true, new Uint8Array(first + 1))).rejects.toThrow(RangeError)
    await expect(sealSegment(cipher, 2 ** 32, true, new Uint8Array(1))).rejects.toThrow(RangeError)
    await expect(openSegment(cipher, 1, true, new Uint8Array(16))).rejects.toThrow(CryptoFailure)
    await expect(openSegment(cipher, 0, false, new Uint8Array(sealedCapacity(0) + 1))).rejects.toThrow(CryptoFailure)
  })
})

describe("sizes", () => {
  test.each([
    [0, 56, 1],
    [1, 57, 1],
    [first, mebibyte, 1],
    [first + 1, mebibyte + 17, 2],
    [first + following, 2 * mebibyte, 2],
    [first + following + 1, 2 * mebibyte + 17, 3],
  ])("%d bytes are %d sealed, in %d segments", (plaintext, sealed, segments) => {
    expect(sealedSize(plaintext)).toBe(sealed)
    expect(plaintextSize(sealed)).toBe(plaintext)
    expect(segmentCount(sealed)).toBe(segments)
  })

  test("of the plaintext and the sealed record follow from each other", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (size) => {
        expect(plaintextSize(sealedSize(size))).toBe(size)
      }),
    )
    for (const size of [0, 39, 40, 55, mebibyte + 1, mebibyte + 16, -1, Number.NaN]) {
      expect(() => plaintextSize(size)).toThrow(CryptoFailure)
    }
  })

  test.each([0, 1, first - 1, first, first + 1, first + following, first + following + 1])(
    "%d bytes come back, whole and as a stream",
    async (size) => {
      const plaintext = plaintextOf(size)
      const sealed = await seal(key, associatedData, plaintext)
      expect(sealed.length).toBe(sealedSize(size))
      expect(Buffer.compare(await viaStream(sealed, openStream(key, associatedData)), plaintext)).toBe(0)
      const streamed = await viaStream(plaintext, sealStream(key, associatedData))
      expect(Buffer.compare(await open(key, associatedData, streamed), plaintext)).toBe(0)
    },
  )
})

test("streams take chunks of any size, empty ones too", async () => {
  const plaintext = plaintextOf(first + 3000)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 1_200_000 })), { maxLength: 40 }),
      async (cuts) => {
        const cut = (bytes: Uint8Array) => {
          let position = 0
          return new ReadableStream<Uint8Array>({
            start(controller) {
              for (const length of [...cuts, bytes.length]) {
                controller.enqueue(bytes.slice(position, position + length))
                position += length
              }
              controller.close()
            },
          })
        }
        const sealed = await collect(cut(plaintext).pipeThrough(sealStream(key, associatedData)))
        const opened = await collect(cut(sealed).pipeThrough(openStream(key, associatedData)))
        expect(Buffer.compare(opened, plaintext)).toBe(0)
      },
    ),
    { numRuns: 15 },
  )
})

test("small records of any content come back, and fit nowhere else", async () => {
  const bytes = fc.uint8Array({ maxLength: 100 }).map((value) => value.slice())
  await fc.assert(
    fc.asyncProperty(bytes, bytes, bytes, async (plaintext, data, otherData) => {
      const sealed = await seal(key, data, plaintext)
      expect(await open(key, data, sealed)).toEqual(plaintext)
      fc.pre(Buffer.compare(data, otherData) !== 0)
      await expect(open(key, otherData, sealed)).rejects.toThrow(CryptoFailure)
    }),
  )
})

test("no two records share a header", async () => {
  const [a, b] = await Promise.all([0, 1].map(() => seal(key, associatedData, new Uint8Array(0))))
  expect(a!.slice(0, 40)).not.toEqual(b!.slice(0, 40))
})

test("what a reader doesn't take isn't sealed ahead: memory holds a few segments", async () => {
  let asked = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      asked += 1
      controller.enqueue(new Uint8Array(65536))
    },
  })
  const reader = endless.pipeThrough(sealStream(key, associatedData)).getReader()
  await reader.read()
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(asked * 65536).toBeLessThan(8 * mebibyte)
  await reader.cancel()
})

describe("whoever has the key", () => {
  /** A segment that no honest sealer makes, under the very nonce of its place. */
  const forged = async (index: number, last: boolean, size: number) => {
    const cipher = await newCipher(key, associatedData)
    const place = new DataView(new ArrayBuffer(5))
    place.setUint32(0, index)
    place.setUint8(4, last ? 1 : 0)
    const nonce = concat(cipher.header.subarray(33), new Uint8Array(place.buffer))
    const sealed = await gcmSeal(cipher.key, nonce, new Uint8Array(size))
    return () => openSegment(cipher, index, last, sealed)
  }

  test("can't make a segment too long, or one too short before others, that opens", async () => {
    for (const [index, capacity] of [
      [0, first],
      [1, following],
    ] as const) {
      expect(await (await forged(index, true, capacity))()).toHaveLength(capacity)
      expect(await (await forged(index, false, capacity))()).toHaveLength(capacity)
      await expect((await forged(index, true, capacity + 1))()).rejects.toThrow(CryptoFailure)
      await expect((await forged(index, false, capacity + 1))()).rejects.toThrow(CryptoFailure)
      await expect((await forged(index, false, capacity - 1))()).rejects.toThrow(CryptoFailure)
    }
  })
})

test("a header has 40 bytes, of which the first says so", async () => {
  const { header } = await newCipher(key, associatedData)
  expect((await cipherOf(key, associatedData, header)).header).toEqual(header)
  for (const other of [header.slice(0, 39), concat(header, Uint8Array.of(0)), header.with(0, 41)])
    await expect(cipherOf(key, associatedData, new Uint8Array(other))).rejects.toThrow(CryptoFailure)
})

test.for([-1, 0.5, 2 ** 32, Number.NaN])("a stream has no segment %d", async (index) => {
  const cipher = await newCipher(key, associatedData)
  await expect(sealSegment(cipher, index, true, Uint8Array.of(1))).rejects.toThrow(RangeError)
})

test("a stream hands on no empty piece, though the record is empty", async () => {
  const chunks: Bytes[] = []
  const sealed = await seal(key, associatedData, new Uint8Array(0))
  for await (const chunk of inChunks(sealed, 7).pipeThrough(openStream(key, associatedData))) chunks.push(chunk)
  expect(chunks).toEqual([])
})
