import { Problem } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import { contributionsPerGrant } from "../../contract/limits.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { statementHash } from "../../protocol/statement.ts"
import { type Copying, copyToRecords } from "./approval.ts"
import type { CloudIdentity } from "./consents.ts"
import { decoded } from "./decode.ts"
import { hcpActor, requireGranted, requireLiveGrant } from "./grants.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { AuditTrail, Call, Change, ObjectStore, Store, Written } from "./ports.ts"
import { professionalStatement } from "./professionals.ts"
import { type Added, usageAfter, usageRef, writeCounted } from "./quotas.ts"
import { countContribution, grantRate } from "./rates.ts"
import { committed, requireConsent, versionAdded } from "./records.ts"
import { isUsed, patientStatement, useOnce } from "./statements.ts"
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

/** A contribution is the first version of the record it may become. */
const version = 1

const pendingAdded = (size: number) => ({ pending: 1, pendingBytes: size }) satisfies Added
const pendingTaken = (size: number) => ({ pending: -1, pendingBytes: -size }) satisfies Added

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
  return objects.uploadUrl("pending", objectKey(patientId, contributionId, version), { size, sha256 }, call.now)
}

const pendingUpload = (patientId: string, contributionId: string) =>
  uploadRef("pending", patientId, { recordId: contributionId, version })

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
  const checks: Change[] = [
    { check: { kind: "grant", patientId, grantId }, revision: grant.revision },
    { check: { kind: "consent", patientId, consent: "store" }, revision: storeConsent.revision },
  ]
  const begun = await beginUpload(deps, ref, { found: upload, wanted: { category, size, account }, checks }, call.now)
  if ("conflict" in begun) throw new Problem(begun.conflict.at.includes(0) ? "grant-halted" : "consent-missing")
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

/** As many as a grant may make at once. */
const attempts = contributionsPerGrant

/** Puts an uploaded addition before the patient. Idempotent for the same statement. */
export const contribute = async (
  deps: {
    store: Store
    audit: AuditTrail
    objects: Pick<ObjectStore, "inspect" | "parts" | "completeUpload">
    cloud: CloudIdentity
  },
  account: string,
  { patientId, grantId, contributionId, statement }: RequestOf<"hcp/contribute">,
  call: Call,
): Promise<ResponseOf<"hcp/contribute">> => {
  const { store, audit, objects, cloud } = deps
  const action = "contribute"
  const grant = await requireLiveGrant({ store, audit }, account, { patientId, grantId }, action, call)
  const [existing, record, consent, upload, usage, rate] = await store.read([
    { kind: "contribution", patientId, contributionId },
    { kind: "record", patientId, recordId: contributionId },
    { kind: "consent", patientId, consent: "store" },
    pendingUpload(patientId, contributionId),
    usageRef(patientId),
    grantRate(patientId, grantId),
  ])
  if (existing?.statement === statement) return {}
  if (existing !== undefined || record !== undefined) throw new Problem("record-conflict")
  const storeConsent = requireConsent(consent)

  const { claims, certificate, alg } = await professionalStatement("contribution", statement, {
    audience: cloud.cloudId,
    now: call.now,
  })
  const { descriptor } = claims
  // Certified when the grant was made; here it has to be the same certificate, or its key could vouch for a name that nobody certified,
  // by the same algorithm, or it could sign by one that its authority forbids.
  if (certificate !== grant.certificate || alg !== grant.alg) throw new Problem("statement-invalid")
  if (claims.patientId !== patientId || claims.grantId !== grantId) throw new Problem("statement-invalid")
  if (descriptor.recordId !== contributionId || descriptor.version !== version) throw new Problem("statement-invalid")
  const { category } = descriptor
  await requireGranted(audit, grant, action, { contributionId, category }, call)
  // The same statement sent twice at this moment: the other one was first.
  const sentTwice = async () => {
    const [now] = await store.read([{ kind: "contribution", patientId, contributionId }])
    return now?.statement === statement
  }
  if (await isUsed(store, account, claims)) {
    if (await sentTwice()) return {}
    throw new Problem("statement-replayed")
  }
  countContribution(grant, contributionId, rate, call.now)
  const counting = { patientId, now: call.now, before: usage, added: pendingAdded(descriptor.size) }
  usageAfter(patientId, usage, counting.added, call.now)

  await requireUploaded(objects, { bucket: "pending", patientId, account }, upload, descriptor)

  const event = await audit.append(
    patientId,
    {
      action,
      outcome: "permitted",
      actor: hcpActor(grant),
      subject: { grantId, contributionId, category, statementHash: await statementHash(statement) },
    },
    call.now,
  )
  const changes: Change[] = [
    {
      put: {
        kind: "contribution",
        revision: 1,
        patientId,
        contributionId,
        grantId,
        status: "pending",
        descriptor,
        profession: grant.profession,
        statement,
        contributedAt: call.now.toISOString(),
      },
    },
    useOnce(account, claims),
    { check: { kind: "grant", patientId, grantId }, revision: grant.revision },
    { check: { kind: "consent", patientId, consent: "store" }, revision: storeConsent.revision },
    ...uploadEnds(upload),
  ]
  const count = async (rate: ItemOf<"rate"> | undefined, attempt: number): Promise<Written> => {
    const counted = countContribution(grant, contributionId, rate, call.now)
    const written = await writeCounted(store, counting, [...changes, counted])
    if (written.outcome === "written" || written.at.some((i) => i < changes.length)) return written
    // Another contribution of the same grant, at the same moment.
    if (attempt === attempts) throw new Problem("busy")
    const [now] = await store.read([grantRate(patientId, grantId)])
    return count(now, attempt + 1)
  }
  const written = await count(rate, 1)
  if (written.outcome === "written") return { event }
  if (await sentTwice()) return {}
  if (written.at.includes(1)) throw new Problem("statement-replayed")
  if (written.at.includes(2)) {
    // The trail has it as permitted, and is told how it ended.
    const denied = { action, outcome: "grant-halted", actor: hcpActor(grant), subject: { grantId } } as const
    await audit.append(patientId, denied, call.now)
    throw new Problem("grant-halted")
  }
  if (written.at.includes(3)) throw new Problem("consent-missing")
  // Of what had to hold only the upload was gone: the object is there, and counts without it.
  throw new Problem(written.at.includes(0) ? "record-conflict" : "busy")
}

export const listContributions = async (
  { store, objects }: { store: Store; objects: Pick<ObjectStore, "downloadUrl"> },
  patientId: string,
  { after }: RequestOf<"patient/list-contributions">,
  call: Call,
): Promise<ResponseOf<"patient/list-contributions">> => {
  const { items, next } = await store.list("contribution", patientId, { after })
  const contributions = await Promise.all(
    items.map(async (contribution) => {
      if (contribution.status !== "pending") return contribution
      const key = objectKey(patientId, contribution.contributionId, version)
      return { ...contribution, url: await objects.downloadUrl("pending", key, call.now) }
    }),
  )
  return { contributions, next }
}

interface Review {
  readonly store: Store
  readonly audit: AuditTrail
  readonly cloud: CloudIdentity
}
type Decision = RequestOf<"patient/approve-contribution">

/** What the contribution is now: `same` where this very statement, sent twice at one moment, has decided it. */
const statusNow = async (store: Store, patientId: string, { contributionId, statement }: Decision) => {
  const [contribution] = await store.read([{ kind: "contribution", patientId, contributionId }])
  return contribution?.decision === statement ? "same" : contribution?.status
}

/** What both decisions check: the patient, the contribution, and the signed decision about exactly it. */
const reviewed = async (
  { store, cloud }: Review,
  patientId: string,
  { contributionId, statement }: Decision,
  decision: "approved" | "rejected",
  call: Call,
) => {
  const [found, contribution, record, consent, upload, usage] = await store.read([
    { kind: "patient", patientId },
    { kind: "contribution", patientId, contributionId },
    { kind: "record", patientId, recordId: contributionId },
    { kind: "consent", patientId, consent: "store" },
    uploadRef("records", patientId, { recordId: contributionId, version }),
    usageRef(patientId),
  ])
  const patient = requireActive(found)
  if (contribution === undefined) throw new Problem("not-found")
  if (contribution.decision === statement && contribution.status === decision)
    return { patient, contribution, record, consent, upload, usage, claims: undefined }
  if (contribution.status !== "pending") throw new Problem("contribution-decided")
  const claims = await patientStatement("decision", statement, {
    audience: cloud.cloudId,
    patientId,
    signing: patient.keys.signing,
    now: call.now,
  })
  if (
    claims.contributionId !== contributionId ||
    claims.statementHash !== (await statementHash(contribution.statement))
  )
    throw new Problem("statement-invalid")
  if (await isUsed(store, patientId, claims)) {
    const same =
      claims.decision === decision && (await statusNow(store, patientId, { contributionId, statement })) === "same"
    if (same) return { patient, contribution, record, consent, upload, usage, claims: undefined }
    throw new Problem("statement-replayed")
  }
  return { patient, contribution, record, consent, upload, usage, claims }
}

const decided = (
  contribution: ItemOf<"contribution">,
  status: "approved" | "rejected",
  decision: string,
  now: Date,
): ItemOf<"contribution"> => ({
  ...contribution,
  revision: contribution.revision + 1,
  status,
  decision,
  decidedAt: now.toISOString(),
})

/** Which of two racing decisions came first decides what the later one is told. */
const lost = (at: readonly number[]): Problem => {
  if (at.includes(1)) return new Problem("statement-replayed")
  return new Problem(at.includes(0) ? "contribution-decided" : "busy")
}

/**
 * Makes a contribution a record. The object is copied first: a record without its object would be worse than an object
 * without its record, which is removed again where another decision came first. A copy that takes longer than a request may is
 * `contribution-copying`, and the next request goes on with it. Idempotent for the same statement.
 */
export const approveContribution = async (
  deps: Review & { objects: Omit<ObjectStore, "uploadUrl" | "downloadUrl" | "partUrl" | "inspect" | "destroySome"> },
  patientId: string,
  request: Decision,
  call: Call,
  copying: Copying = { mayContinue: () => true },
): Promise<ResponseOf<"patient/approve-contribution">> => {
  const { store, audit, objects } = deps
  const { contributionId, statement } = request
  const key = objectKey(patientId, contributionId, version)
  const { patient, contribution, record, consent, upload, usage, claims } = await reviewed(
    deps,
    patientId,
    request,
    "approved",
    call,
  )
  if (claims !== undefined) {
    if (claims.decision !== "approved") throw new Problem("statement-invalid")
    const { descriptor } = claims
    const same = (["recordId", "version", "category", "size", "sha256", "metadata"] as const).every(
      (field) => descriptor[field] === contribution.descriptor[field],
    )
    if (!same) throw new Problem("statement-invalid")
    const storeConsent = requireConsent(consent)

    // A copy would hide the object of that record.
    if (record !== undefined) throw new Problem("record-conflict")
    const added = { ...versionAdded(descriptor, record), ...pendingTaken(descriptor.size) }
    const counting = { patientId, now: call.now, before: usage, added }
    usageAfter(patientId, usage, added, call.now)

    const copy = await copyToRecords(deps, { patientId, descriptor }, upload, [unchanged(patient)], {
      ...copying,
      now: call.now,
    })
    if (copy.outcome === "unfinished" || copy.outcome === "missing") {
      const status = await statusNow(store, patientId, request)
      if (status === "same") return {}
      if (status !== "pending") throw new Problem("contribution-decided")
      throw new Problem(copy.outcome === "missing" ? "record-not-uploaded" : "contribution-copying")
    }
    await audit.append(
      patientId,
      {
        action: "approve-contribution",
        outcome: "permitted",
        actor: { kind: "patient" },
        subject: { contributionId, category: descriptor.category, statementHash: await statementHash(statement) },
      },
      call.now,
    )
    const written = await writeCounted(store, counting, [
      { put: decided(contribution, "approved", statement, call.now) },
      useOnce(patientId, claims),
      ...committed(patientId, descriptor, undefined, call.now),
      unchanged(patient),
      { check: { kind: "consent", patientId, consent: "store" }, revision: storeConsent.revision },
      ...uploadEnds(copy.upload),
    ])
    if (written.outcome === "conflict") {
      const status = await statusNow(store, patientId, request)
      const [kept] = await store.read([{ kind: "record", patientId, recordId: contributionId }])
      // The copy is of no record: it was rejected, or approved and deleted since. While it waits, whoever decides next sees to it.
      if (status !== "pending" && kept === undefined) await objects.remove("records", key)
      if (status !== "same") throw lost(written.at)
    }
  }
  await objects.remove("pending", key)
  return {}
}

/** Refuses a contribution and destroys what was uploaded, and what an approval that never came to its end has copied of it. Idempotent for the same statement. */
export const rejectContribution = async (
  deps: Review & { objects: Pick<ObjectStore, "remove" | "abortUpload"> },
  patientId: string,
  request: Decision,
  call: Call,
): Promise<ResponseOf<"patient/reject-contribution">> => {
  const { store, audit, objects } = deps
  const { contributionId, statement } = request
  const { patient, contribution, record, usage, claims } = await reviewed(deps, patientId, request, "rejected", call)
  if (claims !== undefined) {
    if (claims.decision !== "rejected") throw new Problem("statement-invalid")
    await audit.append(
      patientId,
      {
        action: "reject-contribution",
        outcome: "permitted",
        actor: { kind: "patient" },
        subject: { contributionId, statementHash: await statementHash(statement) },
      },
      call.now,
    )
    const added = pendingTaken(contribution.descriptor.size)
    const written = await writeCounted(store, { patientId, now: call.now, before: usage, added }, [
      { put: decided(contribution, "rejected", statement, call.now) },
      useOnce(patientId, claims),
      unchanged(patient),
    ])
    if (written.outcome === "conflict" && (await statusNow(store, patientId, request)) !== "same")
      throw lost(written.at)
  }
  const key = objectKey(patientId, contributionId, version)
  // This one first: from then on nothing is copied.
  await objects.remove("pending", key)
  const [copy] = await store.read([uploadRef("records", patientId, { recordId: contributionId, version })])
  if (copy?.from === "pending") await forgetUpload({ store, objects }, copy)
  // The object of a record that the patient has under the same id is theirs.
  if (record === undefined) await objects.remove("records", key)
  return {}
}
