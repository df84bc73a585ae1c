/** A copy of all that a practice has: sealed under words of its own, or in plain where the law asks for it (docs/protocol.md, "Practice"). */
import * as z from "zod/mini"
import { type Bytes, fromBase64url, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { openUnder, sealUnder } from "../../protocol/crypto/envelope.ts"
import { derive } from "../../protocol/crypto/primitives.ts"
import { parseJson } from "../../protocol/crypto/strict-json.ts"
import { orFail } from "../../protocol/integrity.ts"
import { entry } from "../../protocol/practice/entry.ts"
import { generatePhrase, readPhrase } from "../../protocol/recovery.ts"
import { readFile, tellExport } from "./files.ts"
import type { Practice } from "./practice.ts"

const line = z.strictObject({
  /** From 1, of so many: none is left out. */
  number: z.int(),
  of: z.int(),
  entry,
  /** Every version of the content, oldest first, base64url. */
  contents: z.array(z.string()),
})
export type ArchivedFile = Omit<z.infer<typeof line>, "contents"> & { readonly contents: readonly Bytes[] }

/** A line for each file that isn't deleted. Told to the trail before the first; for owners. */
async function* lines(practice: Practice): AsyncGenerator<z.infer<typeof line>> {
  await tellExport(practice)
  const entries = [...practice.directory.entries()].filter(({ deletedAt }) => deletedAt === undefined)
  for (const [i, each] of entries.entries()) {
    const contents: string[] = []
    for (const { version } of practice.versions.get(each.fileId) ?? [])
      contents.push(toBase64url(await readFile(practice, each.fileId, version)))
    yield { number: i + 1, of: entries.length, entry: each, contents }
  }
}

/** All files in plain, a line of JSON each. */
export async function* plainArchive(practice: Practice): AsyncGenerator<string> {
  for await (const each of lines(practice)) yield `${JSON.stringify(each)}\n`
}

const keyOf = async (phrase: string, number: number): Promise<Bytes> => {
  const reading = readPhrase(phrase)
  if (reading.outcome !== "ok") throw new TypeError(reading.outcome)
  return derive(reading.entropy, "practice-archive", number)
}

/** All files, each line sealed under 24 words that are made for it, and shown once. */
export const sealedArchive = (
  practice: Practice,
): { readonly phrase: string; readonly lines: AsyncGenerator<string> } => {
  const phrase = generatePhrase()
  async function* sealed() {
    for await (const each of lines(practice))
      yield `${await sealUnder(await keyOf(phrase, each.number), utf8(JSON.stringify(each)))}\n`
  }
  return { phrase, lines: sealed() }
}

/** What was sealed, whole; `record-unreadable` where a line is missing, of another archive, or by other words. */
export const openArchive = (text: string, phrase: string): Promise<ArchivedFile[]> =>
  orFail("record-unreadable", async () => {
    const files: ArchivedFile[] = []
    for (const sealed of text.split("\n").filter((part) => part !== "")) {
      const number = files.length + 1
      const opened = z.parse(line, parseJson(await openUnder(await keyOf(phrase, number), sealed)))
      if (opened.number !== number) throw new Error("another line")
      files.push({ ...opened, contents: opened.contents.map((content) => fromBase64url(content)) })
    }
    if (files.some(({ of }) => of !== files.length)) throw new Error("lines are left out")
    return files
  })
