import * as fc from "fast-check"
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { type Bytes, concat } from "../../../protocol/crypto/bytes.ts"
import { headerSize, segmentSize } from "../../../protocol/crypto/streaming-aead.ts"
import { partBytes } from "../../../protocol/primitives.ts"
import {
  type DownloadState,
  type Held,
  openedRange,
  openedStream,
  openedWhole,
  type StreamOptions,
} from "../../../sdk/transfer/download.ts"
import { sealRecord } from "../sealed.ts"
import { documentOf } from "./documents.ts"
import { categoryKey, patientId, plainOf, recordId } from "./sealing.ts"
import { type Between, overStore, PartStore } from "./store.ts"

// Documents of several parts, many times: more than a minute where the machine has other work.
vi.setConfig({ testTimeout: 600_000 })

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
})

interface Case {
  readonly plain: Bytes
  readonly sealed: Bytes
  readonly held: Held
}
const caseOf = async (size: number, seed: number): Promise<Case> => {
  const plain = documentOf(size, seed)
  const made = await sealRecord(patientId, { recordId, version: 1 }, plainOf(plain), categoryKey, new Date(0))
  const { descriptor, dataKey, sealed } = made
  return {
    plain,
    sealed,
    held: { signer: { address: base }, patientId, descriptor, dataKey, address: async () => `${base}/object` },
  }
}
const base = "http://127.0.0.1:9"
/** Three parts and a bit more; another of the same size; one of a part. */
let large: Case
let other: Case
let small: Case
let empty: Case
beforeAll(async () => {
  large = await caseOf(3 * partBytes + 1_234_567, 1)
  other = await caseOf(3 * partBytes + 1_234_567, 2)
  small = await caseOf(3_000_000, 3)
  empty = await caseOf(0, 4)
})

const storeOf = (object: Bytes) => {
  const store = new PartStore()
  store.object = object
  return store
}

/** Reads to the end or to the failure, and gives what was released before. */
const released = async (held: Held, options: StreamOptions = {}): Promise<{ bytes: Bytes; error?: unknown }> => {
  const pieces: Bytes[] = []
  try {
    const reader = openedStream(held, options).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return { bytes: concat(...pieces) }
      pieces.push(value)
    }
  } catch (error) {
    return { bytes: concat(...pieces), error }
  }
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

describe("what went up comes down,", () => {
  const cases = () => [empty, small, large]
  test("to memory", async () => {
    for (const { held, sealed, plain } of cases())
      expect(same(await overStore(storeOf(sealed), () => openedWhole(held, {})), plain)).toBe(true)
  })
  test("as a stream, in order", async () => {
    for (const { held, sealed, plain } of cases()) {
      const { bytes, error } = await overStore(storeOf(sealed), () => released(held))
      expect(error).toBeUndefined()
      expect(same(bytes, plain)).toBe(true)
    }
  })
  test("with progress to the whole", async () => {
    const seen: number[] = []
    await overStore(storeOf(large.sealed), () =>
      openedWhole(large.held, {
        onProgress: ({ direction, bytes, total }) => {
          expect([direction, total]).toEqual(["download", large.sealed.length])
          seen.push(bytes)
        },
      }),
    )
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect([seen[0], seen.at(-1)]).toEqual([0, large.sealed.length])
  })
})

test("a few parts are asked for at once, and no more until what came is taken", async () => {
  const asked: string[] = []
  const watching: Between = ({ headers }, answer) => {
    asked.push(headers["range"] ?? "whole")
    return answer()
  }
  const many = await caseOf(8 * partBytes, 5)
  await overStore(
    storeOf(many.sealed),
    async () => {
      const reader = openedStream(many.held, {}).getReader()
      await new Promise((later) => setTimeout(later, 50))
      expect(asked).toEqual([])
      await reader.read()
      await new Promise((later) => setTimeout(later, 300))
      expect(asked.length).toBe(4)
      await reader.cancel()
    },
    watching,
  )
})

test.each([
  ["that has ended", { status: 403 }],
  [
    "that was signed in a session that has ended",
    { status: 400, body: "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>" },
  ],
])("an address %s is asked for anew, once for all who need it", async (_, ended) => {
  let addresses = 0
  const ending: Between = ({ path }, answer) => (path === "/object" ? answer() : ended)
  const held: Held = { ...large.held, address: async () => `${base}/${addresses++ === 0 ? "ended" : "object"}` }
  const bytes = await overStore(storeOf(large.sealed), () => openedWhole(held, {}), ending)
  expect(same(bytes, large.plain)).toBe(true)
  expect(addresses).toBe(2)
})

test("what breaks off, or meets a busy store, is asked for again", async () => {
  let failures = 0
  const failing: Between = ({ headers }, answer) => {
    if (headers["range"]?.startsWith(`bytes=${partBytes}-`) !== true || failures++ > 2) return answer()
    if (failures === 1) throw new TypeError("fetch failed")
    return { status: 503 }
  }
  const bytes = await overStore(storeOf(large.sealed), () => openedWhole(large.held, {}), failing)
  expect(same(bytes, large.plain)).toBe(true)
})

test("a download goes on where it was, with what was written cut back to any length", async () => {
  const { held, sealed, plain } = large
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 3 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (parts, kept) => {
        let state: DownloadState | undefined
        const written = await overStore(storeOf(sealed), async () => {
          const pieces: Bytes[] = []
          const reader = openedStream(held, { onState: (newest) => void (state = newest) }).getReader()
          while ((state?.parts.length ?? 0) < parts) {
            const { value } = await reader.read()
            if (value !== undefined) pieces.push(value)
          }
          await reader.cancel()
          return concat(...pieces)
        })
        const bytes = Math.floor((state?.bytes ?? 0) * kept)
        const asked: string[] = []
        const rest = await overStore(
          storeOf(sealed),
          () => released(held, state === undefined ? {} : { resume: JSON.parse(JSON.stringify({ ...state, bytes })) }),
          ({ headers }, answer) => {
            asked.push(headers["range"] ?? "whole")
            return answer()
          },
        )
        expect(rest.error).toBeUndefined()
        expect(same(concat(written.subarray(0, bytes), rest.bytes), plain)).toBe(true)
        const first = Math.min(...asked.map((range) => Number(/=(\d+)-/.exec(range)?.[1])).filter((start) => start > 0))
        if (bytes > 2 * partBytes) expect(first).toBeGreaterThan(partBytes)
      },
    ),
    { numRuns: 8 },
  )
})

test("a state of another record, or one that can't be, is refused", async () => {
  const state: DownloadState = { recordId, version: 1, sha256: large.held.descriptor.sha256, parts: [], bytes: 0 }
  for (const resume of [
    { ...state, recordId: `${"C".repeat(21)}A` },
    { ...state, version: 2 },
    { ...state, sha256: other.held.descriptor.sha256 },
    { ...state, bytes: large.plain.length + 1 },
    { ...state, bytes: 2 * partBytes },
  ])
    expect(await overStore(storeOf(large.sealed), () => released(large.held, { resume }))).toMatchObject({
      bytes: new Uint8Array(),
      error: { code: "state-invalid" },
    })
})

test("another record's parts, kept in a state, never end well", async () => {
  const { held, sealed } = large
  const resume = {
    recordId,
    version: 1,
    sha256: held.descriptor.sha256,
    parts: ["A".repeat(43), "A".repeat(43)],
    bytes: 2 * partBytes - 1_000_000,
  }
  const { error } = await overStore(storeOf(sealed), () => released(held, { resume }))
  expect(error).toMatchObject({ code: "record-differs" })
})

describe("a range of the document", () => {
  test("is what it is in the whole, by the segments that have it and the header alone", async () => {
    const { held, sealed, plain } = large
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.nat(plain.length + 10),
          fc.constantFrom(...[1, 2, 8, 9, 16].map((segment) => segment * (segmentSize - 16) - headerSize)),
        ),
        fc.oneof(fc.nat(3_000_000), fc.constantFrom(0, 1, segmentSize - 16, partBytes)),
        async (offset, length) => {
          let fetched = 0
          const range = await overStore(
            storeOf(sealed),
            () => openedRange(held, { offset, length }, {}),
            (_, answer) => {
              const given = answer()
              expect(given.status).toBe(206)
              fetched += given.body?.length ?? 0
              return given
            },
          )
          expect(same(range, plain.subarray(offset, offset + length))).toBe(true)
          expect(fetched).toBeLessThanOrEqual(range.length === 0 ? 0 : range.length + 2 * segmentSize + headerSize)
        },
      ),
      { numRuns: 40 },
    )
  })
  test("that is none is refused", async () => {
    for (const range of [
      { offset: -1, length: 1 },
      { offset: 0, length: -1 },
      { offset: 0.5, length: 1 },
      { offset: 0, length: Number.POSITIVE_INFINITY },
    ])
      await expect(openedRange(large.held, range, {})).rejects.toThrow(RangeError)
  })
})

describe("whatever is not exactly what was sealed is refused, and nothing false is released before:", () => {
  const segments = (sealed: Bytes): Bytes[] =>
    Array.from({ length: Math.ceil(sealed.length / segmentSize) }, (_, i) =>
      sealed.subarray(i * segmentSize, (i + 1) * segmentSize),
    )
  const parts = (sealed: Bytes): Bytes[] =>
    Array.from({ length: Math.ceil(sealed.length / partBytes) }, (_, i) =>
      sealed.subarray(i * partBytes, (i + 1) * partBytes),
    )
  const swapped = (pieces: Bytes[], a: number, b: number): Bytes[] =>
    pieces.map((piece, i) => (i === a ? pieces[b] : i === b ? pieces[a] : piece) ?? piece)

  type Change = { readonly name: string; readonly change: (sealed: Bytes, other: Bytes) => Bytes }
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const at = (where: number, length: number) => Math.min(length - 1, Math.floor(where * length))
  const unit = fc.constantFrom({ of: "segment", cut: segments }, { of: "part", cut: parts })
  const changes: fc.Arbitrary<Change> = fc.oneof(
    fc.tuple(place, fc.nat(7)).map(([where, bit]) => ({
      name: `bit ${bit} at ${where}`,
      change: (sealed: Bytes) => {
        const i = at(where, sealed.length)
        return sealed.with(i, (sealed[i] ?? 0) ^ (1 << bit))
      },
    })),
    fc.constantFrom(0, 1, 20, 39, 40, 41).map((i) => ({
      name: `header byte ${i}`,
      change: (sealed: Bytes) => sealed.with(i, (sealed[i] ?? 0) ^ 1),
    })),
    fc.tuple(unit, place, place).map(([{ of, cut }, a, b]) => ({
      name: `${of}s ${a} and ${b} swapped`,
      change: (sealed: Bytes) => {
        const pieces = cut(sealed)
        const first = at(a, pieces.length)
        const second = (first + 1 + at(b, pieces.length - 1)) % pieces.length
        return concat(...swapped(pieces, first, second))
      },
    })),
    fc.tuple(unit, place, place).map(([{ of, cut }, a, b]) => ({
      name: `${of} ${a} in place of ${b}`,
      change: (sealed: Bytes) => {
        const pieces = cut(sealed)
        const from = at(a, pieces.length)
        const to = (from + 1 + at(b, pieces.length - 1)) % pieces.length
        return concat(...pieces.map((piece, i) => (i === to ? (pieces[from] ?? piece) : piece)))
      },
    })),
    fc.tuple(unit, place).map(([{ of, cut }, a]) => ({
      name: `${of} ${a} doubled`,
      change: (sealed: Bytes) => {
        const pieces = cut(sealed)
        const i = at(a, pieces.length)
        return concat(...pieces.slice(0, i + 1), ...pieces.slice(i))
      },
    })),
    fc.tuple(unit, place).map(([{ of, cut }, a]) => ({
      name: `${of} ${a} left out`,
      change: (sealed: Bytes) => {
        const pieces = cut(sealed)
        return concat(...pieces.toSpliced(at(a, pieces.length), 1))
      },
    })),
    fc.tuple(unit, place).map(([{ of, cut }, a]) => ({
      name: `${of} ${a} of another record`,
      change: (sealed: Bytes, foreign: Bytes) => {
        const i = at(a, cut(sealed).length)
        return concat(...cut(sealed).with(i, cut(foreign)[i] ?? new Uint8Array()))
      },
    })),
    fc.tuple(unit, place).map(([{ of, cut }, a]) => ({
      name: `cut before ${of} ${a}`,
      change: (sealed: Bytes) => concat(...cut(sealed).slice(0, at(a, cut(sealed).length))),
    })),
    place.map((where) => ({
      name: `cut at ${where}`,
      change: (sealed: Bytes) => sealed.subarray(0, at(where, sealed.length)),
    })),
  )

  const attack = async ({ held, sealed, plain }: Case, { change }: Change, foreign: Bytes) => {
    const changed = change(sealed, foreign)
    fc.pre(!same(changed, sealed))
    const { bytes, error } = await overStore(storeOf(changed), () => released(held))
    expect(error).toMatchObject({ name: "IntegrityFailure" })
    expect(bytes.length).toBeLessThan(plain.length)
    // What came out before is true, in order, and ends before the first false byte.
    expect(same(bytes, plain.subarray(0, bytes.length))).toBe(true)
    return bytes
  }

  test("a record of several parts", async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (change) => {
        await attack(large, change, other.sealed)
      }),
      { numRuns: 60 },
    )
  })

  test("a record of one part, of which nothing at all is released", async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (change) => {
        expect(await attack(small, change, other.sealed)).toHaveLength(0)
      }),
      { numRuns: 60 },
    )
  })

  test("a record that opens, but is not the one that was signed, is not given to its end", async () => {
    // By somebody who has the data key, and so can seal: the same beginning, another end.
    const { held, plain } = large
    for (const hash of [other.held.descriptor.sha256, "A".repeat(43)]) {
      const descriptor = { ...held.descriptor, sha256: hash }
      const { bytes, error } = await overStore(storeOf(large.sealed), () => released({ ...held, descriptor }))
      expect(error).toMatchObject({ code: "record-differs" })
      expect(bytes.length).toBeLessThan(plain.length)
    }
    const { sha256 } = other.held.descriptor
    const forged = { ...small.held, descriptor: { ...small.held.descriptor, sha256 } }
    expect(await overStore(storeOf(small.sealed), () => released(forged))).toMatchObject({
      bytes: new Uint8Array(),
      error: { code: "record-differs" },
    })
  })

  test("in memory there is all of it or nothing", async () => {
    const changed = large.sealed.with(large.sealed.length - 1, (large.sealed.at(-1) ?? 0) ^ 1)
    await expect(overStore(storeOf(changed), () => openedWhole(large.held, {}))).rejects.toMatchObject({
      code: "record-unreadable",
    })
  })

  test("a range is authentic for its place, too", async () => {
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(large.plain.length - 1), async ({ change }, offset) => {
        const changed = change(large.sealed, other.sealed)
        const range = overStore(storeOf(changed), () => openedRange(large.held, { offset, length: 1000 }, {}))
        const outcome = await range.catch((error: unknown) => error)
        if (outcome instanceof Uint8Array) expect(same(outcome, large.plain.subarray(offset, offset + 1000))).toBe(true)
        else expect(outcome).toMatchObject({ name: "IntegrityFailure" })
      }),
      { numRuns: 40 },
    )
  })
})

describe("an answer that isn't what was asked for is refused:", () => {
  const instead =
    (change: (given: ReturnType<Parameters<Between>[1]>) => ReturnType<Parameters<Between>[1]>): Between =>
    (_, answer) =>
      change(answer())
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
    })
  test.each<[string, Between]>([
    ["the whole instead of a range", () => ({ status: 200, body: large.sealed })],
    ["a range's bytes as if they were the whole", instead((given) => ({ ...given, status: 200 }))],
    [
      "another range by its header",
      instead((given) => ({ ...given, headers: { "content-range": `bytes 1-${partBytes}/${large.sealed.length}` } })),
    ],
    [
      "a range of a longer whole",
      instead((given) => ({
        ...given,
        headers: { "content-range": `bytes 0-${partBytes - 1}/${large.sealed.length + 1}` },
      })),
    ],
    [
      "more than was asked for",
      instead(({ body, ...given }) => ({ ...given, body: Buffer.concat([Buffer.from(body ?? ""), Buffer.of(0)]) })),
    ],
    ["less than was asked for", instead(({ body, ...given }) => ({ ...given, body: body?.slice(1) ?? "" }))],
    ["nothing", instead((given) => ({ ...given, body: "" }))],
    ["a body without end", instead((given) => ({ ...given, body: endless() as never }))],
    ["a range that there isn't", () => ({ status: 416 })],
  ])("%s", async (_, between) => {
    const outcome = await overStore(storeOf(large.sealed), () => released(large.held), between)
    expect(outcome).toMatchObject({ bytes: new Uint8Array(), error: { code: "record-differs" } })
  })

  test("another range's bytes, with nothing said of it", async () => {
    const shifted: Between = ({ headers }, answer) => {
      if (headers["range"] !== `bytes=0-${partBytes - 1}`) return answer()
      return { status: 206, body: large.sealed.subarray(partBytes, 2 * partBytes) }
    }
    const outcome = await overStore(storeOf(large.sealed), () => released(large.held), shifted)
    expect(outcome).toMatchObject({ bytes: new Uint8Array(), error: { code: "record-unreadable" } })
  })
})

test.each([
  ["larger than any record", 50 * 1024 ** 3 + 1, "record-differs"],
  ["that no record has", 41, "record-differs"],
  ["larger than memory", 40 * 1024 ** 3, "memory-exceeded"],
])("a size %s is refused before a byte is asked for", async (_, size, code) => {
  const held = { ...large.held, descriptor: { ...large.held.descriptor, size } }
  let asked = 0
  const counting: Between = (_, answer) => {
    asked += 1
    return answer()
  }
  await expect(overStore(storeOf(large.sealed), () => openedWhole(held, {}), counting)).rejects.toMatchObject({ code })
  expect(asked).toBe(0)
})

test("a download is stopped at any time, with the caller's reason", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(6), async (after) => {
      const stop = new AbortController()
      const reason = new Error("the person left")
      let asked = 0
      const stopping: Between = (_, answer) => {
        if (asked++ === after) stop.abort(reason)
        return answer()
      }
      if (after === 6) stop.abort(reason)
      const { error } = await overStore(
        storeOf(large.sealed),
        () => released(large.held, { signal: stop.signal }),
        stopping,
      )
      expect(error).toBe(stop.signal.aborted ? reason : undefined)
    }),
    { numRuns: 7 },
  )
})
