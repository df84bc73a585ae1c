/**
 * Downloads a record into a file, as the `ehr` command does, with its state kept in another; goes on with what is there.
 * `node kill-download-child.ts <store> <file of the descriptor> <output> <state file>`.
 */
import { readFileSync } from "node:fs"
import * as z from "zod/mini"
import { readState } from "../../bin/ehr/download.ts"
import { partialOf, saveStream } from "../../bin/ehr/file-sink.ts"
import { writeWhole } from "../../bin/ehr/profile.ts"
import { descriptor } from "../../protocol/record.ts"
import { dataKeyOf } from "../../sdk/sealed-record.ts"
import { type DownloadState, openedStream } from "../../sdk/transfer/download.ts"
import { categoryKey, patientId } from "../sdk/transfer/sealing.ts"

const [base = "", descriptorFile = "", output = "", stateFile = ""] = process.argv.slice(2)
const of = z.parse(descriptor, JSON.parse(readFileSync(descriptorFile, "utf8")))
const held = {
  patientId,
  descriptor: of,
  signer: { address: base },
  dataKey: await dataKeyOf(of, categoryKey.key),
  address: async () => `${base}/object`,
}
const resume = readState(stateFile, partialOf(output))
const opened = async (flush: () => Promise<void>) => {
  const onState = async (state: DownloadState) => {
    await flush()
    writeWhole(stateFile, JSON.stringify(state))
  }
  return openedStream(held, { resume, onState })
}
await saveStream(opened, output, resume?.bytes)
