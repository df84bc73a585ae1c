import { Problem } from "../../contract/errors.ts"
import { type Bytes, toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { sealedSize } from "../../protocol/crypto/streaming-aead.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import type { CategoryKey } from "../../protocol/key-ring.ts"
import { partCount } from "../../protocol/parts.ts"
import type { Descriptor, RecordMetadata } from "../../protocol/record.ts"
import { wrapDataKey } from "../../protocol/record-keys.ts"
import {
  beginSealing,
  dataKeyOf,
  openDescribed,
  openMetadata,
  type Plain,
  resumeSealing,
  type Sealing,
  type UploadState,
} from "../sealed-record.ts"
import { type Held, openedRange, openedStream, openedWhole, type StreamOptions } from "../transfer/download.ts"
import { recordHash } from "../transfer/parts.ts"
import type { Transfer } from "../transfer/progress.ts"
import { type Destination, send, type UploadOptions } from "../transfer/upload.ts"
import { keyAt } from "./category-keys.ts"
import { type Contents, knownContents, readContents } from "./contents.ts"
import { renewKeys } from "./grants.ts"
import { findRecord, listRecords, withDescriptor } from "./listed.ts"
import { publish } from "./publication.ts"
import { callAsPatient, type PatientSession, wholeList } from "./session.ts"

/** A record as the patient sees it. */
export interface Opened {
  readonly descriptor: Descriptor
  readonly metadata: RecordMetadata
}

/** The data key of any listed version, however old its epoch. */
const dataKeyFor = async (session: PatientSession, contents: Contents, descriptor: Descriptor): Promise<Bytes> =>
  dataKeyOf(descriptor, await keyAt(session, contents, descriptor))

/** The contents whose ring has this epoch: those known, unless another device has begun a newer one. */
const contentsFor = async (session: PatientSession, { category, epoch }: Descriptor): Promise<Contents> => {
  const known = await knownContents(session)
  return known.keyRing.categories[category].epoch < epoch ? readContents(session) : known
}

/** Where the parts of a version go. */
const destinationOf = (
  session: PatientSession,
  { recordId, version, objectId, category }: Sealing["described"],
): Destination => {
  const place = { recordId, version: String(version), objectId }
  return {
    signer: session.cloud.api,
    whole: (of) => callAsPatient(session, "patient/upload-url", { recordId, version, objectId, category, ...of }),
    begin: (size) => callAsPatient(session, "patient/begin-upload", { ...place, category, size }),
    parts: async (parts) => (await callAsPatient(session, "patient/part-urls", { ...place, parts })).uploads,
  }
}

/**
 * What the state of an upload came to, where that has been committed: whoever was interrupted after it has only to list it. Every field is
 * the device's own; the cloud says no more than that it has it.
 */
const committedAs = async (
  session: PatientSession,
  { header: _header, startedAt: _startedAt, plainSize, parts, ...described }: UploadState,
): Promise<Descriptor | undefined> => {
  const size = sealedSize(plainSize)
  if (parts.length < partCount(size)) return undefined
  const descriptor = { ...described, size, sha256: await recordHash(parts.map(({ sha256 }) => sha256)) }
  for (const each of await versionsSoFar(session, descriptor.recordId))
    if (await sameVersion(each, descriptor)) return descriptor
  return undefined
}

/** The committed versions of a record, of which there may be none yet. */
const versionsSoFar = async (session: PatientSession, recordId: string): Promise<Descriptor[]> => {
  try {
    return await committedVersions(session, recordId)
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return []
    throw error
  }
}

const committedVersions = (session: PatientSession, recordId: string): Promise<Descriptor[]> =>
  wholeList(async (after) => {
    const { versions: items, next } = await callAsPatient(session, "patient/list-versions", { recordId, after })
    return { items, next }
  })

/** A version that is in the object store. `committed`: the cloud says that it is, or was, listed. */
interface Uploaded {
  readonly descriptor: Descriptor
  readonly committed: boolean
}

const resumeVersion = async (
  session: PatientSession,
  contents: Contents,
  plain: Plain,
  newest: CategoryKey,
  { resume, ...options }: UploadOptions & { resume: UploadState },
): Promise<Uploaded> => {
  const { category } = plain
  const sealing = await resumeSealing(session.patientId, resume, plain, {
    newest,
    keyAt: (epoch) => keyAt(session, contents, { category, epoch }),
  })
  const committed = await committedAs(session, resume)
  if (committed !== undefined) return { descriptor: committed, committed: true }
  const destination = destinationOf(session, sealing.described)
  return { descriptor: await send(sealing, plain.content, destination, { resume, ...options }), committed: false }
}

/** The version after `before`, which it names by its hash; the first of a new record where there is none. */
const placeAfter = async (before: Descriptor | undefined) =>
  before === undefined
    ? { recordId: toBase64url(randomBytes(16)), version: 1, replaces: null }
    : { recordId: before.recordId, version: before.version + 1, replaces: await canonicalHash(before) }

/**
 * Encrypts a document on this device and puts it into the cloud, from bytes or from any source, up to 50 GiB. When it returns, the record is
 * committed and listed in the signed manifest, by one publication, and witnessed by the HRI where that can be reached (`witnessesBehind`). `replaces`
 * makes it the next version of a record; `resume` resumes an upload that was interrupted, from the same document. `record-not-uploaded` where the cloud
 * has lost what was sent: `abortUpload`, then resume, sends it again.
 */
export const uploadRecord = async (
  session: PatientSession,
  plain: Plain,
  { replaces, ...options }: UploadOptions & { readonly replaces?: Descriptor | undefined } = {},
): Promise<Descriptor> => {
  const { signal, resume } = options
  signal?.throwIfAborted()
  await renewKeys(session)
  const contents = await knownContents(session)
  const newest = contents.keys[plain.category]
  if (resume !== undefined) {
    const uploaded = await resumeVersion(session, contents, plain, newest, { ...options, resume })
    signal?.throwIfAborted()
    return commit(session, uploaded, { isNew: false })
  }
  const sealing = await beginSealing(session.patientId, await placeAfter(replaces), plain, newest, new Date())
  const descriptor = await send(sealing, plain.content, destinationOf(session, sealing.described), options)
  signal?.throwIfAborted()
  return commit(session, { descriptor, committed: false }, { isNew: replaces === undefined })
}

/** The descriptor under the newest key of its category: who had the keys of an earlier epoch can't read what comes later. */
const underNewest = async (
  session: PatientSession,
  contents: Contents,
  descriptor: Descriptor,
): Promise<Descriptor> => {
  const { epoch, key } = contents.keys[descriptor.category]
  if (descriptor.epoch === epoch) return descriptor
  const dataKey = await dataKeyFor(session, contents, descriptor)
  return { ...descriptor, epoch, wrappedKey: await wrapDataKey(key, descriptor, dataKey) }
}

/**
 * Publishes what was uploaded, unless it is listed already, or a later version is that came after it: an earlier try was interrupted after its publication.
 * Returns it as it is listed.
 */
const commit = async (
  session: PatientSession,
  { descriptor: uploaded, committed }: Uploaded,
  { isNew }: { isNew: boolean },
): Promise<Descriptor> => {
  const { recordId, version, category } = uploaded
  let descriptor = uploaded
  await publish(
    session,
    async (contents) => {
      const standing = isNew ? undefined : await findRecord(session, contents, recordId, [category])
      const listed = standing?.descriptors.find((other) => other.recordId === recordId)
      if (listed !== undefined && (await sameVersion(listed, uploaded))) {
        descriptor = listed
        return undefined
      }
      if (committed && listed !== undefined && listed.version > version) {
        await requireVersion(session, listed, uploaded)
        return undefined
      }
      descriptor = await underNewest(session, contents, uploaded)
      return { pages: [await withDescriptor(session, contents, descriptor, { isNew })] }
    },
    (publication) => callAsPatient(session, "patient/commit", { recordId, descriptor, publication }),
  )
  return descriptor
}

/** Gives up an upload: what was sent of it in parts goes. */
export const abortUpload = async (
  session: PatientSession,
  { recordId, version, objectId }: Pick<UploadState, "recordId" | "version" | "objectId">,
): Promise<void> => {
  await callAsPatient(session, "patient/abort-upload", { recordId, version: String(version), objectId })
}

/** Opens what is known of a record without downloading it. */
export const describeRecord = async (session: PatientSession, descriptor: Descriptor): Promise<Opened> => {
  const dataKey = await dataKeyFor(session, await contentsFor(session, descriptor), descriptor)
  return { descriptor, metadata: await openMetadata(descriptor, dataKey) }
}

/** A version in the cloud, its metadata open. */
const hold = async (session: PatientSession, descriptor: Descriptor): Promise<Opened & { held: Held }> => {
  const { recordId, version } = descriptor
  const dataKey = await dataKeyFor(session, await contentsFor(session, descriptor), descriptor)
  const address = async () =>
    (await callAsPatient(session, "patient/download-url", { recordId, version: String(version) })).url
  const held = { signer: session.cloud.api, patientId: session.patientId, descriptor, dataKey, address }
  return { descriptor, metadata: await openDescribed(descriptor, dataKey), held }
}

/** Downloads, verifies and decrypts one version of a record into memory: at most 2 GiB. */
export const downloadRecord = async (
  session: PatientSession,
  descriptor: Descriptor,
  transfer: Transfer = {},
): Promise<Opened & { bytes: Bytes }> => {
  const { held, ...opened } = await hold(session, descriptor)
  return { ...opened, bytes: await openedWhole(held, transfer) }
}

/**
 * One version of a record as a stream, for any `WritableStream`: in Node `Writable.toWeb(createWriteStream(path))`. Each piece is authentic when it comes;
 * whether the record is whole is known when the stream has ended without an error: until then, what was written is not the record. `resume` goes
 * on with a download that was interrupted.
 */
export const streamRecord = async (
  session: PatientSession,
  descriptor: Descriptor,
  options: StreamOptions = {},
): Promise<Opened & { stream: ReadableStream<Bytes> }> => {
  const { held, ...opened } = await hold(session, descriptor)
  return { ...opened, stream: openedStream(held, options) }
}

/** Some bytes of a record's document, by what has them alone; fewer where it ends before. Each is authentic; see `openedRange`. */
export const readRange = async (
  session: PatientSession,
  descriptor: Descriptor,
  range: { offset: number; length: number },
  transfer: Transfer = {},
): Promise<Bytes> => openedRange((await hold(session, descriptor)).held, range, transfer)

const sameDescriptor = async (a: Descriptor, b: Descriptor) => (await canonicalHash(a)) === (await canonicalHash(b))

/** The same sealed version, though its data key may be wrapped under another epoch's key. */
const sameVersion = (a: Descriptor, b: Descriptor): Promise<boolean> =>
  sameDescriptor(a, { ...b, epoch: a.epoch, wrappedKey: a.wrappedKey })

/**
 * Every version of a record, the oldest first and none left out: the newest is the one that the manifest lists, and each names the one before it by its
 * hash.
 */
export const listVersions = async (session: PatientSession, recordId: string): Promise<Descriptor[]> => {
  const listed = (await listRecords(session)).find((descriptor) => descriptor.recordId === recordId)
  return verifiedVersions(session, recordId, listed)
}

/** That a version is among those that led to the one listed: a device that was quicker may have replaced another. `record-conflict` where it isn't. */
const requireVersion = async (session: PatientSession, listed: Descriptor, version: Descriptor): Promise<void> => {
  const versions = await verifiedVersions(session, listed.recordId, listed).catch((cause: unknown) => {
    throw cause instanceof IntegrityFailure ? new Problem("record-conflict", { cause }) : cause
  })
  const same = await Promise.all(versions.map((each) => sameVersion(each, version)))
  if (!same.includes(true)) throw new Problem("record-conflict")
}

/** The committed versions, each of which names the one before, up to the one that the manifest lists. */
const verifiedVersions = async (
  session: PatientSession,
  recordId: string,
  listed: Descriptor | undefined,
): Promise<Descriptor[]> => {
  const versions = await committedVersions(session, recordId)
  const newest = versions.at(-1)
  await orFail("record-differs", async () => {
    if (versions.some((each) => each.recordId !== recordId)) throw new Error("of another record")
    if (listed === undefined || newest === undefined || !(await sameDescriptor(newest, listed)))
      throw new Error("not the one listed")
  })
  let before: string | null = null
  for (const [i, descriptor] of versions.entries()) {
    await describeRecord(session, descriptor)
    if (descriptor.version !== i + 1 || descriptor.replaces !== before) throw new IntegrityFailure("record-differs")
    before = await canonicalHash(descriptor)
  }
  return versions
}

/** Strikes a record from the manifest and has the cloud erase every version of it, by one publication; asked again, the cloud erases what was left. */
export const deleteRecord = async (session: PatientSession, recordId: string): Promise<void> => {
  let struck = true
  await publish(
    session,
    async (contents) => {
      const standing = await findRecord(session, contents, recordId)
      if (standing === undefined) {
        struck = false
        return undefined
      }
      const descriptors = standing.descriptors.filter((other) => other.recordId !== recordId)
      return { pages: [{ ...standing, descriptors }] }
    },
    (publication) => callAsPatient(session, "patient/delete-record", { recordId, publication }),
  )
  if (!struck) await callAsPatient(session, "patient/delete-record", { recordId })
}
