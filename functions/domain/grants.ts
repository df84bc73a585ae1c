import type { AuditAction, AuditActor, AuditSubject, NewAuditEvent } from "../../contract/audit.ts"
import { Problem, type ProblemCode } from "../../contract/errors.ts"
import { type ItemOf, momentInKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { equal, fromBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { requireActive } from "./patients.ts"
import type { Call, StoreReads } from "./ports.ts"
import { toldOfGrant } from "./rates.ts"
import { defineUseCase } from "./runner.ts"
import { signerEndRefs } from "./signer-ends.ts"
import { isUsed, patientStatement, useOnce } from "./statements.ts"
import { answered, changing, type Step, ToldRefusal } from "./step.ts"
import { tellRefusalOnce } from "./told-events.ts"

type Grant = ItemOf<"grant">

type GrantStatus = "active" | "expired" | "halted" | "ended"

const grantStatus = (grant: Pick<Grant, "haltedAt" | "endedAt" | "expiresAt">, now: Date): GrantStatus => {
  if (grant.haltedAt !== undefined) return "halted"
  if (grant.endedAt !== undefined) return "ended"
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
  if (status !== "active") return `grant-${status}`
  if (patient?.status !== "active") return "account-deactivated"
  if (consent?.status !== "active" || consent.revision !== grant.consentRevision) return "consent-missing"
  if (card?.status !== "active") return "card-refused"
  return undefined
}

/** A refusal within a grant, which the trail tells of once an hour. */
const refusedByGrant = (
  grant: Grant,
  code: ProblemCode,
  { action, of = "", subject = {} }: { action: AuditAction; of?: string; subject?: AuditSubject },
  { now }: Call,
): ToldRefusal => {
  const event: NewAuditEvent = {
    action,
    outcome: code,
    actor: hcpActor(grant),
    subject: { ...subject, grantId: grant.grantId },
  }
  return new ToldRefusal(code, (teller) =>
    tellRefusalOnce(teller, { ...toldOfGrant(grant), of: `${action}#${code}${of}`, event, now }),
  )
}

/**
 * The grant, where it is in force for this professional: asked anew, strongly consistent, for each request, so that expiry, halt
 * and revocation bite at once whatever a token says, with the categories that its card opens still. A grant that isn't theirs is none, and leaves no event.
 */
export const requireLiveGrant = async (
  store: StoreReads,
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
  if (refused !== undefined) throw refusedByGrant(grant, refused, { action }, call)
  return { ...grant, categories: grant.categories.filter((category) => card?.categories.includes(category)) }
}

/** By whom a grant was ended that had been in force: what its holder was about to change was lost to that. */
export const endOf = async (
  store: StoreReads,
  { patientId, grantId }: Pick<Grant, "patientId" | "grantId">,
): Promise<"grant-ended" | "grant-halted"> => {
  const [now] = await store.read([{ kind: "grant", patientId, grantId }])
  return now !== undefined && now.haltedAt === undefined && now.endedAt !== undefined ? "grant-ended" : "grant-halted"
}

/** The grant that a ticket was given for, whatever has become of it. Who has no ticket of it learns nothing, and leaves no event. */
export const grantOfTicket = async (
  store: StoreReads,
  { patientId, grantId, ticket }: RequestOf<"hcp/session">,
): Promise<Grant> => {
  const shown = await sha256(fromBase64url(ticket))
  const [found] = await store.read([{ kind: "grant", patientId, grantId }])
  if (found === undefined || !equal(shown, fromBase64url(found.ticketHash))) throw new Problem("session-refused")
  return found
}

/** The category must be one the card opened. */
export const requireGranted = (
  grant: Grant,
  action: AuditAction,
  subject: AuditSubject & { category: NonNullable<AuditSubject["category"]> },
  call: Call,
): void => {
  const code = "category-not-granted"
  if (!grant.categories.includes(subject.category))
    throw refusedByGrant(grant, code, { action, of: `#${subject.category}`, subject }, call)
}

export const listGrants = async (
  { store }: { store: StoreReads },
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
export const haltGrant = defineUseCase(
  "patient/halt-grant",
  async (
    { store, cloud }: { store: StoreReads; cloud: Pick<CloudIdentity, "cloudId"> },
    patientId: string,
    { grantId, statement }: RequestOf<"patient/halt-grant">,
    call: Call,
  ): Promise<Step<"patient/halt-grant", ResponseOf<"patient/halt-grant">>> => {
    const [found, grant, ...ends] = await store.read([
      { kind: "patient", patientId },
      { kind: "grant", patientId, grantId },
      ...signerEndRefs(patientId),
    ])
    const patient = requireActive(found)
    if (grant === undefined) throw new Problem("not-found")
    if (grant.haltedAt !== undefined) return { done: {} }
    const expected = { audience: cloud.cloudId, patient, ends, now: call.now }
    const claims = await patientStatement("halt", statement, expected)
    if (claims.grantId !== grantId) throw new Problem("statement-invalid")
    const again = async () => {
      const [now] = await store.read([{ kind: "grant", patientId, grantId }])
      return now?.haltedAt === undefined ? undefined : {}
    }
    if (await isUsed(store, patientId, claims)) return answered(again, "statement-replayed")
    const put: Grant = { ...grant, revision: grant.revision + 1, haltedAt: call.now.toISOString(), halt: statement }
    return {
      patientId,
      now: call.now,
      event: {
        action: "halt-grant",
        actor: { kind: "patient" },
        subject: { grantId, statementHash: await statementHash(statement) },
      },
      changing: changing(
        { grant: { put }, statement: useOnce(patientId, claims) },
        { statement: "statement-replayed" },
      ),
      again,
      answer: () => ({}),
    }
  },
)

/**
 * Ends an access because its professional is done with it, by the ticket that opened its session: the grant opens nothing more, and no other grant is
 * touched. Idempotent: one that is over already stays as it is, without a further event.
 */
export const endAccess = defineUseCase(
  "hcp/end-access",
  async (
    { store }: { store: StoreReads },
    request: RequestOf<"hcp/end-access">,
    call: Call,
  ): Promise<Step<"hcp/end-access", ResponseOf<"hcp/end-access">>> => {
    const grant = await grantOfTicket(store, request)
    if (grantStatus(grant, call.now) !== "active") return { done: {} }
    const { patientId, grantId } = grant
    return {
      patientId,
      now: call.now,
      event: { action: "end-access", actor: hcpActor(grant), subject: { grantId } },
      changing: changing(
        { grant: { put: { ...grant, revision: grant.revision + 1, endedAt: call.now.toISOString() } } },
        {},
      ),
      again: async () => (grantStatus(await grantOfTicket(store, request), call.now) === "active" ? undefined : {}),
      answer: () => ({}),
    }
  },
)
