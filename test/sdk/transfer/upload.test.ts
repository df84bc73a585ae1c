import { openAsBlob } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { fileSource } from "../../../bin/ehr/file-source.ts"
import { type Bytes, toBase64url } from "../../../protocol/crypto/bytes.ts"
import { sealedSize } from "../../../protocol/crypto/streaming-aead.ts"
import { partBytes } from "../../../protocol/primitives.ts"
import { hashOf as recordHashOf } from "../../../sdk/transfer/parts.ts"
import type { Source } from "../../../sdk/transfer/source.ts"
import { partsAhead, partsInFlight } from "../../../sdk/transfer/upload.ts"
import { documentOf, inDrops } from "./documents.ts"
import { keeping, opened, upload } from "./sealing.ts"
import { type Between, overStore, PartStore } from "./store.ts"

// Documents of several parts, many times: more than a minute where the machine has other work.
vi.setConfig({ testTimeout: 600_000 })

beforeEach(() => {
  // Waits are a random part of a time: of none.
  vi.spyOn(Math, "random").mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const inChunks = (bytes: Bytes, length: number): Source => ({
  size: bytes.length,
  stream: () => {
    let position = 0
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (position >= bytes.length) return controller.close()
        controller.enqueue(bytes.subarray(position, position + length))
        position += length
      },
    })
  },
})

const large = documentOf(2 * partBytes + 12345)

describe("a document goes up, is whole in the store and hashed by the rule, whatever it is read from:", () => {
  const small = documentOf(5000)
  let folder = ""
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "source-"))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  test.each([
    ["bytes", async (bytes: Bytes) => bytes],
    ["a Buffer", async (bytes: Bytes) => Buffer.from(bytes)],
    ["a blob", async (bytes: Bytes) => new Blob([bytes])],
    ["a file object", async (bytes: Bytes) => new File([bytes], "a name")],
    [
      "a file on disk",
      async (bytes: Bytes) => {
        await writeFile(join(folder, "document"), bytes)
        return openAsBlob(join(folder, "document"))
      },
    ],
    [
      "a file on disk, read without copies",
      async (bytes: Bytes) => {
        await writeFile(join(folder, "document"), bytes)
        return fileSource(join(folder, "document"))
      },
    ],
    [
      "the beginning of a file",
      async (bytes: Bytes) => {
        await writeFile(join(folder, "document"), [bytes, "and what comes after it"])
        return fileSource(join(folder, "document"), bytes.length)
      },
    ],
    ["a stream of bytes that gives little at a time", async (bytes: Bytes) => inDrops(bytes, 99_991)],
    ["a web stream", async (bytes: Bytes) => inChunks(bytes, 100_000)],
    [
      "a Node stream",
      async (bytes: Bytes): Promise<Source> => ({
        size: bytes.length,
        stream: () => Readable.toWeb(Readable.from([Buffer.from(bytes)])),
      }),
    ],
  ])("%s", async (_, from) => {
    for (const bytes of [new Uint8Array(), small, large]) {
      const store = new PartStore()
      const content = await from(bytes)
      const { descriptor, dataKey } = await overStore(store, () => upload(store.base, content))
      const sealed = store.complete()
      expect(descriptor).toMatchObject({ size: sealed.length, sha256: await recordHashOf(sealed) })
      expect(sealed.length).toBe(sealedSize(bytes.length))
      expect(Buffer.compare(await opened(dataKey, sealed), bytes)).toBe(0)
    }
  })
})

test.each([
  ["fewer", -1, inChunks],
  ["more", 1, inChunks],
  ["fewer", -1, inDrops],
  ["more", 1, inDrops],
])("a source of %s bytes than it says is refused before its last part is sent", async (_, off, from) => {
  for (const size of [1000, large.length]) {
    const store = new PartStore()
    const source = { ...from(documentOf(size + off), 100_000), size }
    await expect(overStore(store, () => upload(store.base, source))).rejects.toMatchObject({ code: "source-changed" })
    expect(store.puts.length).toBeLessThan(Math.ceil(sealedSize(size) / partBytes))
  }
})

test("a file that is gone, or none, is told apart from the network", async () => {
  const store = new PartStore()
  const folder = await mkdtemp(join(tmpdir(), "source-"))
  await writeFile(join(folder, "document"), "something")
  const gone = await fileSource(join(folder, "document"))
  await rm(folder, { recursive: true })
  await expect(overStore(store, () => upload(store.base, gone))).rejects.toMatchObject({ code: "source-unreadable" })
  const none = await fileSource(tmpdir(), 1000)
  await expect(overStore(store, () => upload(store.base, none))).rejects.toMatchObject({ code: "source-unreadable" })
  expect(store.puts).toEqual([])
})

test("a source that fails is told apart from the network", async () => {
  const store = new PartStore()
  const source: Source = {
    size: large.length,
    stream: () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.error(new Error("the disk is gone"))
        },
      }),
  }
  await expect(overStore(store, () => upload(store.base, source))).rejects.toMatchObject({ code: "source-unreadable" })
})

test("while nothing gets through, addresses are asked for ahead, and the source is read no further than what may wait", async () => {
  const store = new PartStore()
  const bytes = documentOf(14 * partBytes)
  let read = 0
  const source: Source = {
    size: bytes.length,
    stream: () =>
      new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            controller.enqueue(bytes.subarray(read, read + 1_000_000))
            read += 1_000_000
          },
        },
        { highWaterMark: 0 },
      ),
  }
  const stop = new AbortController()
  let hanging = 0
  const hang: Between = (asked, answer) => {
    if (asked.method !== "PUT") return answer()
    hanging += 1
    return new Promise<never>(() => {})
  }
  const running = overStore(store, () => upload(store.base, source, { signal: stop.signal }), hang)
  running.catch(() => undefined)
  let before = -1
  const settled = () => {
    const last = before
    before = read
    expect([last, hanging]).toEqual([read, partsInFlight])
  }
  await vi.waitFor(settled, { timeout: 50_000, interval: 200 })
  expect(read).toBeGreaterThan((partsInFlight + partsAhead - 1) * partBytes)
  expect(read).toBeLessThan((partsInFlight + partsAhead) * partBytes + 1_000_000)
  expect(store.batches.reduce((sum, length) => sum + length)).toBe(partsInFlight + partsAhead)
  stop.abort(new Error("enough"))
  await expect(running).rejects.toThrow("enough")
})

test("several parts are under way at once, and never more", async () => {
  const store = new PartStore()
  const count = 4 * partsInFlight + 1
  const waiting: (() => void)[] = []
  let most = 0
  const together: Between = async (asked, answer) => {
    if (asked.method !== "PUT") return answer()
    const go = new Promise<void>((resolve) => waiting.push(resolve))
    most = Math.max(most, waiting.length)
    // The last one has nobody to wait for.
    if (waiting.length === partsInFlight || store.puts.length === count - 1)
      for (const each of waiting.splice(0)) each()
    await go
    return answer()
  }
  await overStore(store, () => upload(store.base, documentOf((count - 1) * partBytes)), together)
  expect(most).toBe(partsInFlight)
  expect(store.puts.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, i) => i + 1),
  )
})

describe("a part", () => {
  const failing =
    (times: number, how: () => { status: number }): Between =>
    (asked, answer) =>
      asked.method === "PUT" && asked.path.startsWith("/part/2-") && times-- > 0 ? how() : answer()

  test.each([
    [
      "that meets no network",
      () => {
        throw new TypeError("fetch failed")
      },
    ],
    ["that meets a busy store", () => ({ status: 503 })],
    ["that meets a failing store", () => ({ status: 500 })],
    ["that meets another request at its place", () => ({ status: 409 })],
    ["that took too long", () => ({ status: 408 })],
    ["that is one too many", () => ({ status: 429 })],
    ["that stalled on its way", () => ({ status: 400, body: "<Error><Code>RequestTimeout</Code></Error>" })],
    ["whose address has ended", () => ({ status: 403 })],
    [
      "whose address was signed in a session that has ended",
      () => ({ status: 400, body: "<Error><Code>ExpiredToken</Code></Error>" }),
    ],
  ])("%s is sent again", async (_, how) => {
    const store = new PartStore()
    const { dataKey } = await overStore(store, () => upload(store.base, large), failing(1, how))
    expect(Buffer.compare(await opened(dataKey, store.complete()), large)).toBe(0)
  })

  test.each([
    ["is refused", 400, "record-not-uploaded", 1],
    ["has no upload any more", 404, "record-not-uploaded", 1],
    ["is refused at a new address too", 403, "record-not-uploaded", 2],
    ["meets a store that stays busy", 503, "busy", 9],
  ])("that %s ends the upload", async (_, status, code, attempts) => {
    const store = new PartStore()
    let asked = 0
    const refusing = failing(Number.POSITIVE_INFINITY, () => {
      asked += 1
      return { status }
    })
    const running = overStore(store, () => upload(store.base, large), refusing)
    await expect(running).rejects.toMatchObject({ code })
    expect(asked).toBe(attempts)
  })

  test("is waited for longer each time, by chance", async () => {
    vi.mocked(Math.random).mockReturnValue(0.5)
    const waits: number[] = []
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms: number) => {
      waits.push(ms)
      queueMicrotask(run)
      return 0
    }) as never)
    const store = new PartStore()
    const running = overStore(
      store,
      () => upload(store.base, documentOf(9)),
      () => ({ status: 503 }),
    )
    await expect(running).rejects.toMatchObject({ code: "busy" })
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000])
  })
})

test("the answer to a small record's upload may be lost: what is there then is ours", async () => {
  const store = new PartStore()
  let puts = 0
  const losing: Between = (asked, answer) => {
    if (asked.method !== "PUT") return answer()
    if (puts++ > 0) return { status: 412 }
    answer()
    throw new TypeError("fetch failed")
  }
  const bytes = documentOf(100)
  const { dataKey } = await overStore(store, () => upload(store.base, bytes), losing)
  expect(await opened(dataKey, store.complete())).toEqual(bytes)
})

test("addresses that aren't one for each part are refused", async () => {
  const store = new PartStore()
  const fewer: Between = (asked, answer) => {
    const given = answer()
    if (asked.path !== "/urls" || typeof given.body !== "string") return given
    return { ...given, body: JSON.stringify({ uploads: JSON.parse(given.body).uploads.slice(1) }) }
  }
  await expect(overStore(store, () => upload(store.base, large), fewer)).rejects.toMatchObject({
    code: "reply-invalid",
  })
})

test("addresses in another order lead nowhere: each is signed for its part alone", async () => {
  const store = new PartStore()
  const turned: Between = (asked, answer) => {
    const given = answer()
    if (asked.path !== "/urls" || typeof given.body !== "string") return given
    return { ...given, body: JSON.stringify({ uploads: JSON.parse(given.body).uploads.toReversed() }) }
  }
  // Slow enough for the parts to be asked for together.
  const delayed: Between = async (asked, answer, signal) => {
    if (asked.path === "/begin") await new Promise((later) => setTimeout(later, 1))
    if (asked.path === "/urls") await new Promise((later) => setTimeout(later, 300))
    return turned(asked, answer, signal)
  }
  await expect(overStore(store, () => upload(store.base, documentOf(5 * partBytes)), delayed)).rejects.toMatchObject({
    code: "record-not-uploaded",
  })
})

test("progress rises to the whole, with a rate and what is left of the time", async () => {
  const store = new PartStore()
  const seen: { bytes: number; total: number; rate: number; secondsLeft?: number }[] = []
  await overStore(store, () =>
    upload(store.base, large, {
      onProgress: (progress) => {
        expect(progress.direction).toBe("upload")
        seen.push(progress)
      },
    }),
  )
  const total = sealedSize(large.length)
  expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(({ bytes }) => bytes).toSorted((a, b) => a - b))
  expect(seen[0]).toEqual({ direction: "upload", bytes: 0, total, rate: 0 })
  expect(seen.at(-1)).toMatchObject({ bytes: total, total, secondsLeft: 0 })
  expect(seen.at(-1)?.rate).toBeGreaterThan(0)
})

test("what is kept for a resume opens nothing and names nothing", async () => {
  const store = new PartStore()
  const { states, onState } = keeping()
  const { dataKey } = await overStore(store, () => upload(store.base, large, { onState }))
  expect(states.length).toBeGreaterThan(3)
  for (const state of states) {
    expect(state).not.toContain(toBase64url(dataKey))
    expect(state).not.toContain("secret title")
  }
})
