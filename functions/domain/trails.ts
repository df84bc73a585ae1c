/** Audit trails, as those whose they are read them. */
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import type { SignedInMember } from "./member-names.ts"
import { requireActive } from "./patients.ts"
import type { AuditReads, StoreReads } from "./ports.ts"
import { requireMember, requireOwner } from "./practice-account.ts"

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
