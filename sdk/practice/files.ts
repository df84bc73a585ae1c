/** The files of a practice: put, read, deleted and brought back (docs/protocol.md, "Practice"). */
import { Problem } from "../../contract/errors.ts"
import { type Bytes, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { randomBytes, sha256 } from "../../protocol/crypto/primitives.ts"
import { sealedSize } from "../../protocol/crypto/streaming-aead.ts"
import type { Entry } from "../../protocol/practice/entry.ts"
import { contentKey, practiceKeyAt } from "../../protocol/practice/keys.ts"
import { sealEntry } from "../../protocol/practice/sealed-entry.ts"
import { partBytes } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import { beginSealing, dataKeyOf, openDescribed } from "../sealed-record.ts"
import { openedWhole } from "../transfer/download.ts"
import { send } from "../transfer/upload.ts"
import { mergedInto, takenApart } from "./merged-entries.ts"
import type { Practice } from "./practice.ts"
import { callAsMember, placeOf } from "./session.ts"
import { signChange } from "./signed-change.ts"

/** How often a change is made anew where others of the practice are quicker. */
const attempts = 8

/** A FHIR document, as bytes. */
const contentType = "application/fhir+json"

/** What describes a version of a file, and the half of its key that the cloud keeps. */
interface Uploaded {
  readonly descriptor: Descriptor
  readonly share: string
}

const uploadContent = async (practice: Practice, fileId: string, content: Bytes): Promise<Uploaded> => {
  const { session, keys } = practice
  const { practiceId } = session.memory
  const { clinical, epoch } = keys.opened
  if (clinical === undefined) throw new Problem("role-not-allowed")
  if (sealedSize(content.length) > partBytes) throw new RangeError("a file's content goes up in one part")
  const before = practice.versions.get(fileId)?.at(-1)
  const version = (before?.version ?? 0) + 1
  const place = { recordId: fileId, version, replaces: before === undefined ? null : await canonicalHash(before) }
  const plain = { category: "summary", title: "", contentType, content } as const
  const share = toBase64url(randomBytes(32))
  const key = await contentKey(clinical, share, place)
  const sealing = await beginSealing(practiceId, place, plain, { epoch, key }, new Date())
  const { objectId } = sealing.described
  const inOnePart = () => Promise.reject(new TypeError("a file's content goes up in one part"))
  const descriptor = await send(
    sealing,
    content,
    {
      signer: session.cloud.api,
      whole: (of) => callAsMember(session, "practice/upload-url", { fileId, version, objectId, ...of }),
      begin: inOnePart,
      parts: inOnePart,
    },
    {},
  )
  return { descriptor, share }
}

/** Signs the change upon the newest that is known, and sends it. */
const putOnce = async (practice: Practice, entry: Entry, uploaded: Uploaded | undefined): Promise<void> => {
  const { session, keys } = practice
  const { fileId, version } = entry
  const sealed = await sealEntry(keys.opened.directory, entry)
  const change = await signChange(placeOf(session), session.keys, {
    ...practice.next(),
    keys: await canonicalHash(keys.sealed),
    change: {
      kind: "file",
      fileId,
      entry: { version, epoch: keys.opened.epoch, hash: toBase64url(await sha256(utf8(sealed))) },
      content: uploaded?.descriptor ?? null,
      ...(entry.deletedAt !== undefined && { deleted: true }),
    },
  })
  practice.tried(fileId, await statementHash(change))
  await callAsMember(session, "practice/put-file", {
    fileId,
    change,
    entry: sealed,
    ...(uploaded !== undefined && { share: uploaded.share }),
  })
  await practice.took(change, sealed)
}

/** What tells a change that is tried again, after its answer was lost, from another. */
const nameOf = async (entry: Entry, content: Bytes | undefined): Promise<string> =>
  canonicalHash({ entry, content: content === undefined ? null : toBase64url(await sha256(content)) })

/**
 * Puts the next version of an entry, and of its file's content where there is one. Where others of the practice changed other files at the moment, it is made
 * anew upon what they left. The same once more, after a network that failed, is done once: what this device put itself is no conflict. `practice-conflict`: others changed this
 * very file, which is to be merged; nothing is lost, and nothing of theirs overwritten.
 */
const put = async (practice: Practice, entry: Entry, content: Bytes | undefined): Promise<void> => {
  const { fileId, version } = entry
  const isNext = () => (practice.directory.get(fileId)?.version ?? 0) === version - 1
  const isSame = practice.trying(fileId, await nameOf(entry, content))
  if (isSame) await practice.sync()
  if (practice.isTaken(fileId)) return
  if (!isNext()) throw new Problem("practice-conflict")
  let uploaded: Uploaded | undefined
  for (let attempt = 1; ; attempt++)
    try {
      // Somebody may have left meanwhile: what is new is not for the keys that they had.
      if (content !== undefined && uploaded?.descriptor.epoch !== practice.keys.opened.epoch)
        uploaded = await uploadContent(practice, fileId, content)
      return await putOnce(practice, entry, uploaded)
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "practice-conflict" || attempt === attempts) throw error
      await practice.sync()
      if (practice.isTaken(fileId)) return
      if (!isNext()) throw error
    }
}

/** What is said of somebody new. */
export type NewEntry = Omit<Entry, "fileId" | "version">

/** An id for a file that is to be opened: whoever keeps it tries again after a lost answer, and opens one file. */
export const newFileId = (): string => toBase64url(randomBytes(16))

/** Opens a file for a patient; returns its entry. Where a try before has opened it already, it says what `said` says from then on. */
export const addFile = async (
  practice: Practice,
  said: NewEntry,
  content?: Bytes,
  fileId = newFileId(),
): Promise<Entry> => {
  const entry = { ...said, fileId, version: 1 }
  try {
    await put(practice, entry, content)
    return entry
  } catch (error) {
    const opened = practice.directory.get(fileId)
    if (!(error instanceof Problem) || error.code !== "practice-conflict" || opened === undefined) throw error
    return changeFile(practice, { ...said, fileId, version: opened.version }, content)
  }
}

const next = (entry: Entry): Entry => ({ ...entry, version: entry.version + 1 })

/** Says what `entry` has from now on, on the version that it has: the one that was read. Returns the next. */
export const changeFile = async (practice: Practice, entry: Entry, content?: Bytes): Promise<Entry> => {
  const changed = next(entry)
  await put(practice, changed, content)
  return changed
}

/** Deletes a file, which nobody finds any more; `restoreFile` undoes it for 30 days, then it is destroyed. */
export const deleteFile = (practice: Practice, entry: Entry): Promise<Entry> =>
  changeFile(practice, { ...entry, deletedAt: new Date().toISOString() })

/** Undoes a deletion. */
export const restoreFile = (practice: Practice, entry: Entry): Promise<Entry> => {
  const { deletedAt: _, ...kept } = entry
  return changeFile(practice, kept)
}

/**
 * Two files of one person: whoever looks for the first is led to the second. Nothing is moved, and `takeFileApart` undoes it whenever. `not-found` where one of them isn't there,
 * or they are merged already.
 */
export const mergeFiles = async (practice: Practice, fileId: string, into: string): Promise<Entry> => {
  const merged = mergedInto(practice.directory, fileId, into)
  if (merged === undefined) throw new Problem("not-found")
  await put(practice, merged, undefined)
  return merged
}

/** Undoes a merge for good: the file stands for itself again, with all that it had. `not-found` where it does already. */
export const takeFileApart = async (practice: Practice, fileId: string): Promise<Entry> => {
  const apart = takenApart(practice.directory, fileId)
  if (apart === undefined) throw new Problem("not-found")
  await put(practice, apart, undefined)
  return apart
}

/** A file's content, of its newest version or of an earlier one. `not-found` where it has none. */
export const readFile = async (practice: Practice, fileId: string, version?: number): Promise<Bytes> => {
  const { session, keys, versions } = practice
  const all = versions.get(fileId) ?? []
  const descriptor = version === undefined ? all.at(-1) : all[version - 1]
  if (descriptor === undefined) throw new Problem("not-found")
  if (keys.opened.clinical === undefined) throw new Problem("role-not-allowed")
  const asked = { fileId, version: String(descriptor.version) }
  const { url, share } = await callAsMember(session, "practice/download-url", asked)
  const clinical = await practiceKeyAt(keys.sealed, keys.opened, "clinical", descriptor.epoch)
  const dataKey = await dataKeyOf(descriptor, await contentKey(clinical, share, descriptor))
  await openDescribed(descriptor, dataKey)
  let given: string | undefined = url
  const address = async () => {
    const first = given ?? (await callAsMember(session, "practice/download-url", asked)).url
    given = undefined
    return first
  }
  return openedWhole(
    {
      signer: session.cloud.api,
      patientId: session.memory.practiceId,
      descriptor,
      dataKey,
      address,
    },
    {},
  )
}

/** Tells the trail, before it is done, that a copy of a file, or of all of them, leaves the practice. */
export const tellExport = async ({ session }: Practice, fileId?: string): Promise<void> => {
  await callAsMember(session, "practice/export", fileId === undefined ? {} : { fileId })
}
