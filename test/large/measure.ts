/**
 * How much memory a large record takes, and how fast it goes up and comes down against the bare bytes at the same store, in one run:
 * `node test/large/measure.ts [MB] [rounds]`. Needs an S3 gateway (gateway.ts).
 */
import { randomFillSync } from "node:crypto"
import { mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bareGet, barePut } from "../../bench/bare.ts"
import { fileSource } from "../../bin/ehr/file-source.ts"
import type { Descriptor } from "../../contract/record.ts"
import { type Bytes, utf8 } from "../../sdk/crypto/bytes.ts"
import { beginSealing, type UploadState } from "../../sdk/sealed-record.ts"
import { openedStream } from "../../sdk/transfer/download.ts"
import { send } from "../../sdk/transfer/upload.ts"
import { gateway } from "./gateway.ts"

const [megabytes = 1000, rounds = 3] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), "measure-"))
const file = join(folder, "document")
const store = await gateway()
const patientId = "A".repeat(22)
const categoryKey = { epoch: 1, key: utf8("a category key of 32 bytes......") }

const write = () => {
  const descriptor = openSync(file, "w")
  const chunk = new Uint8Array(1_000_000)
  for (let i = 0; i < megabytes; i++) {
    randomFillSync(chunk)
    writeSync(descriptor, chunk)
  }
}

const timed = async (run: () => Promise<unknown>) => {
  const { user, system } = process.cpuUsage()
  const started = performance.now()
  await run()
  const seconds = (performance.now() - started) / 1000
  const used = process.cpuUsage({ user, system })
  return { seconds, mbPerSecond: megabytes / seconds, cpuSeconds: (used.user + used.system) / 1e6 }
}

/** The most this process has had above `start` while `run` ran, MB. */
const grown = async <T>(run: () => Promise<T>): Promise<{ value: T; grownMb: number }> => {
  const start = process.memoryUsage().rss
  let most = start
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 20)
  try {
    return { value: await run(), grownMb: Math.round((most - start) / 1e6) }
  } finally {
    clearInterval(timer)
  }
}

let held: { descriptor: Descriptor; dataKey: Bytes } | undefined
try {
  write()
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
  const ratios: { up: number[]; down: number[] } = { up: [], down: [] }
  for (let round = 1; round <= rounds; round++) {
    const key = `record-${round}`
    let state: UploadState | undefined
    const up = await grown(async () =>
      timed(async () => {
        const content = await fileSource(file)
        const place = { recordId: "B".repeat(22), version: 1 }
        const plain = { category: "imaging" as const, title: "", contentType: "", content }
        const sealing = await beginSealing(patientId, place, plain, categoryKey, new Date())
        const destination = store.place(key)
        const descriptor = await send(sealing, content, destination, {
          onState: (newest) => {
            state = newest
          },
        })
        await destination.complete(state?.parts.map(({ sha256 }) => sha256) ?? [])
        if (descriptor === "taken") throw new Error("taken")
        held = { descriptor, dataKey: sealing.dataKey }
      }),
    )
    const bareUp = await timed(async () => {
      await barePut(await store.putUrl(`bare-${round}`), file, statSync(file).size)
    })
    const down = await grown(async () =>
      timed(async () => {
        if (held === undefined) throw new Error("nothing was sent")
        const stream = openedStream({ patientId, ...held, address: () => store.getUrl(key) }, {})
        let bytes = 0
        await stream.pipeTo(new WritableStream({ write: ({ length }) => void (bytes += length) }))
        if (bytes !== statSync(file).size) throw new Error("another size came back")
      }),
    )
    const bareDown = await timed(async () => {
      await bareGet(await store.getUrl(`bare-${round}`), statSync(file).size)
    })
    ratios.up.push(up.value.mbPerSecond / bareUp.mbPerSecond)
    ratios.down.push(down.value.mbPerSecond / bareDown.mbPerSecond)
    console.log(JSON.stringify({ round, up, bareUp, down, bareDown }))
  }
  console.log(JSON.stringify({ megabytes, up: median(ratios.up), down: median(ratios.down) }))
} finally {
  store.close()
  rmSync(folder, { recursive: true, force: true })
}
