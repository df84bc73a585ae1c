/** A practice's audit trail, read by an owner and verified (docs/protocol.md, "Audit trail"). */
import type { AuditEvent } from "../../contract/audit.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import {
  type CheckedTrail,
  mostTrailPages,
  verifyAuditTrail,
  verifyCovered,
  verifyNewest,
} from "../patient/audit-trail.ts"
import { wholeList } from "../patient/session.ts"
import type { Practice } from "./practice.ts"
import { callAsMember } from "./session.ts"

/** That each change of the practice is told by an event, one after the other: a cloud that tells of fewer is found out. */
const verifyTold = (events: readonly AuditEvent[], hashes: readonly string[]): void => {
  const told = events.flatMap(({ outcome, subject }) =>
    outcome === "permitted" && subject.statementHash !== undefined ? [subject.statementHash] : [],
  )
  let at = 0
  for (const hash of hashes) {
    at = told.indexOf(hash, at) + 1
    if (at === 0) throw new IntegrityFailure("audit-trail-cut")
  }
}

/**
 * The whole trail, verified: its chain, that each of the practice's changes is told, and that the newest checkpoint, verified too, covers it. The device remembers the end of
 * both, so that a trail that was cut or forked since shows. For owners; `role-not-allowed` for others.
 */
export const readPracticeTrail = async (practice: Practice): Promise<CheckedTrail> => {
  const { session } = practice
  const { memory } = session
  const known = { ...memory }
  const hashes = practice.changeHashes()
  const after = known.checkpoint === undefined ? {} : { after: String(known.checkpoint.number) }
  // The checkpoint before the events: whatever it covers is among them.
  const { newest: given } = await callAsMember(session, "practice/get-checkpoint", after)
  const events = await wholeList(async (from) => {
    const page = await callAsMember(session, "practice/read-audit-trail", from === undefined ? {} : { after: from })
    return { items: page.events, next: page.next }
  }, mostTrailPages)
  await verifyAuditTrail(events, known.audit)
  verifyTold(events, hashes)
  const { cloud } = session
  const newest = await verifyNewest({ cloud, patientId: known.practiceId }, given === undefined ? [] : [given], {
    checkpoint: known.checkpoint,
  })
  if (newest !== undefined) verifyCovered(events, newest.checkpoint, newest.head)
  const last = events.at(-1)
  if (last !== undefined) memory.audit = { seq: last.seq, hash: last.hash }
  if (newest === undefined) return { events }
  const { claims, hash } = newest.checkpoint
  const covered = newest.head?.seq ?? 0
  memory.checkpoint = { number: claims.number, hash, covered }
  return { events, checkpoint: { number: claims.number, signedAt: claims.iat, covered } }
}
