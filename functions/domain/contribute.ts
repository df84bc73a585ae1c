import * as z from "zod/mini"
import { type AuditEvent, receiptedEvent } from "../../contract/audit.ts"
import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { contributionsPerGrant } from "../../contract/limits.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import type { StatementClaims } from "../../protocol/claims.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { contributionVersion, grantChecked, pendingAdded } from "./contribution-uploads.ts"
import { endOf, hcpActor, requireGranted, requireLiveGrant } from "./grants.ts"
import type { Renewed } from "./named-changes.ts"
import { type ActivePatient, requireActive } from "./patients.ts"
import type { Call, Provider, StoreReads } from "./ports.ts"
import { professionalStatement } from "./professionals.ts"
import { countedUsage, usageRef } from "./quotas.ts"
import { countContribution, grantRate } from "./rates.ts"
import { signReceipt } from "./receipts.ts"
import { consentChecked, requireConsent } from "./records.ts"
import { defineUseCase } from "./runner.ts"
import { isUsed, useOnce } from "./statements.ts"
import { changing, type Step, ToldRefusal } from "./step.ts"
import { requireUploaded, uploadEnds, uploadRef } from "./uploads.ts"

interface Contributing {
  readonly store: StoreReads
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
  if (claims.patientId !== grant.patientId || !("grantId" in claims) || claims.grantId !== grant.grantId)
    throw new Problem("statement-invalid")
  if (fingerprint !== (await thumbprint(patient.root.signing))) throw new Problem("statement-invalid")
  if (account > patient.accountKey.number) throw new Problem("statement-invalid")
  const { recordId, version, replaces } = descriptor
  if (recordId !== contributionId || version !== contributionVersion || replaces !== null)
    throw new Problem("statement-invalid")
  return claims
}

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
  event: AuditEvent,
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
    event: z.parse(receiptedEvent, event),
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
const readAround = async (store: StoreReads, { patientId, grantId, contributionId }: Contribution) => {
  const [patient, existing, record, consent, usage, rate] = await store.read([
    { kind: "patient", patientId },
    { kind: "contribution", patientId, contributionId },
    { kind: "record", patientId, recordId: contributionId },
    { kind: "consent", patientId, consent: "store" },
    usageRef(patientId),
    grantRate(patientId, grantId),
  ])
  return { patient: requireActive(patient), existing, record, consent, usage, rate }
}

type Answer = ResponseOf<"hcp/contribute">
type Next = Step<"hcp/contribute", Answer, { objects: "inspect" | "parts" | "completeUpload" }>

/** Puts an uploaded addition before the patient, once. */
const addContribution = async (
  { store, cloud, provider }: Contributing,
  grant: Grant,
  request: Contribution,
  call: Call,
  again: () => Promise<Answer | undefined>,
): Promise<Next> => {
  const { patientId, grantId, contributionId, statement } = request
  const { patient, existing, record, consent, usage, rate } = await readAround(store, request)
  if (existing !== undefined || record !== undefined) throw new Problem("record-conflict")
  const storeConsent = requireConsent(consent)
  const claims = await contributionClaims(cloud, patient, grant, request, call.now)
  const { category, size } = claims.descriptor
  requireGranted(grant, action, { contributionId, category }, call)
  if (await isUsed(store, grant.account, claims)) throw new Problem("statement-replayed")
  const [upload] = await store.read([uploadRef("pending", patientId, claims.descriptor)])
  const count = (found: ItemOf<"rate"> | undefined) => countContribution(grant, contributionId, found, call.now)
  const counted: Renewed = {
    change: count(rate),
    // As many as a grant may make at once.
    attempts: contributionsPerGrant,
    anew: async () => {
      const [found] = await store.read([grantRate(patientId, grantId)])
      return count(found)
    },
  }
  const usageCounted = countedUsage(store, { patientId, now: call.now, before: usage, added: pendingAdded(size) })
  const place = { bucket: "pending", patientId, account: grant.account } as const
  const subject = { grantId, contributionId, category, statementHash: await statementHash(statement) }
  const next: Next = {
    patientId,
    now: call.now,
    event: { action, actor: hcpActor(grant), subject },
    changing: (event) =>
      changing(
        {
          ...contributionChanges({ grant, claims, consent: storeConsent, upload }, request, event, call.now),
          counted,
          usage: usageCounted,
        },
        // Of what else had to hold only the upload was gone: the object is there, and counts without it.
        {
          used: "statement-replayed",
          grant: () => endedMeanwhile(store, grant, call),
          consent: "consent-missing",
          contribution: "record-conflict",
        },
      ),
    again,
    answer: async (_, event) => ({
      event: z.parse(receiptedEvent, event),
      receipt: await signReceipt(provider, cloud, { statement, event }, call.now),
    }),
  }
  return {
    because: "no-record-yet",
    act: async (acting) => {
      await requireUploaded(acting, place, upload, claims.descriptor)
      return next
    },
    again,
  }
}

/** The trail has it as permitted, and is told how it ended. */
const endedMeanwhile = async (store: StoreReads, grant: Grant, { now }: Call): Promise<ToldRefusal> => {
  const outcome = await endOf(store, grant)
  const denied = { action, outcome, actor: hcpActor(grant), subject: { grantId: grant.grantId } } as const
  return new ToldRefusal(outcome, (teller) => teller.tell(grant.patientId, denied, now))
}

/**
 * Puts an uploaded addition before the patient, and returns the provider's receipt for it. Idempotent for the same statement: the same event,
 * and a receipt signed again.
 */
export const contribute = defineUseCase(
  "hcp/contribute",
  async (reading: Contributing, account: string, request: RequestOf<"hcp/contribute">, call: Call): Promise<Next> => {
    const { store, cloud, provider } = reading
    const { patientId, grantId, contributionId, statement } = request
    const grant = await requireLiveGrant(store, account, { patientId, grantId }, action, call)
    const again = async () => {
      const [existing] = await store.read([{ kind: "contribution", patientId, contributionId }])
      if (existing?.statement !== statement) return undefined
      const { event } = existing
      return { event, receipt: await signReceipt(provider, cloud, { statement, event }, call.now) }
    }
    return { decide: () => addContribution(reading, grant, request, call, again), again }
  },
)
