import { type AuditEvent, auditOrigin } from "../../contract/audit.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import type { AuditHeadOf } from "../../protocol/checkpoint.ts"
import { type Checkpoint, verifyCheckpoint, verifyCheckpointLinks, verifyHead } from "../../protocol/checkpoint-tree.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import type { Witness } from "../../protocol/manifest.ts"
import { goOn } from "../../protocol/signed-time.ts"
import { rememberLinked } from "./heard-checkpoints.ts"
import { callAsPatient, type Memory, type PatientSession, wholeList } from "./session.ts"

/**
 * Verifies that events follow one another from the first, by their hashes and their times, and that what the device saw before still stands where it stood: what is
 * evidence is held against the moment of its event, which nobody dates back.
 */
export const verifyAuditTrail = async (events: readonly AuditEvent[], seen?: AuditHeadOf): Promise<void> => {
  let prev = auditOrigin
  for (const [i, { hash, ...event }] of events.entries()) {
    if (event.seq !== i + 1 || event.prev !== prev || (await canonicalHash(event)) !== hash)
      throw new IntegrityFailure("audit-trail-broken")
    prev = hash
  }
  if (!goOn(events.map(({ at }) => at))) throw new IntegrityFailure("audit-trail-broken")
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

/**
 * That the trail is of this record, and of one past of it: publications are numbered one after the other without a gap, and among them is the newest that
 * this device knows. A number may stand again, also later: of two devices that published at one moment, one was told that it was too late.
 */
const verifyWhose = (events: readonly AuditEvent[], manifest: Witness | undefined): void => {
  const published = events.flatMap(({ actor, outcome, subject }) =>
    actor.kind === "patient" && outcome === "permitted" && subject.manifest !== undefined ? [subject.manifest] : [],
  )
  let last = 0
  for (const { number } of published) {
    if (number > last + 1) throw new IntegrityFailure("audit-trail-cut")
    last = Math.max(last, number)
  }
  if (manifest !== undefined && !published.some(({ hash }) => hash === manifest.hash))
    throw new IntegrityFailure("audit-trail-cut")
}

/**
 * That an event which was under no checkpoint when this device first saw it is under the second one after: whatever moment it names, it can't stay
 * outside. Answers what is to be remembered.
 */
const verifySoonCovered = (
  events: readonly AuditEvent[],
  newest: { number: number; covered: number },
  seen: Memory["uncovered"],
): Memory["uncovered"] => {
  const waits = seen !== undefined && seen.seq > newest.covered
  if (waits && newest.number >= seen.checkpoint + 2) throw new IntegrityFailure("audit-trail-uncovered")
  if (waits) return seen
  return events.length > newest.covered ? { seq: newest.covered + 1, checkpoint: newest.number } : undefined
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

/** What a device knows of the provider's line. */
type Known = Pick<Memory, "heard"> & {
  readonly checkpoint?: Pick<NonNullable<Memory["checkpoint"]>, "number" | "hash" | "covered"> | undefined
}

/**
 * The newest checkpoint, verified: by the provider, with the last one the device saw and those it heard of in its past, and where it has the trail.
 * `given`: once with the way to the last one seen, and once for each that was heard of.
 */
export const verifyNewest = async (
  { cloud, patientId }: Pick<PatientSession, "cloud" | "patientId">,
  [given, ...others]: readonly Given[],
  { checkpoint: seen, heard = [] }: Known,
) => {
  if (given === undefined) {
    if (seen !== undefined || heard.length > 0) throw new IntegrityFailure("checkpoint-invalid")
    return undefined
  }
  const checkpoint = await verifyCheckpoint(given.checkpoint, cloud.provider)
  if (seen !== undefined) await verifyCheckpointLinks(checkpoint, given.links, seen)
  for (const [i, each] of heard.entries()) await verifyCheckpointLinks(checkpoint, others[i]?.links ?? [], each)
  const head = await verifyHead(checkpoint.claims.root, patientId, given.proof)
  // What was covered once stays covered.
  if ((head?.seq ?? 0) < (seen?.covered ?? 0)) throw new IntegrityFailure("audit-trail-cut")
  return { checkpoint, head }
}

/** A million events: each reading of a record is one. What a session has read it doesn't ask for again. */
export const mostTrailPages = 20_000

/** How often the newest checkpoint is asked for again because another was signed in between. */
const attempts = 5

/** The newest checkpoint with the way back to each of these numbers, unverified; none where there is no checkpoint yet. */
const readNewest = async (session: PatientSession, back: readonly (number | undefined)[]): Promise<Given[]> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const answers = await Promise.all(
      back.map((after) =>
        callAsPatient(session, "patient/get-checkpoint", after === undefined ? {} : { after: String(after) }),
      ),
    )
    const given = answers.flatMap(({ newest }) => newest ?? [])
    const same = new Set(given.map(({ checkpoint }) => checkpoint)).size === 1
    if (given.length === 0 || (same && given.length === answers.length)) return given
  }
  throw new IntegrityFailure("checkpoint-invalid")
}

/**
 * What the cloud says, unverified. `back`: the numbers of the checkpoints to lead back to; 0: to the first; the newest is given once with each way.
 * `known`: events that needn't be asked for.
 */
export const readTrailAndCheckpoint = async (
  session: PatientSession,
  back: readonly (number | undefined)[],
  known: readonly AuditEvent[] = [],
) => {
  // The checkpoint before the events: whatever it covers is among them.
  const newest = await readNewest(session, back)
  const events = await wholeList(async (from) => {
    const page = await callAsPatient(session, "patient/read-audit-trail", { after: from ?? startOf(known) })
    return { items: page.events, next: page.next }
  }, mostTrailPages)
  return { newest, events: [...known, ...events] }
}

const startOf = (known: readonly AuditEvent[]): string | undefined =>
  known.length === 0 ? undefined : String(known.length)

/**
 * The whole trail, verified, under the newest checkpoint, verified too. The device remembers the end of both: a trail that was cut or forked
 * since, or left out of the checkpoints, shows. A session reads on from what it has read.
 */
export const readCheckedTrail = async (session: PatientSession): Promise<CheckedTrail> => {
  const { memory, cache } = session
  // What was known when it was asked for: another call of this device may learn of more before the answer comes.
  const known = { ...memory }
  const { checkpoint: seen, heard = [] } = known
  const back = [seen?.number, ...heard.map(({ number }) => number)]
  const { newest: given, events } = await readTrailAndCheckpoint(session, back, cache.events)
  await verifyAuditTrail(events, known.audit)
  verifyWhose(events, known.manifest)
  const newest = await verifyNewest(session, given, known)
  if (newest !== undefined) verifyCovered(events, newest.checkpoint, newest.head)
  if (events.length > (cache.events?.length ?? 0)) cache.events = events
  const last = events.at(-1)
  if (last !== undefined && last.seq > (memory.audit?.seq ?? 0)) memory.audit = { seq: last.seq, hash: last.hash }
  const [first] = given
  if (newest === undefined || first === undefined) return { events }
  const { claims, hash } = newest.checkpoint
  const covered = newest.head?.seq ?? 0
  const uncovered = verifySoonCovered(events, { number: claims.number, covered }, known.uncovered)
  if (claims.number >= (memory.checkpoint?.number ?? 0)) {
    memory.checkpoint = { number: claims.number, hash, covered, statement: first.checkpoint }
    if (uncovered === undefined) delete memory.uncovered
    else memory.uncovered = uncovered
    rememberLinked(session, [...heard, { number: claims.number, hash }])
  }
  return { events, checkpoint: { number: claims.number, signedAt: claims.iat, covered } }
}

/** The events of `readCheckedTrail`. */
export const readAuditTrail = async (session: PatientSession): Promise<AuditEvent[]> =>
  (await readCheckedTrail(session)).events
