import { createReadStream, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { partialOf } from "../../bin/ehr/file-sink.ts"
import { fileSource } from "../../bin/ehr/file-source.ts"
import { sealedSize } from "../../protocol/crypto/streaming-aead.ts"
import { partCount } from "../../protocol/parts.ts"
import { partBytes } from "../../protocol/primitives.ts"
import { spansInFlight } from "../../sdk/transfer/download.ts"
import { upload } from "../sdk/transfer/sealing.ts"
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

const child = join(import.meta.dirname, "kill-download-child.ts")

export interface DownloadReport extends SentAgain {
  readonly parts: number
  readonly kills: number
  readonly identical: boolean
  /** Whether the output's name stood for nothing before all of it was there. */
  readonly namedWhenWhole: boolean
}

/** Kills a download at points that a seed chooses, goes on with it, and looks at what was asked for and what stands in the file. */
export const killDownload = async (bytes: number, points: number, seed: number): Promise<DownloadReport> => {
  const folder = mkdtempSync(join(tmpdir(), "kill-"))
  const [file, signed, output, stateFile] = ["document", "descriptor", "output", "state"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string]
  const store = new PartStore()
  const parts = partCount(sealedSize(bytes))
  const lastPart = `bytes=${(parts - 1) * partBytes}-`
  // So that none is done before it is killed.
  let killing = false
  const { base, close } = await served(
    store,
    ({ headers }) => killing && headers["range"]?.startsWith(lastPart) === true,
  )
  const random = numbersFrom(seed)
  const run = () => running(child, [base, signed, output, stateFile])
  try {
    writeDocument(file, bytes, seed)
    const { descriptor } = await upload(base, await fileSource(file))
    writeFileSync(signed, JSON.stringify(descriptor))
    store.complete()
    /** The parts that were asked for; of a header alone nothing is downloaded. */
    const asked = () =>
      store.gets.flatMap(({ from, length }) => (length < partBytes && from === 0 ? [] : [from / partBytes]))
    let namedWhenWhole = true
    const { kills, again } = await killAtPoints(
      { points, parts, random },
      {
        seen: asked,
        kill: async (after) => {
          const until = asked().length + after
          killing = true
          const died = await killed(run(), () => asked().length >= until, random(120))
          killing = false
          namedWhenWhole &&= !existsSync(output)
          return died
        },
        finish: async () => {
          const { output: printed, ended } = run()
          await Promise.all([printed, ended])
        },
      },
    )
    const identical = existsSync(output) && (await isFile(file, Readable.toWeb(createReadStream(output)).getReader()))
    return {
      parts,
      kills,
      ...sentAgain(again, spansInFlight + 1),
      identical,
      namedWhenWhole: namedWhenWhole && !existsSync(partialOf(output)),
    }
  } finally {
    await close()
    rmSync(folder, { recursive: true, force: true })
  }
}
