import { existsSync, readFileSync, rmSync, statSync } from "node:fs"
import { basename, resolve } from "node:path"
import * as z from "zod/mini"
import en from "../../apps/shared/words/en.ts"
import { category } from "../../protocol/primitives.ts"
import { abortUpload, uploadRecord } from "../../sdk/patient/records.ts"
import { type Plain, type UploadState, uploadState } from "../../sdk/sealed-record.ts"
import { asPatient, type Command, type Given, textOf } from "./command.ts"
import { detectFile } from "./detect-file.ts"
import { UsageError } from "./exit.ts"
import { fileSource } from "./file-source.ts"
import { listedRecord } from "./own-records.ts"
import { alone, transferFile, writeWhole } from "./profile.ts"
import { progressBar } from "./progress-bar.ts"

const readState = (file: string): UploadState | undefined =>
  existsSync(file) ? z.parse(uploadState, JSON.parse(readFileSync(file, "utf8"))) : undefined

/** The document and how it is shown, by the options or by the file itself. */
const plainOf = async (file: string, given: Given): Promise<Plain & { unshown: string[] }> => {
  if (!existsSync(file) || !statSync(file).isFile()) throw new UsageError(`There is no file ${file}.`)
  const detected = detectFile(file)
  const type = textOf(given, "type")
  const asked = z.safeParse(z.optional(category), textOf(given, "category"))
  if (!asked.success) throw new UsageError(`--category takes one of ${category.options.join(", ")}.`)
  return {
    category: asked.data ?? detected.category,
    title: textOf(given, "title") ?? basename(file),
    contentType: type ?? detected.contentType,
    unshown: type === undefined && detected.unshown !== undefined ? [en.unshown[detected.unshown]] : [],
    content: await fileSource(file),
  }
}

/** Encrypts a file and puts it into the cloud; the same command goes on with what was interrupted. */
export const uploadCommand: Command = {
  usage: [
    "FILE [--category C] [--title T] [--type MEDIA/TYPE] [--replaces RECORD] [--fresh]",
    "Encrypts a file and puts it into the cloud. Repeated, it goes on where it was interrupted; --fresh begins anew.",
  ],
  options: {
    category: { type: "string" },
    title: { type: "string" },
    type: { type: "string" },
    replaces: { type: "string" },
    fresh: { type: "boolean" },
  },
  positionals: [1, 1],
  run: async (given, context) => {
    const file = resolve(given.positionals[0] ?? "")
    const { unshown, ...plain } = await plainOf(file, given)
    const replaced = textOf(given, "replaces")
    const stateFile = transferFile(context.directory, "upload", `${file} ${replaced ?? ""}`)
    return alone(stateFile, () =>
      asPatient(context, async (session) => {
        let resume = readState(stateFile)
        if (resume !== undefined && given.values["fresh"] === true) {
          await abortUpload(session, resume)
          rmSync(stateFile)
          resume = undefined
        }
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
