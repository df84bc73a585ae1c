import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sealedSize } from "../../protocol/crypto/streaming-aead.ts"
import { partCount } from "../../protocol/parts.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { unwrapDataKey } from "../../protocol/record-keys.ts"
import { openedStream } from "../../sdk/transfer/download.ts"
import { partsInFlight } from "../../sdk/transfer/upload.ts"
import { categoryKey, patientId } from "../sdk/transfer/sealing.ts"
import { PartStore, served } from "../sdk/transfer/store.ts"
import {
  isFile,
  killAtPoints,
  killed,
  numbersFrom,
  running,
  type SentAgain,
  sentAgain,
  writeDocument,
} from "./killing.ts"

const child = join(import.meta.dirname, "kill-upload-child.ts")

export interface UploadReport extends SentAgain {
  readonly parts: number
  readonly kills: number
  /** Whether each part that came more than once was the same each time. */
  readonly sameEachTime: boolean
  readonly identical: boolean
  readonly emptyAfterAbort: boolean
}

/** Kills an upload at points that a seed chooses, goes on with it, and looks at what came. */
export const killUpload = async (bytes: number, points: number, seed: number): Promise<UploadReport> => {
  const folder = mkdtempSync(join(tmpdir(), "kill-"))
  const file = join(folder, "document")
  const stateFile = join(folder, "state")
  const store = new PartStore()
  const parts = partCount(sealedSize(bytes))
  // So that none is done before it is killed.
  let killing = false
  const { base, close } = await served(store, ({ path }) => killing && path.startsWith(`/part/${parts}-`))
  const random = numbersFrom(seed)
  const run = (state: string) => running(child, [base, file, state])
  /** Kills once so many more parts have come, and a moment later. */
  const killedAfter = async (state: string, after: number): Promise<boolean> => {
    const until = store.puts.length + after
    killing = true
    const died = await killed(run(state), () => store.puts.length >= until, random(120))
    killing = false
    return died
  }
  try {
    writeDocument(file, bytes, seed)
    let last = ""
    const { kills, again } = await killAtPoints(
      { points, parts, random },
      {
        seen: () => store.puts.map(({ number }) => number),
        kill: (after) => killedAfter(stateFile, after),
        finish: async () => {
          const { output, ended } = run(stateFile)
          last = await output
          await ended
        },
      },
    )
    const signed: Descriptor = JSON.parse(last)
    store.complete()
    const dataKey = await unwrapDataKey(categoryKey.key, signed)
    const held = {
      signer: { address: base },
      patientId,
      descriptor: signed,
      dataKey,
      address: async () => `${base}/object`,
    }
    const identical = await isFile(file, openedStream(held, {}).getReader())
    const hashes = new Map<number, Set<string>>()
    for (const { number, sha256 } of store.puts) hashes.set(number, (hashes.get(number) ?? new Set()).add(sha256))

    store.object = undefined
    await killedAfter(join(folder, "another state"), Math.min(2, parts - 1))
    await fetch(`${base}/abort`, { method: "POST", body: "{}" })
    return {
      parts,
      kills,
      ...sentAgain(again, partsInFlight),
      sameEachTime: [...hashes.values()].every(({ size }) => size === 1),
      identical,
      emptyAfterAbort: store.empty,
    }
  } finally {
    await close()
    rmSync(folder, { recursive: true, force: true })
  }
}
