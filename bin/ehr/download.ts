import { existsSync, rmSync, statSync } from "node:fs"
import * as z from "zod/mini"
import type { Descriptor } from "../../protocol/record.ts"
import { describeRecord, readRange, streamRecord } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { type DownloadState, downloadState } from "../../sdk/transfer/download.ts"
import { plainText } from "../../text/plain-text.ts"
import { alone } from "./alone.ts"
import { asPatient, type Command, type Context, type Outcome, textOf } from "./command.ts"
import { UsageError } from "./exit.ts"
import { partialOf, saveStream } from "./file-sink.ts"
import { type Output, outputAt, writeOutput, writeStream } from "./output.ts"
import { listedRecord, recordVersion } from "./own-records.ts"
import { jsonIn, transferFile, writeWhole } from "./profile.ts"
import { progressBar } from "./progress-bar.ts"

/** What was kept of a download, as far as the file beside it still has it. */
export const readState = (stateFile: string, partial: string): DownloadState | undefined => {
  if (!existsSync(stateFile) || !existsSync(partial)) return undefined
  // One that can't be read says nothing: the download begins anew.
  const state = z.safeParse(downloadState, jsonIn(stateFile))
  return state.success ? { ...state.data, bytes: Math.min(state.data.bytes, statSync(partial).size) } : undefined
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

/** Into a device, which keeps nothing to resume from. */
const asItComes = async (
  session: PatientSession,
  descriptor: Descriptor,
  output: Output,
  { signal }: Context,
): Promise<Outcome> => {
  const { stream, metadata } = await streamRecord(session, descriptor, { signal })
  await writeStream(output, stream)
  const { title, contentType, size } = metadata
  const { recordId, version } = descriptor
  return {
    value: { recordId, version, title, contentType, size, file: output.file, resumed: false },
    lines: [`${plainText(title)} (${plainText(contentType)}, ${size.toLocaleString("en")} bytes) is written.`],
    aside: output.isStandardOutput,
  }
}

const inPart = async (
  session: PatientSession,
  descriptor: Descriptor,
  range: { offset: number; length: number },
  output: Output,
  { signal }: Context,
): Promise<Outcome> => {
  const bytes = await readRange(session, descriptor, range, { signal })
  await writeOutput(output, bytes)
  return {
    value: { recordId: descriptor.recordId, version: descriptor.version, bytes: bytes.length, file: output.file },
    lines: [`${bytes.length.toLocaleString("en")} bytes are in ${output.file}.`],
    aside: output.isStandardOutput,
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
    "RECORD --output FILE [--version N] [--range OFFSET+LENGTH] [--force]",
    "Downloads and decrypts a record. Repeated, it goes on where it was interrupted; --force replaces a file that is there.",
  ],
  options: {
    output: { type: "string" },
    version: { type: "string" },
    range: { type: "string" },
    force: { type: "boolean" },
  },
  positionals: [1, 1],
  run: (given, context) => {
    const path = textOf(given, "output")
    if (path === undefined) throw new UsageError("download needs --output.")
    const output = outputAt(path, { force: given.values["force"] === true })
    const range = textOf(given, "range")
    const part = range === undefined ? undefined : rangeOf(range)
    return asPatient(context, async (session) => {
      const recordId = given.positionals[0] ?? ""
      const version = textOf(given, "version")
      const descriptor =
        version === undefined ? await listedRecord(session, recordId) : await recordVersion(session, recordId, version)
      if (part !== undefined) return inPart(session, descriptor, part, output, context)
      if (output.isDevice) return asItComes(session, descriptor, output, context)
      return alone(partialOf(output.file), () => whole(session, descriptor, output.file, context))
    })
  },
}
