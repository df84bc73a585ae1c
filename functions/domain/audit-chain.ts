import { type AuditEvent, auditOrigin, type NewAuditEvent } from "../../contract/audit.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { SignedInMember } from "./member-names.ts"
import { requireActive } from "./patients.ts"
import type { AuditHead, AuditReads, StoreReads } from "./ports.ts"
import { requireMember, requireOwner } from "./practice-account.ts"

/** The head of a chain whose last event is the only one given; that of an empty chain where there is none. */
export const headOf = (events: readonly AuditEvent[]): AuditHead => {
  const last = events.at(-1)
  return last === undefined ? { seq: 0, hash: auditOrigin } : { seq: last.seq, hash: last.hash }
}

/** The event as the next link of the chain (docs/protocol.md, "Audit trail"). */
export const linkEvent = async (head: AuditHead, event: NewAuditEvent, at: Date): Promise<AuditEvent> => {
  // Through JSON, so that an absent field and an undefined one hash alike.
  const unsigned: Omit<AuditEvent, "hash"> = JSON.parse(
    JSON.stringify({ ...event, seq: head.seq + 1, at: at.toISOString(), prev: head.hash }),
  )
  return { ...unsigned, hash: await canonicalHash(unsigned) }
}

/** A page of the patient's trail, in order. Not of a deactivated account: its id must not open the trail to whoever registers it anew. */
export const readAuditTrail = async (
  { store, audit }: { store: StoreReads; audit: AuditReads },
  patientId: string,
  { after }: RequestOf<"patient/read-audit-trail">,
): Promise<ResponseOf<"patient/read-audit-trail">> => {
  const [patient] = await store.read([{ kind: "patient", patientId }])
  requireActive(patient)
  return trailPage(audit, patientId, after)
}

/** A page of a practice's trail, in order, for its owners. */
export const readPracticeTrail = async (
  { store, audit }: { store: StoreReads; audit: AuditReads },
  actor: SignedInMember,
  { after }: RequestOf<"practice/read-audit-trail">,
): Promise<ResponseOf<"practice/read-audit-trail">> => {
  const { practiceId } = actor
  const [found] = await store.read([{ kind: "practice", practiceId }])
  requireOwner(requireMember(found, actor))
  return trailPage(audit, practiceId, after)
}

const trailPage = async (audit: AuditReads, of: string, after: string | undefined) => {
  const { events, next } = await audit.read(of, Number(after ?? 0))
  return next === undefined ? { events } : { events, next: String(next) }
}
