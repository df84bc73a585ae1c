import { type AuditEvent, auditOrigin } from "../../contract/audit.ts"
import { canonicalHash } from "../crypto/canonical.ts"
import { IntegrityFailure } from "../integrity.ts"
import { callAsPatient, type PatientSession, wholeList } from "./session.ts"

/** Verifies that events follow one another from the first, and that what the device saw before still stands where it stood. */
export const verifyAuditTrail = async (
  events: readonly AuditEvent[],
  seen?: { seq: number; hash: string },
): Promise<void> => {
  let prev = auditOrigin
  for (const [i, { hash, ...event }] of events.entries()) {
    if (event.seq !== i + 1 || event.prev !== prev || (await canonicalHash(event)) !== hash)
      throw new IntegrityFailure("audit-trail-broken")
    prev = hash
  }
  if (seen === undefined) return
  const then = events[seen.seq - 1]
  if (then === undefined) throw new IntegrityFailure("audit-trail-cut")
  if (then.hash !== seen.hash) throw new IntegrityFailure("audit-trail-broken")
}

/** The whole trail, verified; the device remembers its end, so that cutting it shows. */
export const readAuditTrail = async (session: PatientSession): Promise<AuditEvent[]> => {
  const events = await wholeList(async (after) => {
    const { events: items, next } = await callAsPatient(session, "patient/read-audit-trail", { after })
    return { items, next }
  })
  await verifyAuditTrail(events, session.memory.audit)
  const last = events.at(-1)
  if (last !== undefined) session.memory.audit = { seq: last.seq, hash: last.hash }
  return events
}
