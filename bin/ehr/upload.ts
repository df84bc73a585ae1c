import { existsSync, readFileSync, rmSync, statSync } from "node:fs"
import { basename, resolve } from "node:path"
import * as z from "zod/mini"
import { readPicture } from "../../apps/shared/files/picture.ts"
import en from "../../apps/shared/words/en.ts"
import { category } from "../../protocol/primitives.ts"
import { recordMetadata } from "../../protocol/record.ts"
import { abortUpload, uploadRecord } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { type Plain, type UploadState, uploadState } from "../../sdk/sealed-record.ts"
import { alone } from "./alone.ts"
import { asPatient, type Command, type Given, textOf } from "./command.ts"
import { detectFile } from "./detect-file.ts"
import { UsageError } from "./exit.ts"
import { fileSource } from "./file-source.ts"
import { listedRecord } from "./own-records.ts"
import { jsonIn, transferFile, writeWhole } from "./profile.ts"
import { progressBar } from "./progress-bar.ts"

/** Bytes of a picture that is held in memory to be cleaned. */
const mostCleaned = 512 * 1024 * 1024

/** What an upload was interrupted at; `"damaged"` where that can't be read any more. */
const readState = (file: string): UploadState | "damaged" | undefined => {
  if (!existsSync(file)) return undefined
  const state = z.safeParse(uploadState, jsonIn(file))
  return state.success ? state.data : "damaged"
}

/** The state to resume from, if any. `fresh` gives up what was begun: the cloud forgets by itself what can't be named any more. */
const resumable = async (session: PatientSession, stateFile: string, fresh: boolean) => {
  const state = readState(stateFile)
  if (state === undefined) return undefined
  if (!fresh && state === "damaged")
    throw new UsageError("What was kept of this upload is damaged: pass --fresh to begin anew.")
  if (!fresh && state !== "damaged") return state
  if (state !== "damaged") await abortUpload(session, state)
  rmSync(stateFile)
  return undefined
}

/** A text as every reader of a record takes it; `UsageError` for a longer one, before anything is sent. */
const bearable = (field: "title" | "contentType", text: string, option: string): string => {
  if (!z.safeParse(recordMetadata.shape[field], text).success)
    throw new UsageError(`"${text.slice(0, 40)}..." has ${text.length} characters: pass a shorter one by ${option}.`)
  return text
}

/** A picture without what its camera wrote beside the pixels; `UsageError` for one that can't be cleaned here, before anything is sent. */
const cleanPicture = (file: string, type: string): Plain["content"] => {
  const clean =
    statSync(file).size > mostCleaned ? undefined : readPicture(new Uint8Array(readFileSync(file)), type)?.clean()
  if (clean === undefined)
    throw new UsageError(
      `Where and when this picture (${type}) was taken can't be removed from it here. Save it as JPEG or PNG, or pass --as-it-is to send all that stands in it.`,
    )
  return clean
}

/** The document and how it is shown, by the options or by the file itself. */
const plainOf = async (file: string, given: Given): Promise<Plain & { unshown: string[] }> => {
  if (!existsSync(file) || !statSync(file).isFile()) throw new UsageError(`There is no file ${file}.`)
  const detected = detectFile(file)
  const type = textOf(given, "type")
  const asked = z.safeParse(z.optional(category), textOf(given, "category"))
  if (!asked.success) throw new UsageError(`--category takes one of ${category.options.join(", ")}.`)
  return {
    category: asked.data ?? detected.category,
    title: bearable("title", textOf(given, "title") ?? basename(file), "--title"),
    contentType: bearable("contentType", type ?? detected.contentType, "--type"),
    unshown: type === undefined && detected.unshown !== undefined ? [en.unshown[detected.unshown]] : [],
    content:
      detected.contentType.startsWith("image/") && given.values["as-it-is"] !== true
        ? cleanPicture(file, detected.contentType)
        : await fileSource(file),
  }
}

/** Encrypts a file and puts it into the cloud; the same command goes on with what was interrupted. */
export const uploadCommand: Command = {
  usage: [
    "FILE [--category C] [--title T] [--type MEDIA/TYPE] [--replaces RECORD] [--fresh] [--as-it-is]",
    "Encrypts a file and puts it into the cloud. Repeated, it goes on where it was interrupted; --fresh begins anew. Of a picture, where, when and by what it was taken is removed first; --as-it-is leaves it in.",
  ],
  options: {
    category: { type: "string" },
    title: { type: "string" },
    type: { type: "string" },
    replaces: { type: "string" },
    fresh: { type: "boolean" },
    "as-it-is": { type: "boolean" },
  },
  positionals: [1, 1],
  run: async (given, context) => {
    const file = resolve(given.positionals[0] ?? "")
    const { unshown, ...plain } = await plainOf(file, given)
    const replaced = textOf(given, "replaces")
    const stateFile = transferFile(context.directory, "upload", `${file} ${replaced ?? ""}`)
    return alone(stateFile, () =>
      asPatient(context, async (session) => {
        const resume = await resumable(session, stateFile, given.values["fresh"] === true)
        const bar = progressBar()
        try {
          const { recordId, version, size } = await uploadRecord(session, plain, {
            replaces: replaced === undefined ? undefined : await listedRecord(session, replaced),
            resume,
            onState: (state) => writeWhole(stateFile, JSON.stringify(state)),
            onProgress: bar.onProgress,
            signal: context.signal,
          })
          rmSync(stateFile, { force: true })
          return {
            value: { recordId, version, category: plain.category, size, resumed: resume !== undefined },
            lines: [
              `Record ${recordId}, version ${version}, is in your cloud, in the category ${plain.category}.`,
              ...unshown,
            ],
          }
        } finally {
          bar.end()
        }
      }),
    )
  },
}
