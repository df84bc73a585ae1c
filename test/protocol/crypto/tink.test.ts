import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Bytes, concat, utf8 } from "../../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../../protocol/crypto/primitives.ts"
import { open, openStream, seal, sealedSize, sealStream } from "../../../protocol/crypto/streaming-aead.ts"
import { tinkBothWays } from "../../large/tink-both-ways.ts"
import { installTink, runTink } from "./installed-tink.ts"
import { collect, inChunks } from "./streams.ts"

const tink = await installTink()
// The reporter keeps quiet about a file that is skipped as a whole.
if ("absent" in tink) console.warn(tink.absent)

type Job = { do: "seal" | "open"; key: Bytes; associatedData: Bytes; from: Bytes }

const capacity = 1024 * 1024 - 16
const first = capacity - 40
const sizes = [
  0,
  1,
  first - 1,
  first,
  first + 1,
  first + capacity - 1,
  first + capacity,
  first + capacity + 1,
  10 * 1024 * 1024,
]

describe.skipIf("absent" in tink && process.env["CI"] === undefined)(
  "absent" in tink ? tink.absent : "the sealed record is Google Tink's AES256_GCM_HKDF_1MB",
  () => {
    let folder = ""
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "tink-"))
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    /** What Tink makes of each job; undefined where it refuses. */
    async function byTink(jobs: readonly Job[]): Promise<(Bytes | undefined)[]> {
      if ("absent" in tink) throw new Error(tink.absent)
      const files = jobs.map((_, i) => ({ from: join(folder, `${i}.from`), to: join(folder, `${i}.to`) }))
      await Promise.all(jobs.map((job, i) => writeFile(files[i]!.from, job.from)))
      const outcomes = await runTink(
        tink.python,
        jobs.map((job, i) => ({ ...job, ...files[i]! })),
      )
      return Promise.all(
        outcomes.map(async (outcome, i) =>
          outcome === "ok" ? new Uint8Array(await readFile(files[i]!.to)) : undefined,
        ),
      )
    }

    const key = randomBytes(32)
    const associatedData = utf8("AAAAAAAAAAAAAAAAAAAAAA/BBBBBBBBBBBBBBBBBBBBBB/1")
    const plaintextOf = (size: number) =>
      concat(...Array.from({ length: Math.ceil(size / 65536) }, () => randomBytes(65536))).slice(0, size)

    test("Tink opens what we seal, whole and as a stream, at every border of a segment", async () => {
      const plaintexts = sizes.map((size) => plaintextOf(size))
      const whole = await Promise.all(plaintexts.map((plaintext) => seal(key, associatedData, plaintext)))
      const streamed = await Promise.all(
        plaintexts.map((plaintext) =>
          collect(inChunks(plaintext, 70_000).pipeThrough(sealStream(key, associatedData))),
        ),
      )
      const opened = await byTink([...whole, ...streamed].map((from) => ({ do: "open", key, associatedData, from })))
      for (const [i, plaintext] of [...plaintexts, ...plaintexts].entries()) {
        expect(Buffer.compare(opened[i]!, plaintext), `${plaintext.length} bytes`).toBe(0)
      }
    })

    test("we open what Tink seals, and seal the same bytes under its salt and nonce prefix", async () => {
      const plaintexts = sizes.map((size) => plaintextOf(size))
      const sealed = await byTink(plaintexts.map((from) => ({ do: "seal", key, associatedData, from })))
      for (const [i, plaintext] of plaintexts.entries()) {
        const theirs = sealed[i]!
        expect(theirs.length).toBe(sealedSize(plaintext.length))
        expect(Buffer.compare(await open(key, associatedData, theirs), plaintext)).toBe(0)
        const streamed = await collect(inChunks(theirs, 70_000).pipeThrough(openStream(key, associatedData)))
        expect(Buffer.compare(streamed, plaintext)).toBe(0)
        const random = (length: number) => (length === 32 ? theirs.slice(1, 33) : theirs.slice(33, 40))
        expect(Buffer.compare(await seal(key, associatedData, plaintext, random), theirs)).toBe(0)
      }
    })

    test("a record that went up in parts is opened by Tink, and what Tink seals comes down in parts", async () => {
      if ("absent" in tink) throw new Error(tink.absent)
      expect(await tinkBothWays(tink.python, 24 * 1024 * 1024)).toMatchObject({
        parts: 4,
        openedByTink: true,
        sealedByTink: true,
      })
    })

    test("both refuse the same changed records", async () => {
      const sealed = await seal(key, associatedData, plaintextOf(first + capacity + 5))
      const flipped = sealed.slice()
      flipped[2_000_000]! ^= 1
      const changed = [
        flipped,
        sealed.slice(0, -1),
        sealed.slice(0, 1024 * 1024),
        concat(sealed, Uint8Array.of(0)),
        new Uint8Array(0),
        sealed.slice(0, 40),
      ]
      const theirs = await byTink([
        ...changed.map((from): Job => ({ do: "open", key, associatedData, from })),
        { do: "open", key, associatedData: utf8("another"), from: sealed },
        { do: "open", key: randomBytes(32), associatedData, from: sealed },
      ])
      expect(theirs).toEqual(theirs.map(() => undefined))
      for (const from of changed) await expect(open(key, associatedData, from)).rejects.toThrow("unreadable")
    })
  },
)
