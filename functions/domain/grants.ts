import type { AuditAction, AuditActor, AuditSubject } from "../../contract/audit.ts"
import { Problem, type ProblemCode } from "../../contract/errors.ts"
import { type ItemOf, momentInKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { writeNamed } from "./named-changes.ts"
import { requireActive } from "./patients.ts"
import type { AuditTrail, Call, Store } from "./ports.ts"
import { isUsed, patientStatement, useOnce } from "./statements.ts"
import { tellRefusalOnce } from "./told-events.ts"

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
 * and revocation bite at once whatever a token says. A refusal is an event of the trail, one an hour; a grant that isn't theirs is none.
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
  if (audit !== undefined) {
    const event = { action, outcome: refused, actor: hcpActor(grant), subject: { grantId } }
    await tellRefusalOnce({ store, audit }, { grant, of: `${action}#${refused}`, event, now: call.now })
  }
  throw new Problem(refused)
}

/** The category must be one the card opened; asking for another is an event, one an hour. */
export const requireGranted = async (
  deps: { store: Store; audit: AuditTrail } | undefined,
  grant: Grant,
  action: AuditAction,
  subject: AuditSubject & { category: NonNullable<AuditSubject["category"]> },
  call: Call,
): Promise<void> => {
  if (grant.categories.includes(subject.category)) return
  if (deps !== undefined) {
    const outcome = "category-not-granted"
    const event = { action, outcome, actor: hcpActor(grant), subject: { ...subject, grantId: grant.grantId } } as const
    await tellRefusalOnce(deps, { grant, of: `${action}#${outcome}#${subject.category}`, event, now: call.now })
  }
  throw new Problem("category-not-granted")
}

export const listGrants = async (
  { store }: { store: Store },
  patientId: string,
  { after, since }: RequestOf<"patient/list-grants">,
  call: Call,
): Promise<ResponseOf<"patient/list-grants">> => {
  const from = after ?? (since === undefined ? undefined : momentInKey(since))
  const { items, next } = await store.list("grant-time", patientId, { after: from })
  const refs = items.map(({ grantId }) => ({ kind: "grant" as const, patientId, grantId }))
  const found = refs.length === 0 ? [] : await store.read(refs)
  const grants = found.flatMap((grant) =>
    grant === undefined ? [] : [{ ...grant, status: grantStatus(grant, call.now) }],
  )
  return { grants, next }
}

/**
 * Ends a running emergency access at once, by the patient's statement, which stays with the grant. Needs nothing of the account to be as it was
 * read, so that whoever changes it without end starves no halt. Idempotent.
 */
export const haltGrant = async (
  { store, audit, cloud }: { store: Store; audit: AuditTrail; cloud: Pick<CloudIdentity, "cloudId"> },
  patientId: string,
  { grantId, statement }: RequestOf<"patient/halt-grant">,
  call: Call,
): Promise<ResponseOf<"patient/halt-grant">> => {
  const [found, grant] = await store.read([
    { kind: "patient", patientId },
    { kind: "grant", patientId, grantId },
  ])
  const patient = requireActive(found)
  if (grant === undefined) throw new Problem("not-found")
  if (grant.haltedAt !== undefined) return {}
  const claims = await patientStatement("halt", statement, { audience: cloud.cloudId, patient, now: call.now })
  if (claims.grantId !== grantId) throw new Problem("statement-invalid")
  // Halted twice at this moment: the other was first.
  const isHalted = async () => {
    const [now] = await store.read([{ kind: "grant", patientId, grantId }])
    return now?.haltedAt !== undefined
  }
  if (await isUsed(store, patientId, claims)) {
    if (await isHalted()) return {}
    throw new Problem("statement-replayed")
  }
  const subject = { grantId, statementHash: await statementHash(statement) }
  await audit.append(
    patientId,
    { action: "halt-grant", outcome: "permitted", actor: { kind: "patient" }, subject },
    call.now,
  )
  const put: Grant = { ...grant, revision: grant.revision + 1, haltedAt: call.now.toISOString(), halt: statement }
  const written = await writeNamed(store, { grant: { put }, statement: useOnce(patientId, claims) })
  if (written.outcome === "written" || (await isHalted())) return {}
  throw new Problem(written.lostTo.has("statement") ? "statement-replayed" : "busy")
}
