/**
 * What the device of a member who was shut out had saved and never sent: handed to an owner, who decides on it (docs/protocol.md, "Practice"). A file, sealed under words that are told
 * by voice: the cloud, which knows that member no more, takes nothing of theirs.
 */
import * as z from "zod/mini"
import { type Bytes, fromBase64url, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { openUnder, sealUnder } from "../../protocol/crypto/envelope.ts"
import { derive } from "../../protocol/crypto/primitives.ts"
import { parseJson } from "../../protocol/crypto/strict-json.ts"
import { orFail } from "../../protocol/integrity.ts"
import { entry } from "../../protocol/practice/entry.ts"
import { type HandedOver, verifyHandover } from "../../protocol/practice/members.ts"
import { ordinal } from "../../protocol/primitives.ts"
import { generatePhrase, readPhrase } from "../../protocol/recovery.ts"
import type { Practice } from "./practice.ts"
import { type PracticeSession, placeOf } from "./session.ts"
import { signForPractice } from "./signed-change.ts"

const saved = z.strictObject({
  /** What was to be said of the file from then on: on the version of the entry before this one. */
  entry,
  /** The version of the content that it was made of; absent where there was none. */
  before: z.optional(ordinal),
  /** What was to be its content, base64url; absent where that wasn't changed. */
  content: z.optional(z.string()),
})
const handover = z.strictObject({ statement: z.string(), edits: z.array(saved).check(z.maxLength(10_000)) })

/** An edit that was saved on a device and never sent. */
export type SavedEdit = Omit<z.infer<typeof saved>, "content"> & { readonly content?: Bytes }

const keyOf = (phrase: string): Promise<Bytes> => {
  const reading = readPhrase(phrase)
  if (reading.outcome !== "ok") throw new TypeError(reading.outcome)
  return derive(reading.entropy, "practice-handover")
}

/** Seals what this device has saved under 24 words that are made for it, and shown once; signed by the device, whoever may use it by now. It asks nothing of the cloud. */
export const handOver = async (
  session: Pick<PracticeSession, "cloud" | "keys" | "memory">,
  edits: readonly SavedEdit[],
): Promise<{ readonly phrase: string; readonly text: string }> => {
  const written = edits.map(({ content, ...edit }) => ({
    ...edit,
    ...(content !== undefined && { content: toBase64url(content) }),
  }))
  const statement = await signForPractice(placeOf(session), session.keys, "practice-handover", {
    editsHash: await canonicalHash(written),
  })
  const phrase = generatePhrase()
  const text = await sealUnder(await keyOf(phrase), utf8(JSON.stringify({ statement, edits: written })))
  return { phrase, text }
}

/**
 * What a device handed over, by whom and when they signed it: by a member of the practice, also one who has left. Nothing is changed by it: each edit is merged, or left, as a person decides. `record-unreadable` for other words, another file, and
 * what no member signed.
 */
export const openHandedOver = (
  { session, members }: Practice,
  text: string,
  phrase: string,
): Promise<HandedOver & { readonly edits: readonly SavedEdit[] }> =>
  orFail("record-unreadable", async () => {
    const opened = z.parse(handover, parseJson(await openUnder(await keyOf(phrase), text.trim())))
    const by = await verifyHandover(opened.statement, placeOf(session), members, await canonicalHash(opened.edits))
    const edits = opened.edits.map(({ content, ...edit }) => ({
      ...edit,
      ...(content !== undefined && { content: fromBase64url(content) }),
    }))
    return { ...by, edits }
  })
