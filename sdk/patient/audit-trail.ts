import { type AuditEvent, auditOrigin } from "../../contract/audit.ts"
import type { AuditHeadOf } from "../../contract/checkpoint.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../crypto/canonical.ts"
import { IntegrityFailure } from "../integrity.ts"
import type { Witness } from "../manifest.ts"
import { type Checkpoint, verifyCheckpoint, verifyLinks, verifySeal } from "../seal.ts"
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

/** How long before a checkpoint an event may be and not be under it, milliseconds: the sealer reads again what it may have missed. */
const unsealedAtMost = 2 * 60 * 60 * 1000

/**
 * Verifies that a checkpoint's head of this trail (none: it is not in the tree) stands in it, and that no event has been left out of it for
 * hours. By the cloud's own times: the device's clock may be wrong.
 */
export const verifySealed = (
  events: readonly AuditEvent[],
  { claims }: Pick<Checkpoint, "claims">,
  head: AuditHeadOf | undefined,
): void => {
  if (head !== undefined) {
    const sealed = events[head.seq - 1]
    if (sealed === undefined) throw new IntegrityFailure("audit-trail-cut")
    if (sealed.hash !== head.hash) throw new IntegrityFailure("audit-trail-broken")
  }
  const next = events[head?.seq ?? 0]
  if (next !== undefined && Date.parse(next.at) + unsealedAtMost < Date.parse(claims.through))
    throw new IntegrityFailure("audit-trail-unsealed")
}

/** That the trail is of this record: it tells of the newest manifest the device knows, which the patient signed. */
const verifyWhose = (events: readonly AuditEvent[], manifest: Witness | undefined): void => {
  const told = ({ action, outcome, subject }: AuditEvent) =>
    action === "publish-manifest" && outcome === "permitted" && subject.manifest?.hash === manifest?.hash
  if (manifest !== undefined && !events.some(told)) throw new IntegrityFailure("audit-trail-cut")
}

export interface SealedTrail {
  readonly events: AuditEvent[]
  /** The newest checkpoint over it; absent in a cloud's first minutes. */
  readonly seal?: {
    readonly number: number
    /** When it was signed, seconds. Of a cloud that seals every minute it is not old. */
    readonly signedAt: number
    /** Of the last event under it; 0: none yet. */
    readonly sealed: number
  }
}

type Sealed = NonNullable<ResponseOf<"patient/get-checkpoint">["sealed"]>

/** The newest checkpoint, verified: by the provider, with the last one the device saw in its past, and where it has the trail. */
const verifyNewest = async (
  { cloud, patientId }: PatientSession,
  sealed: Sealed | undefined,
  seen: Memory["checkpoint"],
) => {
  if (sealed === undefined) {
    if (seen !== undefined) throw new IntegrityFailure("checkpoint-invalid")
    return undefined
  }
  const checkpoint = await verifyCheckpoint(sealed.checkpoint, { cloudId: cloud.cloudId, key: cloud.providerKey })
  if (seen !== undefined) await verifyLinks(checkpoint, sealed.links, seen)
  const head = await verifySeal(checkpoint.claims.root, patientId, sealed.proof)
  // What was sealed once stays sealed.
  if ((head?.seq ?? 0) < (seen?.sealed ?? 0)) throw new IntegrityFailure("audit-trail-cut")
  return { checkpoint, head }
}

/** What the cloud says, unverified. `after`: the number of the checkpoint to lead back to; 0: to the first. */
export const readTrailAndSeal = async (session: PatientSession, after: number | undefined) => {
  // The seal before the events: whatever it covers is among them.
  const { sealed } = await callAsPatient(
    session,
    "patient/get-checkpoint",
    after === undefined ? {} : { after: String(after) },
  )
  const events = await wholeList(async (from) => {
    const page = await callAsPatient(session, "patient/read-audit-trail", { after: from })
    return { items: page.events, next: page.next }
  })
  return { sealed, events }
}

/**
 * The whole trail, verified, under the newest checkpoint, verified too. The device remembers the end of both: a trail that was cut or forked
 * since, or left out of the checkpoints, shows.
 */
export const readSealedTrail = async (session: PatientSession): Promise<SealedTrail> => {
  const { memory } = session
  // What was known when it was asked for: another call of this device may learn of more before the answer comes.
  const known = { ...memory }
  const { sealed, events } = await readTrailAndSeal(session, known.checkpoint?.number)
  await verifyAuditTrail(events, known.audit)
  verifyWhose(events, known.manifest)
  const newest = await verifyNewest(session, sealed, known.checkpoint)
  if (newest !== undefined) verifySealed(events, newest.checkpoint, newest.head)
  const last = events.at(-1)
  if (last !== undefined && last.seq > (memory.audit?.seq ?? 0)) memory.audit = { seq: last.seq, hash: last.hash }
  if (newest === undefined) return { events }
  const { claims, hash } = newest.checkpoint
  if (claims.number > (memory.checkpoint?.number ?? 0))
    memory.checkpoint = { number: claims.number, hash, sealed: newest.head?.seq ?? 0 }
  return { events, seal: { number: claims.number, signedAt: claims.iat, sealed: newest.head?.seq ?? 0 } }
}

/** The events of `readSealedTrail`. */
export const readAuditTrail = async (session: PatientSession): Promise<AuditEvent[]> =>
  (await readSealedTrail(session)).events
