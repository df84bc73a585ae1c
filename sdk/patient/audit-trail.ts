import { type AuditEvent, auditOrigin } from "../../contract/audit.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import type { AuditHeadOf } from "../../protocol/checkpoint.ts"
import { type Checkpoint, verifyCheckpoint, verifyHead, verifyLinks } from "../../protocol/checkpoint-tree.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import type { Witness } from "../../protocol/manifest.ts"
import { callAsPatient, type Memory, type PatientSession, wholeList } from "./session.ts"

/** Verifies that events follow one another from the first, and that what the device saw before still stands where it stood. */
export const verifyAuditTrail = async (events: readonly AuditEvent[], seen?: AuditHeadOf): Promise<void> => {
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

/** How long before a checkpoint an event may be and not be under it, milliseconds: the signer reads again what it may have missed. */
const uncoveredAtMost = 2 * 60 * 60 * 1000

/**
 * Verifies that a checkpoint's head of this trail (none: it is not in the tree) stands in it, and that no event has been left out of it for
 * hours. By the cloud's own times: the device's clock may be wrong.
 */
export const verifyCovered = (
  events: readonly AuditEvent[],
  { claims }: Pick<Checkpoint, "claims">,
  head: AuditHeadOf | undefined,
): void => {
  if (head !== undefined) {
    const covered = events[head.seq - 1]
    if (covered === undefined) throw new IntegrityFailure("audit-trail-cut")
    if (covered.hash !== head.hash) throw new IntegrityFailure("audit-trail-broken")
  }
  const next = events[head?.seq ?? 0]
  if (next !== undefined && Date.parse(next.at) + uncoveredAtMost < Date.parse(claims.through))
    throw new IntegrityFailure("audit-trail-uncovered")
}

/** That the trail is of this record: it tells of the newest manifest the device knows, which the patient signed. */
const verifyWhose = (events: readonly AuditEvent[], manifest: Witness | undefined): void => {
  const told = ({ action, outcome, subject }: AuditEvent) =>
    action === "publish-manifest" && outcome === "permitted" && subject.manifest?.hash === manifest?.hash
  if (manifest !== undefined && !events.some(told)) throw new IntegrityFailure("audit-trail-cut")
}

export interface CheckedTrail {
  readonly events: AuditEvent[]
  /** The newest checkpoint over it; absent in a cloud's first minutes. */
  readonly checkpoint?: {
    readonly number: number
    /** When it was signed, seconds. Of a cloud that signs one every minute it is not old. */
    readonly signedAt: number
    /** Of the last event under it; 0: none yet. */
    readonly covered: number
  }
}

type Given = NonNullable<ResponseOf<"patient/get-checkpoint">["newest"]>

/** The newest checkpoint, verified: by the provider, with the last one the device saw in its past, and where it has the trail. */
const verifyNewest = async (
  { cloud, patientId }: PatientSession,
  given: Given | undefined,
  seen: Memory["checkpoint"],
) => {
  if (given === undefined) {
    if (seen !== undefined) throw new IntegrityFailure("checkpoint-invalid")
    return undefined
  }
  const checkpoint = await verifyCheckpoint(given.checkpoint, { cloudId: cloud.cloudId, key: cloud.providerKey })
  if (seen !== undefined) await verifyLinks(checkpoint, given.links, seen)
  const head = await verifyHead(checkpoint.claims.root, patientId, given.proof)
  // What was covered once stays covered.
  if ((head?.seq ?? 0) < (seen?.covered ?? 0)) throw new IntegrityFailure("audit-trail-cut")
  return { checkpoint, head }
}

/** What the cloud says, unverified. `after`: the number of the checkpoint to lead back to; 0: to the first. */
export const readTrailAndCheckpoint = async (session: PatientSession, after: number | undefined) => {
  // The checkpoint before the events: whatever it covers is among them.
  const { newest } = await callAsPatient(
    session,
    "patient/get-checkpoint",
    after === undefined ? {} : { after: String(after) },
  )
  const events = await wholeList(async (from) => {
    const page = await callAsPatient(session, "patient/read-audit-trail", { after: from })
    return { items: page.events, next: page.next }
  })
  return { newest, events }
}

/**
 * The whole trail, verified, under the newest checkpoint, verified too. The device remembers the end of both: a trail that was cut or forked
 * since, or left out of the checkpoints, shows.
 */
export const readCheckedTrail = async (session: PatientSession): Promise<CheckedTrail> => {
  const { memory } = session
  // What was known when it was asked for: another call of this device may learn of more before the answer comes.
  const known = { ...memory }
  const { newest: given, events } = await readTrailAndCheckpoint(session, known.checkpoint?.number)
  await verifyAuditTrail(events, known.audit)
  verifyWhose(events, known.manifest)
  const newest = await verifyNewest(session, given, known.checkpoint)
  if (newest !== undefined) verifyCovered(events, newest.checkpoint, newest.head)
  const last = events.at(-1)
  if (last !== undefined && last.seq > (memory.audit?.seq ?? 0)) memory.audit = { seq: last.seq, hash: last.hash }
  if (newest === undefined) return { events }
  const { claims, hash } = newest.checkpoint
  if (claims.number > (memory.checkpoint?.number ?? 0))
    memory.checkpoint = { number: claims.number, hash, covered: newest.head?.seq ?? 0 }
  return { events, checkpoint: { number: claims.number, signedAt: claims.iat, covered: newest.head?.seq ?? 0 } }
}

/** The events of `readCheckedTrail`. */
export const readAuditTrail = async (session: PatientSession): Promise<AuditEvent[]> =>
  (await readCheckedTrail(session)).events
