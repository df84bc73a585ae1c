import { type AuditEvent, auditOrigin, type NewAuditEvent } from "../../contract/audit.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { AuditHead } from "./ports.ts"

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
