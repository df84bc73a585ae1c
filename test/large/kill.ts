/**
 * Kills an upload at points that a seed chooses, goes on with it, and looks at what came: `node test/large/kill.ts [MB] [points] [seed]`.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createReadStream, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { partCount } from "../../contract/parts.ts"
import type { Descriptor } from "../../contract/record.ts"
import { fromBase64url } from "../../sdk/crypto/bytes.ts"
import { unwrapKey } from "../../sdk/crypto/primitives.ts"
import { sealedSize } from "../../sdk/crypto/streaming-aead.ts"
import { openedStream } from "../../sdk/transfer/download.ts"
import { categoryKey, patientId } from "../sdk/transfer/sealing.ts"
import { documentOf, PartStore, served } from "../sdk/transfer/store.ts"

const child = join(import.meta.dirname, "kill-child.ts")

/** Numbers that look random, the same for the same seed. */
const numbersFrom = (seed: number) => {
  let state = seed >>> 0 || 1
  return (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

export interface KillReport {
  readonly parts: number
  readonly kills: number
  /** For each kill, the parts that came once more after it. */
  readonly again: readonly number[]
  /** Whether each part that came more than once was the same each time. */
  readonly sameEachTime: boolean
  readonly identical: boolean
  readonly emptyAfterAbort: boolean
}

export const killAndResume = async (bytes: number, points: number, seed: number): Promise<KillReport> => {
  const folder = mkdtempSync(join(tmpdir(), "kill-"))
  const file = join(folder, "document")
  const stateFile = join(folder, "state")
  const store = new PartStore()
  const { base, close } = await served(store)
  const random = numbersFrom(seed)
  const parts = partCount(sealedSize(bytes))
  const run = (state: string) => {
    const running = spawn(process.execPath, [child, base, file, state], { stdio: ["ignore", "pipe", "inherit"] })
    return { running, output: text(running.stdout), ended: once(running, "exit") }
  }
  /** Kills once so many more parts have come, and a moment later. */
  const killed = async (state: string, after: number): Promise<boolean> => {
    const { running, ended, output } = run(state)
    const until = store.puts.length + after
    const wait = random(120)
    while (store.puts.length < until && running.exitCode === null) await new Promise((later) => setTimeout(later, 5))
    await new Promise((later) => setTimeout(later, wait))
    running.kill("SIGKILL")
    await Promise.all([ended, output])
    return running.signalCode === "SIGKILL"
  }
  try {
    const descriptor = openSync(file, "w", 0o600)
    for (let at = 0, i = 1; at < bytes; i++) {
      const chunk = documentOf(Math.min(1_000_000, bytes - at), i + seed)
      writeSync(descriptor, chunk)
      at += chunk.length
    }
    const again: number[] = []
    let kills = 0
    const came = () => new Set(store.puts.map(({ number }) => number))
    const counted = async (more: () => Promise<void>) => {
      const before = came()
      const from = store.puts.length
      await more()
      again.push(store.puts.slice(from).filter(({ number }) => before.has(number)).length)
    }
    for (let point = 0; point < points; point++)
      await counted(async () => {
        const left = parts - came().size
        if (await killed(stateFile, random(Math.max(1, Math.ceil(left / (points - point)))))) kills += 1
      })
    let last = ""
    await counted(async () => {
      const { output, ended } = run(stateFile)
      last = await output
      await ended
    })
    const signed: Descriptor = JSON.parse(last)
    store.complete()
    const dataKey = await unwrapKey(categoryKey.key, fromBase64url(signed.wrappedKey))
    const held = { patientId, descriptor: signed, dataKey, address: async () => `${base}/object` }
    const original = createReadStream(file, { highWaterMark: 1024 * 1024 })
    let rest = Buffer.alloc(0)
    let identical = true
    const given = openedStream(held, {}).getReader()
    for await (const chunk of original) {
      while (rest.length < chunk.length) {
        const { done, value } = await given.read()
        if (done) break
        rest = Buffer.concat([rest, value])
      }
      identical &&= rest.subarray(0, chunk.length).equals(chunk)
      rest = rest.subarray(chunk.length)
    }
    identical &&= rest.length === 0 && (await given.read()).done
    const hashes = new Map<number, Set<string>>()
    for (const { number, sha256 } of store.puts) hashes.set(number, (hashes.get(number) ?? new Set()).add(sha256))

    store.object = undefined
    await killed(join(folder, "another state"), Math.min(2, parts - 1))
    await fetch(`${base}/abort`, { method: "POST", body: "{}" })
    return {
      parts,
      kills,
      again,
      sameEachTime: [...hashes.values()].every(({ size }) => size === 1),
      identical,
      emptyAfterAbort: store.empty,
    }
  } finally {
    await close()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const [megabytes = 1000, points = 10, seed = 1] = process.argv.slice(2).map(Number)
  console.log(JSON.stringify(await killAndResume(megabytes * 1_000_000, points, seed)))
}
