/** The record on this device: the signed list, and documents to read without a network. The one place that knows how the SDK moves documents. */
import { signal } from "@preact/signals"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import type { Descriptor, RecordMetadata } from "../../protocol/record.ts"
import { openCopy, takeCopy } from "../../sdk/patient/copy.ts"
import { keep, openKept } from "../../sdk/patient/kept.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { deleteRecord, describeRecord, downloadRecord, listVersions } from "../../sdk/patient/records.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import type { Progress } from "../../sdk/transfer/progress.ts"
import { copiedPlaces, readContentsCopy, readCopy, removeCopy, writeContentsCopy, writeCopy } from "./device.ts"
import { keysOf } from "./device-keys.ts"
import { account, inCloud, session } from "./state.ts"

/** A document of the record. Absent metadata: it is listed, but its keys don't open it. */
export interface Listed {
  readonly descriptor: Descriptor
  readonly metadata?: RecordMetadata
}

/** What the device knows of the record; `undefined` until it was read once. */
export const documents = signal<readonly Listed[] | undefined>(undefined)
/** Places (`recordId/version`) of documents that open without a network. */
export const copied = signal<ReadonlySet<string>>(new Set())
/** Whether the list is what the cloud has now, or what it had when the device last spoke to it. */
export const fresh = signal(false)

/** Larger documents are fetched when they are opened, not in advance; sealed bytes. */
const mostInAdvance = 16 * 1024 * 1024

export const placeOf = ({ recordId, version }: Pick<Descriptor, "recordId" | "version">): string =>
  `${recordId}/${version}`
/** What the device calls its copy. */
const copyName = (descriptor: Descriptor) => `copy/${placeOf(descriptor)}`

/** The device's session with itself: whoever reads the list or opens a copy needs no network. */
export const deviceSession = async (): Promise<PatientSession | undefined> => {
  const owner = account.value
  const copy = await readContentsCopy()
  return owner === undefined || copy === undefined ? undefined : openCopy({ ...owner, keys: await keysOf(owner) }, copy)
}

/** The session with the cloud, else the device's with itself: whose keys seal what this device keeps. Throws where it keeps no record. */
export const ownSession = async (): Promise<PatientSession> => {
  const by = session.value ?? (await deviceSession())
  if (by === undefined) throw new Error("this device has no record")
  return by
}

const describe = async (by: PatientSession, descriptor: Descriptor): Promise<Listed> => {
  try {
    return await describeRecord(by, descriptor)
  } catch {
    // One that can't be opened must not keep the others from being shown.
    return { descriptor }
  }
}

/** Shows what the device has. */
export const showKept = async (): Promise<void> => {
  const by = await deviceSession()
  if (by === undefined) return
  const listed = await listRecords(by)
  documents.value = await Promise.all(listed.map((descriptor) => describe(by, descriptor)))
  copied.value = new Set(await copiedPlaces())
}

/** Reads the list from the cloud, and drops copies of what is no longer in it. */
export const refresh = async (): Promise<void> => {
  const { copy, records } = await inCloud(takeCopy)
  await writeContentsCopy(copy)
  await showKept()
  fresh.value = true
  const current = new Set(records.map(placeOf))
  for (const place of copied.value) if (!current.has(place)) await removeCopy(place)
  copied.value = new Set(await copiedPlaces())
}

let fetching: Promise<void> = Promise.resolve()

const fetchMissing = async (): Promise<void> => {
  for (const { descriptor, metadata } of documents.value ?? []) {
    if (metadata === undefined || descriptor.size > mostInAdvance || copied.value.has(placeOf(descriptor))) continue
    if (session.value === undefined) return
    await fetchDocument(descriptor)
  }
}

/** Copies what is not here yet, so that it opens without a network; the first failure ends it until the next time. */
export const fetchInAdvance = (): Promise<void> => (fetching = fetching.then(fetchMissing).catch(() => undefined))

const fetchDocument = async (
  descriptor: Descriptor,
  options: { onProgress?: (progress: Progress) => void; signal?: AbortSignal } = {},
): Promise<Bytes> => {
  const { bytes } = await inCloud((by) => downloadRecord(by, descriptor, options))
  await keepDocument(descriptor, bytes)
  return bytes
}

/** Keeps a document for when there is no network, unless it is too large for that. */
export const keepDocument = async (descriptor: Descriptor, bytes: Bytes): Promise<void> => {
  const owner = session.value
  if (owner === undefined || descriptor.size > mostInAdvance) return
  await writeCopy(placeOf(descriptor), await keep(owner, copyName(descriptor), {}, bytes))
  copied.value = new Set([...copied.value, placeOf(descriptor)])
}

/** The document: from the device where it has it, else from the cloud. */
export const readDocument = async (
  descriptor: Descriptor,
  options: { onProgress?: (progress: Progress) => void; signal?: AbortSignal } = {},
): Promise<Bytes> => {
  const kept = await readCopy(placeOf(descriptor))
  const by = kept === undefined ? undefined : await deviceSession()
  if (kept !== undefined && by !== undefined) return openKept(by, copyName(descriptor), kept)
  return fetchDocument(descriptor, options)
}

export const deleteDocument = async ({ recordId }: Descriptor): Promise<void> => {
  await inCloud((by) => deleteRecord(by, recordId))
  await refresh()
}

/** Every version of a document, the newest first. */
export const versionsOf = ({ recordId }: Descriptor): Promise<Listed[]> =>
  inCloud(async (by) => {
    const versions = await listVersions(by, recordId)
    return Promise.all(versions.map((descriptor) => describe(by, descriptor))).then((described) => described.reverse())
  })
