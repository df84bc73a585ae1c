import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { contributionsPerGrant } from "../../contract/limits.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import type { StatementClaims } from "../../protocol/claims.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { contributionVersion, grantChecked, pendingAdded, pendingUpload } from "./contribution-uploads.ts"
import { hcpActor, requireGranted, requireLiveGrant } from "./grants.ts"
import { type NamedChanges, type NamedOutcome, namesAmong } from "./named-changes.ts"
import { type ActivePatient, requireActive } from "./patients.ts"
import type { AuditHead, AuditTrail, Call, ObjectStore, Provider, Store } from "./ports.ts"
import { professionalStatement } from "./professionals.ts"
import { type Counting, usageAfter, usageRef, writeCounted } from "./quotas.ts"
import { countContribution, grantRate } from "./rates.ts"
import { signReceipt } from "./receipts.ts"
import { consentChecked, requireConsent } from "./records.ts"
import { isUsed, useOnce } from "./statements.ts"
import { requireUploaded, uploadEnds } from "./uploads.ts"

interface Contributing {
  readonly store: Store
  readonly audit: AuditTrail
  readonly objects: Pick<ObjectStore, "inspect" | "parts" | "completeUpload">
  readonly cloud: CloudIdentity
  readonly provider: Provider
}
type Grant = ItemOf<"grant">
type Contribution = RequestOf<"hcp/contribute">
type Claims = StatementClaims<"contribution">

const action = "contribute"

/**
 * What the professional signed, verified: by the certificate that the grant was made for, about this contribution to this patient, and sealed to an account
 * key that the patient has or had.
 */
const contributionClaims = async (
  cloud: CloudIdentity,
  patient: ActivePatient,
  grant: Grant,
  { contributionId, statement }: Contribution,
  now: Date,
): Promise<Claims> => {
  const { claims, certificate, alg } = await professionalStatement("contribution", statement, {
    audience: cloud.cloudId,
    now,
  })
  const { descriptor, fingerprint, account } = claims
  // Certified when the grant was made; here it has to be the same certificate, or its key could vouch for a name that nobody certified,
  // by the same algorithm, or it could sign by one that its authority forbids.
  if (certificate !== grant.certificate || alg !== grant.alg) throw new Problem("statement-invalid")
  if (claims.patientId !== grant.patientId || claims.grantId !== grant.grantId) throw new Problem("statement-invalid")
  if (fingerprint !== (await thumbprint(patient.root.signing))) throw new Problem("statement-invalid")
  if (account > patient.accountKey.number) throw new Problem("statement-invalid")
  const { recordId, version, replaces } = descriptor
  if (recordId !== contributionId || version !== contributionVersion || replaces !== 0)
    throw new Problem("statement-invalid")
  return claims
}

/** Writes the contribution and counts it, also where others of the same grant are counted at this moment. */
const writeContribution = async <N extends string>(
  store: Store,
  { grant, contributionId, rate }: { grant: Grant; contributionId: string; rate: ItemOf<"rate"> | undefined },
  counting: Counting,
  changes: NamedChanges<N>,
): Promise<NamedOutcome<N>> => {
  let found = rate
  for (let attempt = 1; ; attempt++) {
    const counted = countContribution(grant, contributionId, found, counting.now)
    const written = await writeCounted<string>(store, counting, { ...changes, counted })
    if (written.outcome === "written") return written
    const lostTo = namesAmong(changes, written.lostTo)
    if (lostTo.size > 0) return { outcome: "conflict", lostTo }
    // As many as a grant may make at once.
    if (attempt === contributionsPerGrant) throw new Problem("busy")
    ;[found] = await store.read([grantRate(grant.patientId, grant.grantId)])
  }
}

/** What stands in the way where the contribution could not be written, the first of them. */
const refusals = [
  ["used", "statement-replayed"],
  ["grant", "grant-halted"],
  ["consent", "consent-missing"],
  ["contribution", "record-conflict"],
] as const

/** The contribution as it waits for the patient, and what must hold for that. */
const contributionChanges = (
  {
    grant,
    claims,
    consent,
    upload,
  }: {
    grant: Grant
    claims: Claims
    consent: ItemOf<"consent">
    upload: ItemOf<"upload"> | undefined
  },
  { contributionId, statement }: Contribution,
  event: AuditHead,
  now: Date,
) => {
  const { patientId, grantId, profession } = grant
  const contribution: ItemOf<"contribution"> = {
    kind: "contribution",
    revision: 1,
    patientId,
    contributionId,
    grantId,
    status: "pending",
    descriptor: claims.descriptor,
    profession,
    statement,
    contributedAt: now.toISOString(),
    event,
  }
  return {
    contribution: { put: contribution },
    used: useOnce(grant.account, claims),
    grant: grantChecked(grant),
    consent: consentChecked(consent),
    upload: uploadEnds(upload),
  }
}

/** What is found of it and around it. */
const readAround = async (store: Store, { patientId, grantId, contributionId }: Contribution) => {
  const [patient, existing, record, consent, upload, usage, rate] = await store.read([
    { kind: "patient", patientId },
    { kind: "contribution", patientId, contributionId },
    { kind: "record", patientId, recordId: contributionId },
    { kind: "consent", patientId, consent: "store" },
    pendingUpload(patientId, contributionId),
    usageRef(patientId),
    grantRate(patientId, grantId),
  ])
  return { patient: requireActive(patient), existing, record, consent, upload, usage, rate }
}

/** Puts an uploaded addition before the patient, once. Returns where it stands in the patient's audit trail, or why it doesn't. */
const addContribution = async (
  { store, audit, objects, cloud }: Contributing,
  grant: Grant,
  request: Contribution,
  call: Call,
): Promise<AuditHead> => {
  const { patientId, grantId, contributionId, statement } = request
  const { patient, existing, record, consent, upload, usage, rate } = await readAround(store, request)
  if (existing !== undefined || record !== undefined) throw new Problem("record-conflict")
  const storeConsent = requireConsent(consent)
  const claims = await contributionClaims(cloud, patient, grant, request, call.now)
  const { category, size } = claims.descriptor
  await requireGranted({ store, audit }, grant, action, { contributionId, category }, call)
  if (await isUsed(store, grant.account, claims)) throw new Problem("statement-replayed")
  countContribution(grant, contributionId, rate, call.now)
  const counting = { patientId, now: call.now, before: usage, added: pendingAdded(size) }
  usageAfter(patientId, usage, counting.added, call.now)

  await requireUploaded(objects, { bucket: "pending", patientId, account: grant.account }, upload, claims.descriptor)

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
  const changes = contributionChanges({ grant, claims, consent: storeConsent, upload }, request, event, call.now)
  const written = await writeContribution(store, { grant, contributionId, rate }, counting, changes)
  if (written.outcome === "written") return event
  for (const [name, code] of refusals) if (written.lostTo.has(name)) throw new Problem(code)
  // Of what had to hold only the upload was gone: the object is there, and counts without it.
  throw new Problem("busy")
}

/**
 * Puts an uploaded addition before the patient, and returns the provider's receipt for it. Idempotent for the same statement: the same event,
 * and a receipt signed again.
 */
export const contribute = async (
  deps: Contributing,
  account: string,
  request: RequestOf<"hcp/contribute">,
  call: Call,
): Promise<ResponseOf<"hcp/contribute">> => {
  const { store, audit, cloud, provider } = deps
  const { patientId, grantId, contributionId, statement } = request
  const grant = await requireLiveGrant({ store, audit }, account, { patientId, grantId }, action, call)
  const eventBefore = async () => {
    const [existing] = await store.read([{ kind: "contribution", patientId, contributionId }])
    return existing?.statement === statement ? existing.event : undefined
  }
  const added = async () => {
    try {
      return await addContribution(deps, grant, request, call)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // The same statement sent before, or twice at this moment: the other one was first.
      const event = await eventBefore()
      if (event !== undefined) return event
      if (error.code === "grant-halted") {
        // The trail has it as permitted, and is told how it ended.
        const denied = { action, outcome: error.code, actor: hcpActor(grant), subject: { grantId } } as const
        await audit.append(patientId, denied, call.now)
      }
      throw error
    }
  }
  const event = await added()
  return { event, receipt: await signReceipt(provider, cloud, { statement, event }, call.now) }
}
