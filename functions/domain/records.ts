import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { objectKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { invalidField } from "./invalid-field.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { Call, Change, StoreReads } from "./ports.ts"
import { type OwnChange, type PublicationPlan, type Publishing, publish } from "./publication.ts"
import { type Added, usageAfter, usageRef } from "./quotas.ts"
import { defineUseCase } from "./runner.ts"
import type { Acting, Step } from "./step.ts"
import { beginUpload, endUpload, otherUploads, partUrls, requireUploaded, uploadEnds, uploadRef } from "./uploads.ts"

interface Reading {
  readonly store: StoreReads
}

/** Uploading and committing need the consent to store; reading and deleting one's own does not. */
export const requireConsent = (consent: ItemOf<"consent"> | undefined): ItemOf<"consent"> => {
  if (consent?.status !== "active") throw new Problem("consent-missing")
  return consent
}

/** The consent must still be what it was when it was read. */
export const consentChecked = ({ patientId, consent, revision }: ItemOf<"consent">): Change => ({
  check: { kind: "consent", patientId, consent },
  revision,
})

const sameDescriptor = async (a: Descriptor, b: Descriptor) => (await canonicalHash(a)) === (await canonicalHash(b))

/** What a new version of a record adds to what its patient has. */
export const versionAdded = ({ size }: { size: number }, record: ItemOf<"record"> | undefined) =>
  ({ records: record === undefined ? 1 : 0, versions: 1, bytes: size }) satisfies Added

/** The next version is one above the newest; the category stays. */
const requireNext = (record: ItemOf<"record"> | undefined, next: Pick<Descriptor, "version" | "category">): void => {
  if (record?.struck === true) throw new Problem("record-conflict")
  if (next.version !== (record?.descriptor.version ?? 0) + 1) throw new Problem("record-conflict")
  if (record !== undefined && record.descriptor.category !== next.category) throw new Problem("record-conflict")
}

/** Signs the one PUT by which exactly the announced bytes can become the announced version. */
export const uploadUrl = defineUseCase(
  "patient/upload-url",
  async (
    { store }: Reading,
    patientId: string,
    { recordId, version, objectId, size, sha256, category }: RequestOf<"patient/upload-url">,
    call: Call,
  ): Promise<Step<"patient/upload-url", ResponseOf<"patient/upload-url">, { objects: "uploadUrl" }>> => {
    const [patient, consent, record, usage] = await store.read([
      { kind: "patient", patientId },
      { kind: "consent", patientId, consent: "store" },
      { kind: "record", patientId, recordId },
      usageRef(patientId),
    ])
    requireActive(patient)
    requireConsent(consent)
    requireNext(record, { version, category })
    usageAfter(patientId, usage, versionAdded({ size }, record), call.now)
    const key = objectKey(patientId, { recordId, version, objectId })
    return {
      because: "no-record-yet",
      act: async ({ ports }) => ({
        done: await ports.objects.uploadUrl("records", key, { size, sha256 }, call.now),
      }),
    }
  },
)

/** Lets a large version go up in parts; the place and the size may not change on the way. Idempotent: the same again goes on with what was sent. */
export const beginRecordUpload = defineUseCase(
  "patient/begin-upload",
  async (
    { store }: Reading,
    patientId: string,
    request: RequestOf<"patient/begin-upload">,
    call: Call,
  ): Promise<
    Step<"patient/begin-upload", ResponseOf<"patient/begin-upload">, { objects: "beginUpload" | "abortUpload" }>
  > => {
    const { recordId, objectId, category, size } = request
    const version = Number(request.version)
    const ref = uploadRef("records", patientId, { recordId, version, objectId })
    const [found, consent, record, upload, usage] = await store.read([
      { kind: "patient", patientId },
      { kind: "consent", patientId, consent: "store" },
      { kind: "record", patientId, recordId },
      ref,
      usageRef(patientId),
    ])
    const patient = requireActive(found)
    const storeConsent = requireConsent(consent)
    requireNext(record, { version, category })
    const others = await otherUploads(store, ref, call)
    const added = versionAdded({ size: size + others.bytes }, record)
    usageAfter(patientId, usage, { ...added, versions: added.versions + others.count }, call.now)
    const checks = { patient: unchanged(patient), consent: consentChecked(storeConsent) }
    const of = { found: upload, wanted: { category, size }, checks }
    return {
      because: "no-record-yet",
      act: async (acting) => {
        const begun = await beginUpload(store, acting, ref, of, call.now)
        if ("lostTo" in begun)
          throw new Problem(begun.lostTo.has("patient") ? "account-deactivated" : "consent-missing")
        return { done: { startedAt: begun.upload.startedAt } }
      },
    }
  },
)

/** Signs the PUTs of some parts of a version that was begun. */
export const recordPartUrls = defineUseCase(
  "patient/part-urls",
  async (
    { store }: Reading,
    patientId: string,
    { version, parts, ...named }: RequestOf<"patient/part-urls">,
    call: Call,
  ): Promise<Step<"patient/part-urls", ResponseOf<"patient/part-urls">, { objects: "partUrl" }>> => {
    const [patient, consent, upload] = await store.read([
      { kind: "patient", patientId },
      { kind: "consent", patientId, consent: "store" },
      uploadRef("records", patientId, { ...named, version: Number(version) }),
    ])
    requireActive(patient)
    requireConsent(consent)
    return {
      because: "no-record-yet",
      act: async (acting) => ({ done: { uploads: await partUrls(acting, upload, { parts }, call) } }),
    }
  },
)

/** Destroys what was sent of a version that is given up. Idempotent. */
export const abortRecordUpload = defineUseCase(
  "patient/abort-upload",
  async (
    { store }: Reading,
    patientId: string,
    { version, ...named }: RequestOf<"patient/abort-upload">,
  ): Promise<Step<"patient/abort-upload", ResponseOf<"patient/abort-upload">, { objects: "abortUpload" }>> => {
    const [patient, upload] = await store.read([
      { kind: "patient", patientId },
      uploadRef("records", patientId, { ...named, version: Number(version) }),
    ])
    requireActive(patient)
    return {
      because: "no-record-yet",
      act: async (acting) => {
        await endUpload(store, acting, upload)
        return { done: {} }
      },
    }
  },
)

type Committing = { objects: "inspect" | "parts" | "completeUpload" }

const commitPlan = async (
  store: StoreReads,
  patientId: string,
  descriptor: Descriptor,
  call: Call,
): Promise<PublicationPlan<"patient/commit", Committing>> => {
  const { recordId, version, category, replaces } = descriptor
  const [consent, record, existing, upload] = await store.read([
    { kind: "consent", patientId, consent: "store" },
    { kind: "record", patientId, recordId },
    { kind: "record-version", patientId, recordId, version },
    uploadRef("records", patientId, descriptor),
  ])
  const storeConsent = requireConsent(consent)
  if (existing !== undefined) throw new Problem("record-conflict")
  requireNext(record, descriptor)
  const before = record === undefined ? null : await canonicalHash(record.descriptor)
  if (replaces !== before) throw new Problem("record-conflict")
  return {
    action: "commit",
    subject: { recordId, version, category },
    listed: descriptor,
    unlisted: record?.descriptor,
    added: versionAdded(descriptor, record),
    changes: {
      ...committed(patientId, descriptor, record, call.now),
      consent: { change: consentChecked(storeConsent), refusal: "consent-missing" },
      // Gone at this moment: the object is there, and counts without it.
      upload: { change: uploadEnds(upload), refusal: "busy" },
    },
    prepare: {
      because: "no-record-yet",
      act: async (acting) => {
        await requireUploaded(acting, { bucket: "records", patientId }, upload, descriptor)
        return {}
      },
    },
  }
}

/**
 * Makes an uploaded version the newest, listed in the place of the one before. Idempotent: the same request again is answered as the
 * first.
 */
export const commit = defineUseCase(
  "patient/commit",
  async (
    reading: Publishing,
    patientId: string,
    { recordId, descriptor, publication }: RequestOf<"patient/commit">,
    call: Call,
  ): Promise<Step<"patient/commit", ResponseOf<"patient/commit">, Committing>> => {
    if (descriptor.recordId !== recordId) throw invalidField<"patient/commit">("descriptor.recordId")
    const { store } = reading
    const { version } = descriptor
    const applied = async () => {
      const [existing] = await store.read([{ kind: "record-version", patientId, recordId, version }])
      return existing !== undefined && sameDescriptor(existing.descriptor, descriptor)
    }
    const plan = () => commitPlan(store, patientId, descriptor, call)
    return publish(reading, patientId, publication, { applied, plan }, call)
  },
)

/** The changes that make `descriptor` the newest version after `record`. */
export const committed = (
  patientId: string,
  descriptor: Descriptor,
  record: ItemOf<"record"> | undefined,
  now: Date,
): { record: OwnChange; recordVersion: OwnChange } => {
  const { recordId, version } = descriptor
  const revision = (record?.revision ?? 0) + 1
  const committedAt = now.toISOString()
  const newest: ItemOf<"record"> = { kind: "record", revision, patientId, recordId, descriptor }
  const kept: ItemOf<"record-version"> = {
    kind: "record-version",
    revision: 1,
    patientId,
    recordId,
    version,
    descriptor,
    committedAt,
  }
  return {
    record: { change: { put: newest }, refusal: "record-conflict" },
    recordVersion: { change: { put: kept }, refusal: "record-conflict" },
  }
}

export const listVersions = async (
  { store }: Reading,
  patientId: string,
  { recordId, after }: RequestOf<"patient/list-versions">,
): Promise<ResponseOf<"patient/list-versions">> => {
  const [record] = await store.read([{ kind: "record", patientId, recordId }])
  if (record === undefined || record.struck === true) throw new Problem("not-found")
  const { items, next } = await store.list("record-version", patientId, { within: recordId, after })
  return { versions: items.map(({ descriptor }) => descriptor), next }
}

export const downloadUrl = defineUseCase(
  "patient/download-url",
  async (
    { store }: Reading,
    patientId: string,
    request: RequestOf<"patient/download-url">,
    call: Call,
  ): Promise<Step<"patient/download-url", ResponseOf<"patient/download-url">, { objects: "downloadUrl" }>> => {
    const { recordId } = request
    const version = Number(request.version)
    const [patient, record, recordVersion] = await store.read([
      { kind: "patient", patientId },
      { kind: "record", patientId, recordId },
      { kind: "record-version", patientId, recordId, version },
    ])
    requireActive(patient)
    if (record === undefined || record.struck === true || recordVersion === undefined) throw new Problem("not-found")
    return {
      patientId,
      now: call.now,
      event: { action: "download-url", actor: { kind: "patient" }, subject: { recordId, version } },
      answer: async ({ ports }: Acting<{ objects: "downloadUrl" }>) => ({
        url: await ports.objects.downloadUrl("records", objectKey(patientId, recordVersion.descriptor), call.now),
      }),
    }
  },
)
