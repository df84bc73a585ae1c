import * as fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { type Bytes, utf8 } from "../../../protocol/crypto/bytes.ts"
import { partBytes } from "../../../protocol/primitives.ts"
import { wrapDataKey } from "../../../protocol/record-keys.ts"
import { type UploadState, uploadState } from "../../../sdk/sealed-record.ts"
import { partsInFlight } from "../../../sdk/transfer/upload.ts"
import { documentOf } from "./documents.ts"
import { keeping, opened, upload } from "./sealing.ts"
import { type Asked, type Between, hashOf, overStore, PartStore } from "./store.ts"

// Documents of several parts, many times: more than a minute where the machine has other work.
vi.setConfig({ testTimeout: 600_000 })

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const crash = new Error("the device crashed")
const document = documentOf(5 * partBytes + 4321)

/**
 * Everything that ever left the device for one place, by part: the sealed bytes' hash. Two for one part would be two plaintexts under one key and
 * nonce, since nothing else goes into them.
 */
const leaving = () => {
  const hashes = new Map<number, Set<string>>()
  return {
    see: ({ method, path, body }: Asked) => {
      const [, number] = /^\/part\/(\d+)-/.exec(path) ?? []
      if (method !== "PUT" || number === undefined) return
      const known = hashes.get(Number(number)) ?? new Set()
      hashes.set(Number(number), known.add(hashOf(body)))
    },
    severalOfOne: () => [...hashes].filter(([, known]) => known.size > 1).map(([number]) => number),
  }
}

/** Runs until the `after`-th thing is asked of the network, and no further: nothing that the device does later counts. */
const crashing = (after: number, stop: AbortController, see: (asked: Asked) => void, late: boolean): Between => {
  let asked = 0
  return (what, answer) => {
    if (asked++ < after) {
      see(what)
      return answer()
    }
    if (!stop.signal.aborted) {
      // The last thing may have come through, and its answer not.
      if (late) {
        see(what)
        answer()
      }
      stop.abort(crash)
    }
    throw crash
  }
}

const attempt = async (
  store: PartStore,
  content: Bytes,
  between: Between,
  stop: AbortController,
  kept: ReturnType<typeof keeping>,
) => {
  const resume = kept.newest()
  return overStore(
    store,
    () => upload(store.base, content, { signal: stop.signal, onState: kept.onState, ...(resume && { resume }) }),
    between,
  )
}

test("wherever it crashes, an upload goes on: what is up isn't sent again, and the record is the same to the byte", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(14), fc.boolean()), { minLength: 1, maxLength: 3 }), async (crashes) => {
      const store = new PartStore()
      const kept = keeping()
      const left = leaving()
      for (const [after, late] of crashes) {
        const stop = new AbortController()
        const sent = new Set(kept.newest()?.parts.flatMap((part, i) => (part.sent ? [i + 1] : [])) ?? [])
        const before = store.puts.length
        const between = crashing(after, stop, left.see, late)
        const done = await attempt(store, document, between, stop, kept).then(
          () => true,
          (error: unknown) => {
            expect(error).toBe(crash)
            return false
          },
        )
        expect(store.puts.slice(before).filter(({ number }) => sent.has(number))).toEqual([])
        if (done) break
      }
      const sentBefore = store.puts.length
      const already = kept.newest()?.parts.filter(({ sent }) => sent).length ?? 0
      const stop = new AbortController()
      const see: Between = (asked, answer) => {
        left.see(asked)
        return answer()
      }
      const { descriptor, dataKey } = await attempt(store, document, see, stop, kept)
      expect(store.puts.length - sentBefore).toBe(6 - already)
      expect(store.puts.length).toBeLessThanOrEqual(6 + partsInFlight * crashes.length)
      const sealed = store.complete()
      expect(descriptor.size).toBe(sealed.length)
      expect(Buffer.compare(await opened(dataKey, sealed), document)).toBe(0)
      expect(left.severalOfOne()).toEqual([])
    }),
    { numRuns: 12 },
  )
})

test("no two documents ever leave under one key and nonce, whatever is resumed after whatever crash", async () => {
  let refused = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          after: fc.nat(12),
          late: fc.boolean(),
          // Where the document is another one this time; nowhere: the same.
          changed: fc.option(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { freq: 2 }),
        }),
        { minLength: 2, maxLength: 4 },
      ),
      async (runs) => {
        const store = new PartStore()
        const kept = keeping()
        const left = leaving()
        for (const { after, late, changed } of runs) {
          const at = Math.floor((changed ?? 0) * document.length)
          const content = changed === null ? document : document.with(at, (document[at] ?? 0) ^ 1)
          const stop = new AbortController()
          const known = kept.newest()?.parts ?? []
          const puts = store.puts.length
          const outcome = await attempt(store, content, crashing(after, stop, left.see, late), stop, kept).then(
            () => "done",
            (error: unknown) => error,
          )
          if (outcome instanceof Error && "code" in outcome && outcome.code === "source-changed") {
            refused += 1
            expect(known.length).toBeGreaterThan(0)
            expect(store.puts.length).toBe(puts)
          } else if (outcome !== "done") expect(outcome).toBe(crash)
          expect(left.severalOfOne()).toEqual([])
        }
      },
    ),
    { numRuns: 15 },
  )
  expect(refused).toBeGreaterThan(0)
})

describe("what was interrupted", () => {
  const interrupted = async (
    after = 4,
  ): Promise<{ store: PartStore; state: UploadState; left: ReturnType<typeof leaving> }> => {
    const store = new PartStore()
    const kept = keeping()
    const left = leaving()
    const stop = new AbortController()
    await attempt(store, document, crashing(after, stop, left.see, false), stop, kept).catch(() => undefined)
    const state = kept.newest()
    if (state === undefined) throw new Error("nothing was kept")
    return { store, state: uploadState.parse(state), left }
  }
  const resumed = (store: PartStore, resume: UploadState, content: Bytes) =>
    overStore(store, () => upload(store.base, content, { resume }))

  test.each([
    ["shorter", document.subarray(0, -1)],
    ["longer", documentOf(document.length + 1)],
    ["changed in its first byte", document.with(0, (document[0] ?? 0) ^ 1)],
  ])("is not resumed from a document that is %s, and nothing is sent", async (_, content) => {
    const { store, state } = await interrupted()
    const puts = store.puts.length
    await expect(resumed(store, state, content)).rejects.toMatchObject({ code: "source-changed" })
    expect(store.puts.length).toBe(puts)
  })

  test("may end otherwise than was planned: what was never sealed was never sent", async () => {
    const { store, state } = await interrupted()
    expect(state.parts.length).toBeLessThan(6)
    const changed = document.with(document.length - 1, (document.at(-1) ?? 0) ^ 1)
    const { dataKey } = await resumed(store, state, changed)
    expect(Buffer.compare(await opened(dataKey, store.complete()), changed)).toBe(0)
  })

  test.each([
    ["another record's", { recordId: `${"D".repeat(21)}A` }],
    ["another version's", { version: 2 }],
    ["of another key", { wrappedKey: "A".repeat(54) }],
    ["of another header", { header: `KA${"A".repeat(52)}` }],
    [
      "of more parts than there are",
      { parts: Array.from({ length: 7 }, () => ({ sha256: "A".repeat(43), sent: true })) },
    ],
  ])("is not resumed from a state that is %s", async (_, change) => {
    const { store, state } = await interrupted()
    const puts = store.puts.length
    await expect(resumed(store, { ...state, ...change }, document)).rejects.toMatchObject({ name: "TransferFailure" })
    expect(store.puts.length).toBe(puts)
  })

  test("is sent anew, the same to the byte, where the cloud has lost what it had", async () => {
    const { store, state, left } = await interrupted(8)
    expect(state.parts.some(({ sent }) => sent)).toBe(true)
    store.answer({ method: "POST", path: "/abort", headers: {}, body: new Uint8Array() })
    await new Promise((later) => setTimeout(later, 2))
    const { dataKey } = await overStore(
      store,
      () => upload(store.base, document, { resume: state }),
      (asked, answer) => {
        left.see(asked)
        return answer()
      },
    )
    expect(Buffer.compare(await opened(dataKey, store.complete()), document)).toBe(0)
    expect(left.severalOfOne()).toEqual([])
  })

  test("and is up whole is committed without a byte being read", async () => {
    const store = new PartStore()
    const { onState, newest } = keeping()
    const first = await overStore(store, () => upload(store.base, document, { onState }))
    const resume = newest()
    const unread = {
      size: document.length,
      stream: () => {
        throw new Error("it was read")
      },
    }
    const again = await overStore(
      store,
      () => upload(store.base, unread, resume && { resume }),
      () => {
        throw new Error("something was asked")
      },
    )
    expect(again.descriptor).toEqual(first.descriptor)
  })
})

test("a byte leaves only once its part's hash has been kept", async () => {
  const store = new PartStore()
  const kept: UploadState[] = []
  const slow = async (state: UploadState) => {
    await new Promise((later) => setTimeout(later, 20))
    kept.push(structuredClone(state))
  }
  const watching: Between = (asked, answer) => {
    const [, number] = /^\/part\/(\d+)-/.exec(asked.path) ?? []
    if (number !== undefined) expect(kept.at(-1)?.parts[Number(number) - 1]?.sha256).toBe(hashOf(asked.body))
    return answer()
  }
  await overStore(store, () => upload(store.base, document, { onState: slow }), watching)
  expect(kept.at(-1)?.parts.map(({ sent }) => sent)).toEqual(Array.from({ length: 6 }, () => true))
})

test("a state that can't be kept ends the upload before a byte has left", async () => {
  const store = new PartStore()
  const full = new Error("the disk is full")
  const onState = () => Promise.reject(full)
  await expect(overStore(store, () => upload(store.base, document, { onState }))).rejects.toBe(full)
  expect(store.puts).toEqual([])
})

test("an upload stops at any time, with the caller's reason, and nothing begins after", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(10), async (after) => {
      const store = new PartStore()
      const stop = new AbortController()
      const reason = new Error("the person left")
      let asked = 0
      const stopping: Between = (_, answer) => {
        if (asked++ === after) stop.abort(reason)
        return answer()
      }
      const running = overStore(store, () => upload(store.base, document, { signal: stop.signal }), stopping)
      const outcome = await running.catch((error: unknown) => error)
      const then = store.begun
      await new Promise((later) => setTimeout(later, 50))
      expect(store.begun).toBe(then)
      if (stop.signal.aborted && store.puts.length < 6) expect(outcome).toBe(reason)
    }),
    { numRuns: 11 },
  )
})

test("once an epoch has begun, what is resumed is wrapped under its key", async () => {
  const { beginSealing, resumeSealing } = await import("../../../sdk/sealed-record.ts")
  const { patientId, plainOf, categoryKey, recordId } = await import("./sealing.ts")
  const content = documentOf(10)
  const begun = await beginSealing(
    patientId,
    { recordId, version: 1, replaces: null },
    plainOf(content),
    categoryKey,
    new Date(0),
  )
  const { described, cipher, plainSize, dataKey } = begun
  const header = Buffer.from(cipher.header).toString("base64url")
  const state: UploadState = { ...described, header, plainSize, parts: [] }
  const newest = { epoch: 2, key: utf8("the next category key: 32 bytes.") }
  const keyAt = async (epoch: number) => (epoch === 1 ? categoryKey.key : newest.key)
  const resumed = await resumeSealing(patientId, state, plainOf(content), { newest, keyAt })
  expect(resumed.described).toMatchObject({
    epoch: 2,
    wrappedKey: await wrapDataKey(newest.key, state, dataKey),
  })
})
