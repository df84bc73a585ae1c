import { Problem } from "../../contract/errors.ts"
import { versionReach } from "../../contract/primitives.ts"
import type { Descriptor, RecordMetadata } from "../../contract/record.ts"
import { getObject, putObject } from "../api.ts"
import { type Bytes, toBase64url } from "../crypto/bytes.ts"
import { canonicalHash } from "../crypto/canonical.ts"
import { keyOfEpoch } from "../crypto/key-ring.ts"
import { randomBytes } from "../crypto/primitives.ts"
import { IntegrityFailure, orFail } from "../integrity.ts"
import { dataKeyOf, openMetadata, openRecord, type Plain, type SealedRecord, sealRecord } from "../sealed-record.ts"
import { newestKey } from "./category-keys.ts"
import { renewKeys } from "./grants.ts"
import { type Contents, findRecord, listRecords, readContents, withDescriptor } from "./manifest.ts"
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
 * Seals and uploads the version after `before`. Where the place of a version is taken, an upload was interrupted there before its commit,
 * and its data key is lost: the next place is as good. The associated data names the version, so each is sealed anew.
 */
const uploadVersion = async (
  session: PatientSession,
  recordId: string,
  before: number,
  seal: (place: { recordId: string; version: number; replaces: number }) => Promise<SealedRecord>,
): Promise<Descriptor> => {
  for (let version = before + 1; version <= before + versionReach; version++) {
    const { descriptor, sealed } = await seal({ recordId, version, replaces: before })
    const { category, size, sha256 } = descriptor
    const upload = await callAsPatient(session, "patient/upload-url", { recordId, version, category, size, sha256 })
    if ((await putObject(upload, sealed)) === "put") return descriptor
  }
  throw new Problem("record-conflict")
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
  const categoryKey = await newestKey(session, contents, plain.category)
  const descriptor = await uploadVersion(session, recordId, replaces?.version ?? 0, (place) =>
    sealRecord(patientId, place, plain, categoryKey, new Date()),
  )
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

const sameDescriptor = async (a: Descriptor, b: Descriptor) => (await canonicalHash(a)) === (await canonicalHash(b))

/**
 * Every version of a record, the oldest first and none left out; the newest that the manifest lists is the one it lists. Those before it are
 * by who has a key of the record; whether their bytes are still the same, `downloadRecord` finds.
 */
export const listVersions = async (session: PatientSession, recordId: string): Promise<Descriptor[]> => {
  const listed = (await listRecords(session)).find((descriptor) => descriptor.recordId === recordId)
  const versions = await wholeList(async (after) => {
    const { versions: items, next } = await callAsPatient(session, "patient/list-versions", { recordId, after })
    return { items, next }
  })
  await orFail("record-differs", async () => {
    if (versions.some((each) => each.recordId !== recordId)) throw new Error("of another record")
    const standing = listed && versions.find(({ version }) => version === listed.version)
    if (listed !== undefined && (standing === undefined || !(await sameDescriptor(standing, listed))))
      throw new Error("not the one listed")
  })
  let before = 0
  for (const descriptor of versions) {
    const { metadata } = await describeRecord(session, descriptor)
    // Numbers may be skipped; whoever skipped one said so where the cloud can't.
    if ((metadata.replaces ?? descriptor.version - 1) !== before || descriptor.version <= before)
      throw new IntegrityFailure("record-differs")
    before = descriptor.version
  }
  return versions
}

/**
 * Committed, but in no manifest: an upload that was interrupted before the patient's signature. Shown, never hidden. By who has a key of the
 * record; that there are no others is the cloud's word.
 */
export const listUnpublished = async (session: PatientSession): Promise<Descriptor[]> => {
  const listed = await listRecords(session)
  const held = await wholeList(async (after) => {
    const { records, next } = await callAsPatient(session, "patient/list-records", { after })
    return { items: records.map(({ descriptor }) => descriptor), next }
  })
  if (new Set(held.map(({ recordId }) => recordId)).size !== held.length) throw new IntegrityFailure("record-differs")
  const unpublished: Descriptor[] = []
  for (const descriptor of held) {
    const standing = listed.find(({ recordId }) => recordId === descriptor.recordId)
    if (standing !== undefined && standing.version >= descriptor.version) {
      if (!(await sameDescriptor(standing, descriptor))) throw new IntegrityFailure("record-differs")
      continue
    }
    await describeRecord(session, descriptor)
    unpublished.push(descriptor)
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
