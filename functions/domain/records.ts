import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { objectKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { versionReach } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { decoded } from "./decode.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { AuditTrail, Call, Change, ObjectStore, Store } from "./ports.ts"
import { type Added, usageAfter, usageRef, writeCounted } from "./quotas.ts"
import {
  beginUpload,
  endUpload,
  forgetUpload,
  otherUploads,
  partUrls,
  requireUploaded,
  uploadEnds,
  uploadRef,
} from "./uploads.ts"

/** Uploading and committing need the consent to store; reading and deleting one's own does not. */
export const requireConsent = (consent: ItemOf<"consent"> | undefined): ItemOf<"consent"> => {
  if (consent?.status !== "active") throw new Problem("consent-missing")
  return consent
}

const sameDescriptor = async (a: Descriptor, b: Descriptor) => (await canonicalHash(a)) === (await canonicalHash(b))

/** What a new version of a record adds to what its patient has. */
export const versionAdded = ({ size }: { size: number }, record: ItemOf<"record"> | undefined) =>
  ({ records: record === undefined ? 1 : 0, versions: 1, bytes: size }) satisfies Added

/** The next version is above the newest, by so little that what was uploaded between and never committed can be found; the category stays. */
const requireNext = (record: ItemOf<"record"> | undefined, next: Pick<Descriptor, "version" | "category">): void => {
  const newest = record?.descriptor.version ?? 0
  if (next.version <= newest || next.version > newest + versionReach) throw new Problem("record-conflict")
  if (record !== undefined && record.descriptor.category !== next.category) throw new Problem("record-conflict")
}

/** Signs the one PUT by which exactly the announced bytes can become the announced version. */
export const uploadUrl = async (
  { store, objects }: { store: Store; objects: Pick<ObjectStore, "uploadUrl"> },
  patientId: string,
  { recordId, version, size, sha256, category }: RequestOf<"patient/upload-url">,
  call: Call,
): Promise<ResponseOf<"patient/upload-url">> => {
  const [patient, consent, record, usage] = await store.read([
    { kind: "patient", patientId },
    { kind: "consent", patientId, consent: "store" },
    { kind: "record", patientId, recordId },
    usageRef(patientId),
  ])
  requireActive(patient)
  requireConsent(consent)
  decoded(sha256)
  requireNext(record, { version, category })
  usageAfter(patientId, usage, versionAdded({ size }, record), call.now)
  return objects.uploadUrl("records", objectKey(patientId, recordId, version), { size, sha256 }, call.now)
}

/** Lets a large version go up in parts; the place and the size may not change on the way. Idempotent: the same again goes on with what was sent. */
export const beginRecordUpload = async (
  deps: { store: Store; objects: Pick<ObjectStore, "beginUpload" | "abortUpload"> },
  patientId: string,
  request: RequestOf<"patient/begin-upload">,
  call: Call,
): Promise<ResponseOf<"patient/begin-upload">> => {
  const { recordId, category, size } = request
  const version = Number(request.version)
  const ref = uploadRef("records", patientId, { recordId, version })
  const [found, consent, record, upload, usage] = await deps.store.read([
    { kind: "patient", patientId },
    { kind: "consent", patientId, consent: "store" },
    { kind: "record", patientId, recordId },
    ref,
    usageRef(patientId),
  ])
  const patient = requireActive(found)
  const storeConsent = requireConsent(consent)
  requireNext(record, { version, category })
  const others = await otherUploads(deps.store, ref, call)
  const added = versionAdded({ size: size + others.bytes }, record)
  usageAfter(patientId, usage, { ...added, versions: added.versions + others.count }, call.now)
  const checks: Change[] = [
    unchanged(patient),
    { check: { kind: "consent", patientId, consent: "store" }, revision: storeConsent.revision },
  ]
  const begun = await beginUpload(deps, ref, { found: upload, wanted: { category, size }, checks }, call.now)
  if ("conflict" in begun) throw new Problem(begun.conflict.at.includes(0) ? "account-deactivated" : "consent-missing")
  return { startedAt: begun.upload.startedAt }
}

/** Signs the PUTs of some parts of a version that was begun. */
export const recordPartUrls = async (
  { store, objects }: { store: Store; objects: Pick<ObjectStore, "partUrl"> },
  patientId: string,
  { recordId, version, parts }: RequestOf<"patient/part-urls">,
  call: Call,
): Promise<ResponseOf<"patient/part-urls">> => {
  const [patient, consent, upload] = await store.read([
    { kind: "patient", patientId },
    { kind: "consent", patientId, consent: "store" },
    uploadRef("records", patientId, { recordId, version: Number(version) }),
  ])
  requireActive(patient)
  requireConsent(consent)
  return { uploads: await partUrls(objects, upload, { parts }, call) }
}

/** Destroys what was sent of a version that is given up. Idempotent. */
export const abortRecordUpload = async (
  deps: { store: Store; objects: Pick<ObjectStore, "abortUpload"> },
  patientId: string,
  { recordId, version }: RequestOf<"patient/abort-upload">,
): Promise<ResponseOf<"patient/abort-upload">> => {
  const [patient, upload] = await deps.store.read([
    { kind: "patient", patientId },
    uploadRef("records", patientId, { recordId, version: Number(version) }),
  ])
  requireActive(patient)
  await endUpload(deps, upload)
  return {}
}

/** Makes an uploaded version the newest. Idempotent: the same commit again is answered as the first. */
export const commit = async (
  {
    store,
    objects,
    audit,
  }: { store: Store; objects: Pick<ObjectStore, "inspect" | "parts" | "completeUpload">; audit: AuditTrail },
  patientId: string,
  { recordId, descriptor }: RequestOf<"patient/commit">,
  call: Call,
): Promise<ResponseOf<"patient/commit">> => {
  if (descriptor.recordId !== recordId) throw new Problem("request-invalid")
  const { version, category } = descriptor
  const [found, consent, record, existing, upload, usage] = await store.read([
    { kind: "patient", patientId },
    { kind: "consent", patientId, consent: "store" },
    { kind: "record", patientId, recordId },
    { kind: "record-version", patientId, recordId, version },
    uploadRef("records", patientId, descriptor),
    usageRef(patientId),
  ])
  const patient = requireActive(found)
  const storeConsent = requireConsent(consent)
  if (existing !== undefined) {
    if (await sameDescriptor(existing.descriptor, descriptor)) return {}
    throw new Problem("record-conflict")
  }
  requireNext(record, descriptor)
  const added = versionAdded(descriptor, record)
  // Before the event: there is none of what is refused.
  usageAfter(patientId, usage, added, call.now)

  await requireUploaded(objects, { bucket: "records", patientId }, upload, descriptor)

  await audit.append(
    patientId,
    { action: "commit", outcome: "permitted", actor: { kind: "patient" }, subject: { recordId, version, category } },
    call.now,
  )
  const changes: Change[] = [
    ...committed(patientId, descriptor, record, call.now),
    unchanged(patient),
    { check: { kind: "consent", patientId, consent: "store" }, revision: storeConsent.revision },
  ]
  const written = await writeCounted(store, { patientId, now: call.now, before: usage, added }, [
    ...changes,
    ...uploadEnds(upload),
  ])
  if (written.outcome === "written") return {}
  // The same commit sent twice at this moment: the other one was first.
  const [now] = await store.read([{ kind: "record-version", patientId, recordId, version }])
  if (now !== undefined && (await sameDescriptor(now.descriptor, descriptor))) return {}
  // Of what had to hold only the upload was gone: the object is there, and counts without it.
  throw new Problem(written.at.some((i) => i < changes.length) ? "record-conflict" : "busy")
}

/** The changes that make `descriptor` the newest version after `record`. */
export const committed = (
  patientId: string,
  descriptor: Descriptor,
  record: ItemOf<"record"> | undefined,
  now: Date,
): Change[] => {
  const { recordId, version } = descriptor
  return [
    { put: { kind: "record", revision: (record?.revision ?? 0) + 1, patientId, recordId, descriptor } },
    {
      put: {
        kind: "record-version",
        revision: 1,
        patientId,
        recordId,
        version,
        descriptor,
        committedAt: now.toISOString(),
      },
    },
  ]
}

export const listRecords = async (
  { store }: { store: Store },
  patientId: string,
  { after }: RequestOf<"patient/list-records">,
): Promise<ResponseOf<"patient/list-records">> => {
  const { items, next } = await store.list("record", patientId, { after })
  const records = items.map(({ recordId, descriptor }) => ({
    recordId,
    version: descriptor.version,
    category: descriptor.category,
    descriptor,
  }))
  return { records, next }
}

export const listVersions = async (
  { store }: { store: Store },
  patientId: string,
  { recordId, after }: RequestOf<"patient/list-versions">,
): Promise<ResponseOf<"patient/list-versions">> => {
  const { items, next } = await store.list("record-version", patientId, { within: recordId, after })
  if (items.length === 0 && after === undefined) throw new Problem("not-found")
  return { versions: items.map(({ descriptor }) => descriptor), next }
}

export const downloadUrl = async (
  { store, objects, audit }: { store: Store; objects: Pick<ObjectStore, "downloadUrl">; audit: AuditTrail },
  patientId: string,
  request: RequestOf<"patient/download-url">,
  call: Call,
): Promise<ResponseOf<"patient/download-url">> => {
  const { recordId } = request
  const version = Number(request.version)
  const [patient, recordVersion] = await store.read([
    { kind: "patient", patientId },
    { kind: "record-version", patientId, recordId, version },
  ])
  requireActive(patient)
  if (recordVersion === undefined) throw new Problem("not-found")
  await audit.append(
    patientId,
    { action: "download-url", outcome: "permitted", actor: { kind: "patient" }, subject: { recordId, version } },
    call.now,
  )
  return { url: await objects.downloadUrl("records", objectKey(patientId, recordId, version), call.now) }
}

/** The versions of which there may be an object once `newest` is committed: itself, and those never committed that it skipped. */
const placesUpTo = (newest: number): number[] =>
  Array.from({ length: Math.min(newest, versionReach) }, (_, i) => newest - i)

/** As often as somebody commits or deletes the same record at the same moment. */
const attempts = 20

/**
 * Deletes every version, and what was uploaded for one and never committed, or is being uploaded. The objects go first: what is interrupted half-way still has its
 * items, and is mended by asking again. What is committed meanwhile is deleted, too. Idempotent: a record that is not there is deleted.
 */
export const deleteRecord = async (
  { store, objects, audit }: { store: Store; objects: Pick<ObjectStore, "remove" | "abortUpload">; audit: AuditTrail },
  patientId: string,
  { recordId }: RequestOf<"patient/delete-record">,
  call: Call,
): Promise<ResponseOf<"patient/delete-record">> => {
  const [patient, found, counted] = await store.read([
    { kind: "patient", patientId },
    { kind: "record", patientId, recordId },
    usageRef(patientId),
  ])
  let [record, usage] = [found, counted]
  requireActive(patient)
  if (record === undefined) return {}
  await audit.append(
    patientId,
    { action: "delete-record", outcome: "permitted", actor: { kind: "patient" }, subject: { recordId } },
    call.now,
  )
  const uploads = await store.list("upload", patientId, { within: `records#${recordId}` })
  for (const upload of uploads.items) await forgetUpload({ store, objects }, upload)
  for (let conflicts = 0; ; ) {
    const { items } = await store.list("record-version", patientId, { within: recordId })
    const last = items.length === 0
    const ends = last ? [record.descriptor.version + versionReach] : items.map(({ version }) => version)
    for (const version of new Set(ends.flatMap(placesUpTo)))
      await objects.remove("records", objectKey(patientId, recordId, version))
    const bytes = items.reduce((sum, { descriptor }) => sum + descriptor.size, 0)
    const added = last ? { records: -1 } : { versions: -items.length, bytes: -bytes }
    const removed = await writeCounted(
      store,
      { patientId, now: call.now, before: usage, added },
      last
        ? [{ remove: { kind: "record", patientId, recordId }, revision: record.revision }]
        : items.map(({ version, revision }) => ({
            remove: { kind: "record-version" as const, patientId, recordId, version },
            revision,
          })),
    )
    usage = removed.usage
    if (removed.outcome === "written") {
      if (last) return {}
      continue
    }
    if (++conflicts === attempts) throw new Problem("record-conflict")
    ;[record, usage] = await store.read([{ kind: "record", patientId, recordId }, usageRef(patientId)])
    if (record === undefined) return {}
  }
}
