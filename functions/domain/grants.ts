import type { AuditAction, AuditActor, AuditSubject } from "../../contract/audit.ts"
import { Problem, type ProblemCode } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { requireActive } from "./patients.ts"
import type { AuditTrail, Call, Store } from "./ports.ts"

type Grant = ItemOf<"grant">

const grantStatus = (grant: Grant, now: Date): "active" | "expired" | "halted" => {
  if (grant.haltedAt !== undefined) return "halted"
  return now.getTime() < Date.parse(grant.expiresAt) ? "active" : "expired"
}

export const hcpActor = (grant: Pick<Grant, "account" | "certificate" | "profession">): AuditActor => ({
  kind: "hcp",
  account: grant.account,
  certificate: grant.certificate,
  profession: grant.profession,
})

/** What stands in the way of a grant at this moment, if anything does. */
const obstacle = (
  patient: ItemOf<"patient"> | undefined,
  grant: Grant,
  consent: ItemOf<"consent"> | undefined,
  card: ItemOf<"card"> | undefined,
  now: Date,
): ProblemCode | undefined => {
  const status = grantStatus(grant, now)
  if (status === "halted") return "grant-halted"
  if (status === "expired") return "grant-expired"
  if (patient?.status !== "active") return "account-deactivated"
  if (consent?.status !== "active" || consent.revision !== grant.consentRevision) return "consent-missing"
  if (card?.status !== "active") return "card-refused"
  return undefined
}

/**
 * The grant, where it is in force for this professional: asked anew, strongly consistent, for each request, so that expiry, halt
 * and revocation bite at once whatever a token says. A refusal is an event of the trail; a grant that isn't theirs is none.
 */
export const requireLiveGrant = async (
  { store, audit }: { store: Store; audit?: AuditTrail },
  account: string,
  { patientId, grantId }: { patientId: string; grantId: string },
  action: AuditAction,
  call: Call,
): Promise<Grant> => {
  const [patient, grant, consent] = await store.read([
    { kind: "patient", patientId },
    { kind: "grant", patientId, grantId },
    { kind: "consent", patientId, consent: "emergency-share" },
  ])
  if (grant === undefined || grant.account !== account) throw new Problem("not-found")
  const [card] = await store.read([{ kind: "card", patientId, cardId: grant.cardId }])
  const refused = obstacle(patient, grant, consent, card, call.now)
  if (refused === undefined) return grant
  await audit?.append(patientId, { action, outcome: refused, actor: hcpActor(grant), subject: { grantId } }, call.now)
  throw new Problem(refused)
}

/** The category must be one the card opened; asking for another is an event. */
export const requireGranted = async (
  audit: AuditTrail | undefined,
  grant: Grant,
  action: AuditAction,
  subject: AuditSubject & { category: NonNullable<AuditSubject["category"]> },
  call: Call,
): Promise<void> => {
  if (grant.categories.includes(subject.category)) return
  await audit?.append(
    grant.patientId,
    {
      action,
      outcome: "category-not-granted",
      actor: hcpActor(grant),
      subject: { ...subject, grantId: grant.grantId },
    },
    call.now,
  )
  throw new Problem("category-not-granted")
}

export const listGrants = async (
  { store }: { store: Store },
  patientId: string,
  { after }: RequestOf<"patient/list-grants">,
  call: Call,
): Promise<ResponseOf<"patient/list-grants">> => {
  const { items, next } = await store.list("grant", patientId, { after })
  return { grants: items.map((grant) => ({ ...grant, status: grantStatus(grant, call.now) })), next }
}

/** Ends a running emergency access at once. Idempotent. */
export const haltGrant = async (
  { store, audit }: { store: Store; audit: AuditTrail },
  patientId: string,
  { grantId }: RequestOf<"patient/halt-grant">,
  call: Call,
): Promise<ResponseOf<"patient/halt-grant">> => {
  const [patient, grant] = await store.read([
    { kind: "patient", patientId },
    { kind: "grant", patientId, grantId },
  ])
  requireActive(patient)
  if (grant === undefined) throw new Problem("not-found")
  if (grant.haltedAt !== undefined) return {}
  await audit.append(
    patientId,
    { action: "halt-grant", outcome: "permitted", actor: { kind: "patient" }, subject: { grantId } },
    call.now,
  )
  const written = await store.write([
    { put: { ...grant, revision: grant.revision + 1, haltedAt: call.now.toISOString() } },
  ])
  if (written.outcome === "conflict") throw new Problem("busy")
  return {}
}
