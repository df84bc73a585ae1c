import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import * as z from "zod/mini"
import { plainText } from "../../fhir/plain-text.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { describeRecord, readRange, streamRecord } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { type DownloadState, downloadState } from "../../sdk/transfer/download.ts"
import { asPatient, type Command, type Context, type Outcome, textOf } from "./command.ts"
import { UsageError } from "./exit.ts"
import { partialOf, saveStream } from "./file-sink.ts"
import { listedRecord, recordVersion } from "./own-records.ts"
import { alone, transferFile, writeWhole } from "./profile.ts"
import { progressBar } from "./progress-bar.ts"

/** What was kept of a download, as far as the file beside it still has it. */
export const readState = (stateFile: string, partial: string): DownloadState | undefined => {
  if (!existsSync(stateFile) || !existsSync(partial)) return undefined
  const state = z.parse(downloadState, JSON.parse(readFileSync(stateFile, "utf8")))
  return { ...state, bytes: Math.min(state.bytes, statSync(partial).size) }
}

/** Into a file; what is interrupted is kept beside it. */
const whole = async (
  session: PatientSession,
  descriptor: Descriptor,
  output: string,
  { directory, signal }: Context,
): Promise<Outcome> => {
  const { recordId, version } = descriptor
  const stateFile = transferFile(directory, "download", `${recordId} ${version} ${output}`)
  const resume = readState(stateFile, partialOf(output))
  const bar = progressBar()
  try {
    const { title, contentType, size } = (await describeRecord(session, descriptor)).metadata
    const opened = async (flush: () => Promise<void>) => {
      const onState = async (state: DownloadState) => {
        await flush()
        writeWhole(stateFile, JSON.stringify(state))
      }
      return (await streamRecord(session, descriptor, { resume, onState, onProgress: bar.onProgress, signal })).stream
    }
    await saveStream(opened, output, resume?.bytes)
    rmSync(stateFile, { force: true })
    return {
      value: { recordId, version, title, contentType, size, file: output, resumed: resume !== undefined },
      lines: [`${plainText(title)} (${plainText(contentType)}, ${size.toLocaleString("en")} bytes) is in ${output}.`],
    }
  } finally {
    bar.end()
  }
}

const rangeOf = (text: string): { offset: number; length: number } => {
  const [, offset, length] = /^([0-9]{1,15})\+([0-9]{1,10})$/.exec(text) ?? []
  if (offset === undefined || length === undefined) throw new UsageError("--range takes OFFSET+LENGTH, in bytes.")
  return { offset: Number(offset), length: Number(length) }
}

/** Downloads one of the patient's records, or a part of it. */
export const downloadCommand: Command = {
  usage: [
    "RECORD --output FILE [--version N] [--range OFFSET+LENGTH]",
    "Downloads and decrypts a record. Repeated, it goes on where it was interrupted.",
  ],
  options: { output: { type: "string" }, version: { type: "string" }, range: { type: "string" } },
  positionals: [1, 1],
  run: (given, context) =>
    asPatient(context, async (session) => {
      const output = textOf(given, "output")
      if (output === undefined) throw new UsageError("download needs --output.")
      const recordId = given.positionals[0] ?? ""
      const version = textOf(given, "version")
      const descriptor =
        version === undefined ? await listedRecord(session, recordId) : await recordVersion(session, recordId, version)
      const range = textOf(given, "range")
      if (range === undefined) {
        const partial = partialOf(resolve(output))
        return alone(partial, () => whole(session, descriptor, resolve(output), context))
      }
      const bytes = await readRange(session, descriptor, rangeOf(range), { signal: context.signal })
      writeFileSync(output, bytes, { mode: 0o600 })
      return {
        value: { recordId, version: descriptor.version, bytes: bytes.length, file: output },
        lines: [`${bytes.length.toLocaleString("en")} bytes are in ${output}.`],
      }
    }),
}
