import { Problem } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { decoded } from "./decode.ts"
import { requireGranted, requireLiveGrant } from "./grants.ts"
import type { Call, Change, ObjectStore, RefOf, Store } from "./ports.ts"
import { type Added, usageAfter, usageRef } from "./quotas.ts"
import { countContribution, grantRate } from "./rates.ts"
import { consentChecked, requireConsent } from "./records.ts"
import { beginUpload, endUpload, otherUploads, partUrls, uploadRef } from "./uploads.ts"

/** A contribution is the first version of the record it may become. */
export const contributionVersion = 1

/** What a contribution that waits for the patient adds to what they have. */
export const pendingAdded = (size: number) => ({ pending: 1, pendingBytes: size }) satisfies Added

/** The upload of a contribution that goes up in parts. */
export const pendingUpload = (patientId: string, contributionId: string): RefOf<"upload"> =>
  uploadRef("pending", patientId, { recordId: contributionId, version: contributionVersion })

/** The grant must still be what it was when it was read. */
export const grantChecked = ({ patientId, grantId, revision }: ItemOf<"grant">): Change => ({
  check: { kind: "grant", patientId, grantId },
  revision,
})

export const contributionUploadUrl = async (
  { store, objects }: { store: Store; objects: Pick<ObjectStore, "uploadUrl"> },
  account: string,
  { patientId, grantId, category, size, sha256, contributionId }: RequestOf<"hcp/contribution-upload-url">,
  call: Call,
): Promise<ResponseOf<"hcp/contribution-upload-url">> => {
  const grant = await requireLiveGrant({ store }, account, { patientId, grantId }, "contribute", call)
  await requireGranted(undefined, grant, "contribute", { category }, call)
  decoded(sha256)
  const [existing, record, consent, usage, rate] = await store.read([
    { kind: "contribution", patientId, contributionId },
    { kind: "record", patientId, recordId: contributionId },
    { kind: "consent", patientId, consent: "store" },
    usageRef(patientId),
    grantRate(patientId, grantId),
  ])
  if (existing !== undefined || record !== undefined) throw new Problem("record-conflict")
  requireConsent(consent)
  countContribution(grant, contributionId, rate, call.now)
  usageAfter(patientId, usage, pendingAdded(size), call.now)
  return objects.uploadUrl(
    "pending",
    objectKey(patientId, contributionId, contributionVersion),
    { size, sha256 },
    call.now,
  )
}

/** Lets a large contribution go up in parts. Idempotent: the same again goes on with what was sent, by a later grant of the same professional too. */
export const beginContributionUpload = async (
  deps: { store: Store; objects: Pick<ObjectStore, "beginUpload" | "abortUpload"> },
  account: string,
  { patientId, grantId, contributionId, category, size }: RequestOf<"hcp/begin-contribution-upload">,
  call: Call,
): Promise<ResponseOf<"hcp/begin-contribution-upload">> => {
  const { store } = deps
  const grant = await requireLiveGrant({ store }, account, { patientId, grantId }, "contribute", call)
  await requireGranted(undefined, grant, "contribute", { category }, call)
  const ref = pendingUpload(patientId, contributionId)
  const [existing, record, consent, upload, usage, rate] = await store.read([
    { kind: "contribution", patientId, contributionId },
    { kind: "record", patientId, recordId: contributionId },
    { kind: "consent", patientId, consent: "store" },
    ref,
    usageRef(patientId),
    grantRate(patientId, grantId),
  ])
  if (existing !== undefined || record !== undefined) throw new Problem("record-conflict")
  const storeConsent = requireConsent(consent)
  countContribution(grant, contributionId, rate, call.now)
  const others = await otherUploads(store, ref, { account, now: call.now })
  const added = pendingAdded(size + others.bytes)
  usageAfter(patientId, usage, { ...added, pending: added.pending + others.count }, call.now)
  const checks = { grant: grantChecked(grant), consent: consentChecked(storeConsent) }
  const begun = await beginUpload(deps, ref, { found: upload, wanted: { category, size, account }, checks }, call.now)
  if ("lostTo" in begun) throw new Problem(begun.lostTo.has("grant") ? "grant-halted" : "consent-missing")
  return { startedAt: begun.upload.startedAt }
}

/** Signs the PUTs of some parts of a contribution that was begun. */
export const contributionPartUrls = async (
  { store, objects }: { store: Store; objects: Pick<ObjectStore, "partUrl"> },
  account: string,
  { patientId, grantId, contributionId, parts }: RequestOf<"hcp/contribution-part-urls">,
  call: Call,
): Promise<ResponseOf<"hcp/contribution-part-urls">> => {
  const grant = await requireLiveGrant({ store }, account, { patientId, grantId }, "contribute", call)
  const [consent, upload] = await store.read([
    { kind: "consent", patientId, consent: "store" },
    pendingUpload(patientId, contributionId),
  ])
  requireConsent(consent)
  if (upload !== undefined) await requireGranted(undefined, grant, "contribute", upload, call)
  return { uploads: await partUrls(objects, upload, { parts }, { account, now: call.now }) }
}

/** Destroys what was sent of a contribution that is given up. Idempotent. */
export const abortContributionUpload = async (
  deps: { store: Store; objects: Pick<ObjectStore, "abortUpload"> },
  account: string,
  { patientId, grantId, contributionId }: RequestOf<"hcp/abort-contribution-upload">,
  call: Call,
): Promise<ResponseOf<"hcp/abort-contribution-upload">> => {
  // No event: nothing of the record is read or changed.
  await requireLiveGrant({ store: deps.store }, account, { patientId, grantId }, "contribute", call)
  const [upload] = await deps.store.read([pendingUpload(patientId, contributionId)])
  await endUpload(deps, upload, account)
  return {}
}
