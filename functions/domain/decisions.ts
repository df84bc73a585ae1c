import { Problem } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import type { StatementClaims } from "../../protocol/claims.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import { type CopierPorts, type Copying, copyToRecords } from "./approval.ts"
import { contributionVersion } from "./contribution-uploads.ts"
import { removeObjects } from "./object-removal.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { Call, StoreReads } from "./ports.ts"
import { type OwnChange, type PublicationPlan, type PublishedAt, type Publishing, publish } from "./publication.ts"
import type { Added } from "./quotas.ts"
import { committed, consentChecked, requireConsent, versionAdded } from "./records.ts"
import { defineUseCase } from "./runner.ts"
import { signerEndRefs } from "./signer-ends.ts"
import { claimsOf, isUsed, patientStatement, useOnce } from "./statements.ts"
import type { Acting, Silently, Step } from "./step.ts"
import { forgetUpload, uploadEnds, uploadRef } from "./uploads.ts"
import type { Wanted } from "./writing-ports.ts"

export const listContributions = defineUseCase(
  "patient/list-contributions",
  async (
    { store }: { store: StoreReads },
    patientId: string,
    { after }: RequestOf<"patient/list-contributions">,
    call: Call,
  ): Promise<
    Step<"patient/list-contributions", ResponseOf<"patient/list-contributions">, { objects: "downloadUrl" }>
  > => {
    const { items, next } = await store.list("contribution", patientId, { after })
    return {
      because: "own-review",
      act: async ({ ports }) => {
        const listed = items.map(async (contribution) => {
          if (contribution.status !== "pending") return contribution
          const key = objectKey(patientId, contribution.descriptor)
          return { ...contribution, url: await ports.objects.downloadUrl("pending", key, call.now) }
        })
        return { done: { contributions: await Promise.all(listed), next } }
      },
    }
  },
)

type Contribution = ItemOf<"contribution">
type Decision = RequestOf<"patient/approve-contribution">
type DecisionKind = "approved" | "rejected"

const pendingTaken = ({ addressId, descriptor: { size } }: Contribution): Added =>
  addressId === undefined ? { pending: -1, pendingBytes: -size } : { deliveries: -1, deliveryBytes: -size }

/** What is found of a decision, once more each time: whoever else decides may be faster. */
const readDecision = async (store: StoreReads, patientId: string, contributionId: string) => {
  const [patient, contribution, record, consent, ...ends] = await store.read([
    { kind: "patient", patientId },
    { kind: "contribution", patientId, contributionId },
    { kind: "record", patientId, recordId: contributionId },
    { kind: "consent", patientId, consent: "store" },
    ...signerEndRefs(patientId),
  ])
  return { patient: requireActive(patient), contribution, record, consent, ends }
}
type Found = Awaited<ReturnType<typeof readDecision>>

/** Whether this very statement has decided it. */
const decidedBy = (contribution: Contribution | undefined, { statement }: Decision, kind: DecisionKind) =>
  contribution?.decision === statement && contribution.status === kind

/** The signed decision about exactly this contribution, which waits for one. */
const decisionClaims = async (
  { store, cloud }: Publishing,
  { patient, contribution, ends }: Found,
  { contributionId, statement }: Decision,
  now: Date,
): Promise<{ contribution: Contribution; claims: StatementClaims<"decision"> }> => {
  if (contribution === undefined) throw new Problem("not-found")
  if (contribution.status !== "pending") throw new Problem("contribution-decided")
  const claims = await patientStatement("decision", statement, { audience: cloud.cloudId, patient, ends, now })
  const about = await statementHash(contribution.statement)
  if (claims.contributionId !== contributionId || claims.statementHash !== about) throw new Problem("statement-invalid")
  if (await isUsed(store, patient.patientId, claims)) throw new Problem("statement-replayed")
  return { contribution, claims }
}

/** The decision, kept with what it decided, and used once. */
const decidedChanges = (
  contribution: Contribution,
  status: DecisionKind,
  { statement, claims, now }: { statement: string; claims: { jti: string; iat: number }; now: Date },
): { contribution: OwnChange; used: OwnChange } => {
  const decidedAt = now.toISOString()
  const revision = contribution.revision + 1
  return {
    contribution: {
      change: { put: { ...contribution, revision, status, decision: statement, decidedAt } },
      refusal: "contribution-decided",
    },
    used: { change: useOnce(contribution.patientId, claims), refusal: "statement-replayed" },
  }
}

type CleaningPorts = { objects: "removeSome" | "abortUpload" }
type ApprovalPorts = { objects: CopierPorts["objects"] | CleaningPorts["objects"] }

/** The approved descriptor is the contributed one, but for its place, its epoch and the key under it. */
const requireSame = async (approved: Descriptor, { descriptor }: Contribution): Promise<void> => {
  const { objectId, epoch, wrappedKey } = approved
  if ((await canonicalHash(approved)) !== (await canonicalHash({ ...descriptor, objectId, epoch, wrappedKey })))
    throw new Problem("statement-invalid")
}

/** Copies what is approved to the records; what the copy went up as ends with it. */
const copyApproved = async (
  store: StoreReads,
  acting: Acting<ApprovalPorts>,
  patient: Found["patient"],
  { source, descriptor }: { source: Descriptor; descriptor: Descriptor },
  copying: Copying & { now: Date },
): Promise<{ upload: OwnChange }> => {
  const { patientId } = patient
  const [found] = await store.read([uploadRef("records", patientId, descriptor)])
  const place = { patientId, source, descriptor, found, checks: { patient: unchanged(patient) } }
  const copied = await copyToRecords(store, acting, place, copying)
  if (copied.outcome !== "copied") {
    const { contribution: now } = await readDecision(store, patientId, descriptor.recordId)
    if (now?.status !== "pending") throw new Problem("contribution-decided")
    throw new Problem(copied.outcome === "missing" ? "record-not-uploaded" : "contribution-copying")
  }
  // Gone at this moment: the object is there, and counts without it.
  return { upload: { change: uploadEnds(copied.upload), refusal: "busy" } }
}

const approvalPlan = async (
  reading: Publishing,
  patientId: string,
  request: Decision,
  call: Call,
  copying: Copying,
): Promise<PublicationPlan<"patient/approve-contribution", ApprovalPorts>> => {
  const { store } = reading
  const { contributionId, statement } = request
  const found = await readDecision(store, patientId, contributionId)
  const { contribution, claims } = await decisionClaims(reading, found, request, call.now)
  if (claims.decision !== "approved") throw new Problem("statement-invalid")
  const { descriptor } = claims
  await requireSame(descriptor, contribution)
  const storeConsent = requireConsent(found.consent)
  // A copy would hide the object of that record.
  if (found.record !== undefined) throw new Problem("record-conflict")
  return {
    action: "approve-contribution",
    subject: { contributionId, category: descriptor.category, statementHash: await statementHash(statement) },
    listed: descriptor,
    decided: contributionId,
    added: { ...versionAdded(descriptor, undefined), ...pendingTaken(contribution) },
    changes: {
      ...decidedChanges(contribution, "approved", { statement, claims, now: call.now }),
      ...committed(patientId, descriptor, undefined, call.now),
      consent: { change: consentChecked(storeConsent), refusal: "consent-missing" },
    },
    prepare: {
      because: "no-record-yet",
      act: (acting) => {
        const copied = { source: contribution.descriptor, descriptor }
        return copyApproved(store, acting, found.patient, copied, { ...copying, now: call.now })
      },
    },
  }
}

/**
 * Removes what a decision leaves behind, whichever it was: what was uploaded, and what this approval, or one that came to nothing, has copied of it. Of
 * a contribution that waits it leaves all.
 */
const cleanUp = async (
  store: StoreReads,
  acting: Acting<CleaningPorts>,
  patientId: string,
  { contributionId, statement }: Decision,
): Promise<void> => {
  const [contribution] = await store.read([{ kind: "contribution", patientId, contributionId }])
  if (contribution === undefined || contribution.status === "pending") return
  const place = { patientId, recordId: contributionId }
  // This one first: from then on nothing is copied.
  await removeObjects(acting, "pending", place)
  // Read after the decision: one that made it a record is written together with the record.
  const [record, first] = await store.read([
    { kind: "record", ...place },
    { kind: "record-version", ...place, version: contributionVersion },
  ])
  const copies = await store.list("upload", patientId, { within: `records#${contributionId}` })
  for (const copy of copies.items) if (copy.from === "pending") await forgetUpload(store, acting, copy)
  // The objects of a record that the patient has under the same id are theirs.
  if (record === undefined) return void (await removeObjects(acting, "records", place))
  const claims = claimsOf("decision", statement)
  // Another approval was first.
  if (claims.decision === "approved" && claims.descriptor.objectId !== first?.descriptor.objectId)
    await acting.ports.objects.removeSome("records", objectKey(patientId, claims.descriptor))
}

const cleaning = (store: StoreReads, patientId: string, request: Decision) => ({
  because: "told-before" as const,
  act: (acting: Acting<CleaningPorts>) => cleanUp(store, acting, patientId, request),
})

type DecisionName = "patient/approve-contribution" | "patient/reject-contribution"

/** Publishes a decision, and cleans up after it, also after one that came first. */
const decide = async <N extends DecisionName, W extends Wanted>(
  reading: Publishing,
  patientId: string,
  request: Decision & Pick<RequestOf<"patient/approve-contribution">, "publication">,
  decision: { kind: DecisionKind; plan: () => Promise<PublicationPlan<N, W>>; cleaning: Silently<N, W> },
  call: Call,
): Promise<Step<N, PublishedAt, W>> => {
  const { store } = reading
  const { contributionId, publication } = request
  const applied = async () => {
    const [contribution] = await store.read([{ kind: "contribution", patientId, contributionId }])
    return decidedBy(contribution, request, decision.kind)
  }
  let planned = false
  const plan = async () => {
    const made = await decision.plan()
    planned = true
    return made
  }
  const inTheEnd = {
    because: decision.cleaning.because,
    act: async (acting: Acting<W>) => {
      // One that was refused before it could copy anything leaves nothing behind.
      if (planned || (await applied())) await decision.cleaning.act(acting)
    },
  }
  try {
    return { ...(await publish(reading, patientId, publication, { applied, plan }, call)), inTheEnd }
  } catch (error) {
    return { refused: error, inTheEnd }
  }
}

/**
 * Makes a contribution a record. The object is copied first: a record without its object would be worse than an object
 * without its record, which is removed again where another decision came first. A copy that takes longer than a request may is
 * `contribution-copying`, and the next request resumes it. Idempotent: the same request again is answered as the first.
 */
export const approveContribution = defineUseCase(
  "patient/approve-contribution",
  (
    reading: Publishing,
    patientId: string,
    request: RequestOf<"patient/approve-contribution">,
    call: Call,
    copying: Copying = { mayContinue: () => true },
  ): Promise<Step<"patient/approve-contribution", PublishedAt, ApprovalPorts>> => {
    const plan = () => approvalPlan(reading, patientId, request, call, copying)
    return decide<"patient/approve-contribution", ApprovalPorts>(
      reading,
      patientId,
      request,
      { kind: "approved", plan, cleaning: cleaning(reading.store, patientId, request) },
      call,
    )
  },
)

/** Refuses a contribution and destroys what was uploaded, and what an approval that never came to its end has copied of it. Idempotent likewise. */
export const rejectContribution = defineUseCase(
  "patient/reject-contribution",
  (
    reading: Publishing,
    patientId: string,
    request: RequestOf<"patient/reject-contribution">,
    call: Call,
  ): Promise<Step<"patient/reject-contribution", PublishedAt, CleaningPorts>> => {
    const { contributionId, statement } = request
    const plan = async (): Promise<PublicationPlan<"patient/reject-contribution", CleaningPorts>> => {
      const found = await readDecision(reading.store, patientId, contributionId)
      const { contribution, claims } = await decisionClaims(reading, found, request, call.now)
      if (claims.decision !== "rejected") throw new Problem("statement-invalid")
      return {
        action: "reject-contribution",
        subject: { contributionId, statementHash: await statementHash(statement) },
        decided: contributionId,
        added: pendingTaken(contribution),
        changes: decidedChanges(contribution, "rejected", { statement, claims, now: call.now }),
      }
    }
    return decide(
      reading,
      patientId,
      request,
      { kind: "rejected", plan, cleaning: cleaning(reading.store, patientId, request) },
      call,
    )
  },
)
