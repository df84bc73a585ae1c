import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { objectKey } from "../../contract/items.ts"
import type { Descriptor } from "../../contract/record.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../sdk/crypto/canonical.ts"
import { decoded } from "./decode.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { AuditTrail, Call, Change, ObjectStore, Store } from "./ports.ts"

/** Uploading and committing need the consent to store; reading and deleting one's own does not. */
export const requireConsent = (consent: ItemOf<"consent"> | undefined): ItemOf<"consent"> => {
  if (consent?.status !== "active") throw new Problem("consent-missing")
  return consent
}

const sameDescriptor = async (a: Descriptor, b: Descriptor) => (await canonicalHash(a)) === (await canonicalHash(b))

/** Signs the one PUT by which exactly the announced bytes can become the announced version. */
export const uploadUrl = async (
  { store, objects }: { store: Store; objects: Pick<ObjectStore, "uploadUrl"> },
  patientId: string,
  { recordId, version, size, sha256, category }: RequestOf<"patient/upload-url">,
  call: Call,
): Promise<ResponseOf<"patient/upload-url">> => {
  const [patient, consent, record] = await store.read([
    { kind: "patient", patientId },
    { kind: "consent", patientId, consent: "store" },
    { kind: "record", patientId, recordId },
  ])
  requireActive(patient)
  requireConsent(consent)
  decoded(sha256)
  if (version !== (record?.descriptor.version ?? 0) + 1) throw new Problem("record-conflict")
  if (record !== undefined && record.descriptor.category !== category) throw new Problem("record-conflict")
  return objects.uploadUrl("records", objectKey(patientId, recordId, version), { size, sha256 }, call.now)
}

/** Makes an uploaded version the newest. Idempotent: the same commit again is answered as the first. */
export const commit = async (
  { store, objects, audit }: { store: Store; objects: Pick<ObjectStore, "inspect">; audit: AuditTrail },
  patientId: string,
  { recordId, descriptor }: RequestOf<"patient/commit">,
  call: Call,
): Promise<ResponseOf<"patient/commit">> => {
  if (descriptor.recordId !== recordId) throw new Problem("request-invalid")
  const { version, category } = descriptor
  const [found, consent, record, existing] = await store.read([
    { kind: "patient", patientId },
    { kind: "consent", patientId, consent: "store" },
    { kind: "record", patientId, recordId },
    { kind: "record-version", patientId, recordId, version },
  ])
  const patient = requireActive(found)
  const storeConsent = requireConsent(consent)
  if (existing !== undefined) {
    if (await sameDescriptor(existing.descriptor, descriptor)) return {}
    throw new Problem("record-conflict")
  }
  if (version !== (record?.descriptor.version ?? 0) + 1) throw new Problem("record-conflict")
  if (record !== undefined && record.descriptor.category !== category) throw new Problem("record-conflict")

  const object = await objects.inspect("records", objectKey(patientId, recordId, version))
  if (object === undefined) throw new Problem("record-not-uploaded")
  if (object.size !== descriptor.size || object.sha256 !== descriptor.sha256) throw new Problem("record-differs")

  await audit.append(
    patientId,
    { action: "commit", outcome: "permitted", actor: { kind: "patient" }, subject: { recordId, version, category } },
    call.now,
  )
  const written = await store.write([
    ...committed(patientId, descriptor, record, call.now),
    unchanged(patient),
    { check: { kind: "consent", patientId, consent: "store" }, revision: storeConsent.revision },
  ])
  if (written.outcome === "conflict") throw new Problem("record-conflict")
  return {}
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

/**
 * Deletes every version. The objects go first: what is interrupted half-way still has its items, and is mended by asking again.
 * Idempotent: a record that is not there is deleted.
 */
export const deleteRecord = async (
  { store, objects, audit }: { store: Store; objects: Pick<ObjectStore, "remove">; audit: AuditTrail },
  patientId: string,
  { recordId }: RequestOf<"patient/delete-record">,
  call: Call,
): Promise<ResponseOf<"patient/delete-record">> => {
  const [patient, record] = await store.read([
    { kind: "patient", patientId },
    { kind: "record", patientId, recordId },
  ])
  requireActive(patient)
  if (record === undefined) return {}
  await audit.append(
    patientId,
    { action: "delete-record", outcome: "permitted", actor: { kind: "patient" }, subject: { recordId } },
    call.now,
  )
  for (;;) {
    const { items } = await store.list("record-version", patientId, { within: recordId })
    for (const { version } of items) await objects.remove("records", objectKey(patientId, recordId, version))
    const last = items.length === 0
    const removed = await store.write(
      last
        ? [{ remove: { kind: "record", patientId, recordId }, revision: record.revision }]
        : items.map(({ version, revision }) => ({
            remove: { kind: "record-version" as const, patientId, recordId, version },
            revision,
          })),
    )
    // Somebody commits or deletes the same record at this moment.
    if (removed.outcome === "conflict") throw new Problem("record-conflict")
    if (last) return {}
  }
}
