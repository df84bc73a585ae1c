import type { Descriptor, RecordMetadata } from "../../contract/record.ts"
import { getObject, putObject } from "../api.ts"
import { type Bytes, toBase64url } from "../crypto/bytes.ts"
import { keyOfEpoch } from "../crypto/key-ring.ts"
import { randomBytes } from "../crypto/primitives.ts"
import { orFail } from "../integrity.ts"
import { dataKeyOf, openMetadata, openRecord, type Plain, sealRecord } from "../sealed-record.ts"
import { newestKey } from "./category-keys.ts"
import { renewKeys } from "./grants.ts"
import { type Contents, findRecord, readContents, withDescriptor } from "./manifest.ts"
import { publishManifest } from "./publish-manifest.ts"
import { callAsPatient, type PatientSession, wholeList } from "./session.ts"

/** A record as the patient sees it. */
export interface Opened {
  readonly descriptor: Descriptor
  readonly metadata: RecordMetadata
}

/** The data key of any listed version, however old its epoch. */
const dataKeyFor = async (session: PatientSession, contents: Contents, descriptor: Descriptor): Promise<Bytes> => {
  const { category, epoch } = descriptor
  const newest = await newestKey(session, contents, category)
  const key = await orFail("record-unreadable", () => keyOfEpoch(contents.keyRing[category], newest.key, epoch))
  return dataKeyOf(descriptor, key)
}

/**
 * Encrypts a document on this device and puts it into the cloud. When it returns, the record is committed, listed in the signed
 * manifest, and witnessed by the HRI. `replaces` makes it the next version of a record.
 */
export const uploadRecord = async (
  session: PatientSession,
  plain: Plain,
  replaces?: Descriptor,
): Promise<Descriptor> => {
  const { patientId } = session
  await renewKeys(session)
  const contents = await readContents(session)
  const recordId = replaces?.recordId ?? toBase64url(randomBytes(16))
  const version = (replaces?.version ?? 0) + 1
  const { category } = plain
  const categoryKey = await newestKey(session, contents, category)
  const { descriptor, sealed } = await sealRecord(patientId, { recordId, version }, plain, categoryKey, new Date())

  const { size, sha256 } = descriptor
  const upload = await callAsPatient(session, "patient/upload-url", { recordId, version, category, size, sha256 })
  await putObject(upload, sealed)
  await callAsPatient(session, "patient/commit", { recordId, descriptor })
  await publishManifest(session, async (newest) => ({ pages: [await withDescriptor(session, newest, descriptor)] }))
  return descriptor
}

/** Opens what is known of a record without downloading it. */
export const describeRecord = async (session: PatientSession, descriptor: Descriptor): Promise<Opened> => {
  const dataKey = await dataKeyFor(session, await readContents(session), descriptor)
  return { descriptor, metadata: await openMetadata(descriptor, dataKey) }
}

/** Downloads, verifies and decrypts one version of a record. */
export const downloadRecord = async (
  session: PatientSession,
  descriptor: Descriptor,
): Promise<Opened & { bytes: Bytes }> => {
  const { recordId, version, size } = descriptor
  const dataKey = await dataKeyFor(session, await readContents(session), descriptor)
  const metadata = await openMetadata(descriptor, dataKey)
  const { url } = await callAsPatient(session, "patient/download-url", { recordId, version: String(version) })
  return {
    descriptor,
    metadata,
    bytes: await openRecord(session.patientId, descriptor, await getObject(url, size), dataKey),
  }
}

export const listVersions = (session: PatientSession, recordId: string): Promise<Descriptor[]> =>
  wholeList(async (after) => {
    const { versions: items, next } = await callAsPatient(session, "patient/list-versions", { recordId, after })
    return { items, next }
  })

/** Committed, but in no manifest: an upload that was interrupted before the patient's signature. Shown, never hidden. */
export const listUnpublished = async (session: PatientSession): Promise<Descriptor[]> => {
  const held = await wholeList(async (after) => {
    const { records, next } = await callAsPatient(session, "patient/list-records", { after })
    return { items: records.map(({ descriptor }) => descriptor), next }
  })
  const contents = await readContents(session)
  const unpublished: Descriptor[] = []
  for (const descriptor of held) {
    const standing = await findRecord(session, contents, descriptor.recordId, [descriptor.category])
    const listed = standing?.descriptors.find(({ recordId }) => recordId === descriptor.recordId)
    if (listed?.version !== descriptor.version) unpublished.push(descriptor)
  }
  return unpublished
}

/** Takes a record out of the manifest, then has the cloud delete every version of it. */
export const deleteRecord = async (session: PatientSession, recordId: string): Promise<void> => {
  await publishManifest(session, async (contents) => {
    const standing = await findRecord(session, contents, recordId)
    return (
      standing && {
        pages: [{ ...standing, descriptors: standing.descriptors.filter((other) => other.recordId !== recordId) }],
      }
    )
  })
  await callAsPatient(session, "patient/delete-record", { recordId })
}
