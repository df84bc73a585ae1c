import * as z from "zod/mini"
import type { AuditEvent } from "../../contract/audit.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { statements } from "../../protocol/claims.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import {
  type Category,
  categories,
  grantSeconds,
  type Profession,
  statementToleranceSeconds,
} from "../../protocol/primitives.ts"
import { type Professional, readProfessional } from "../../protocol/professional.ts"
import { isWhenSigned } from "../../protocol/signed-time.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import { readAuditTrail } from "./audit-trail.ts"
import { startEpoch } from "./cards.ts"
import { type Contents, knownContents, readContents } from "./contents.ts"
import { heedCheckpoint } from "./heard-checkpoints.ts"
import { cardsOf } from "./held-cards.ts"
import { callAsPatient, type Memory, type PatientSession, signAsPatient, wholeList } from "./session.ts"

/** An emergency access as the patient sees it: who, when, which parts; as the audit trail tells it. */
export interface Grant {
  readonly grantId: string
  readonly cardId?: string | undefined
  /**
   * `active`: by the device's clock it has not ended, and the cloud doesn't say that it was ended. `halted`: by the patient, `ended`: by the professional,
   * as the trail says too. `unlisted`: the trail tells of the access,
   * the cloud's list doesn't: it came to nothing at the last moment, or the cloud hides it.
   */
  readonly status: "active" | "expired" | "halted" | "ended" | "unlisted"
  readonly grantedAt: string
  readonly expiresAt?: string | undefined
  readonly categories: readonly Category[]
  /** As the cloud certified it: its word, but the same in the audit trail. */
  readonly profession?: Profession | undefined
  /** The certificate is that of the signature; of what is `unlisted` its hash alone is known. */
  readonly professional: Pick<Professional, "thumbprint"> & Partial<Professional>
  /** The professional's signed request. */
  readonly statement?: string
}

type Listed = ResponseOf<"patient/list-grants">["grants"][number]

const permitted = (events: readonly AuditEvent[], action: AuditEvent["action"], grantId: string | undefined) =>
  events.find((event) => event.action === action && event.outcome === "permitted" && event.subject.grantId === grantId)

const sameCategories = (a: readonly Category[], b: readonly Category[] | undefined) =>
  a.length === b?.length && a.every((category, i) => category === b[i])

/** That whoever ended an access before its time did so in the trail too: the patient, or who had it. */
const requireEndTold = (
  events: readonly AuditEvent[],
  { status, grantId }: Listed,
  { thumbprint }: Professional,
): void => {
  if (status === "halted" && permitted(events, "halt-grant", grantId) === undefined) throw new Error("nobody halted it")
  if (status !== "ended") return
  const actor = permitted(events, "end-access", grantId)?.actor
  if (actor?.kind !== "hcp" || actor.certificate !== thumbprint) throw new Error("nobody ended it")
}

/** What the cloud lists is what the professional signed, and what the trail, which the cloud can't change any more, says of it. */
const verifyGrant = async (session: PatientSession, events: readonly AuditEvent[], listed: Listed): Promise<Grant> => {
  const professional = await readProfessional("emergency-access", listed.statement)
  const { grantId, cardId, grantedAt, expiresAt, categories, profession, statement } = listed
  return orFail("access-differs", async () => {
    const claims = z.parse(statements["emergency-access"], readStatement(statement).payload)
    if (claims.patientId !== session.patientId || claims.aud !== session.cloud.cloudId || claims.cardId !== cardId)
      throw new Error("signed for something else")
    if (claims.fingerprint !== session.fingerprint) throw new Error("signed for another patient's card")
    await heedCheckpoint(session, claims.checkpoint)
    const event = permitted(events, "emergency-access", grantId)
    if (event?.actor.kind !== "hcp") throw new Error("not in the trail")
    const { actor, subject, at } = event
    const sameAccess = subject.statementHash === (await statementHash(statement)) && subject.cardId === cardId
    const samePerson = actor.certificate === professional.thumbprint && actor.profession === profession
    const sameTime = at === grantedAt && isWhenSigned(at, claims.iat) && subject.expiresAt === expiresAt
    if (!sameAccess || !samePerson || !sameTime || !sameCategories(categories, subject.categories))
      throw new Error("another access")
    requireEndTold(events, listed, professional)
    const byTime = Date.now() < Date.parse(expiresAt) ? "active" : "expired"
    const status = listed.status === "halted" || listed.status === "ended" ? listed.status : byTime
    return { grantId, cardId, status, grantedAt, expiresAt, categories, profession, professional, statement }
  })
}

const unlisted = (events: readonly AuditEvent[], listed: readonly Listed[]): Grant[] =>
  events.flatMap(({ action, outcome, actor, subject, at }): Grant[] => {
    const { grantId, cardId, expiresAt, categories = [] } = subject
    if (action !== "emergency-access" || outcome !== "permitted" || actor.kind !== "hcp" || grantId === undefined)
      return []
    if (listed.some((grant) => grant.grantId === grantId)) return []
    const { profession, certificate } = actor
    const professional = { thumbprint: certificate }
    return [{ grantId, cardId, status: "unlisted", grantedAt: at, expiresAt, categories, profession, professional }]
  })

const listedGrants = (session: PatientSession, since?: string): Promise<Listed[]> =>
  wholeList(async (after) => {
    const { grants: items, next } = await callAsPatient(session, "patient/list-grants", { after, since })
    return { items, next }
  })

/** Every emergency access there was, with the trail that each was verified against; what the trail tells of and the list doesn't is there too. */
export const readAccesses = async (session: PatientSession): Promise<{ events: AuditEvent[]; grants: Grant[] }> => {
  let listed = await listedGrants(session)
  // The list before the trail: whatever is listed is an event already.
  const events = await readAuditTrail(session)
  const missed = unlisted(events, listed).map(({ grantId }) => grantId)
  // An access that was granted while we read.
  if (missed.length > 0)
    listed = [...listed, ...(await listedGrants(session)).filter(({ grantId }) => missed.includes(grantId))]
  if (new Set(listed.map(({ grantId }) => grantId)).size !== listed.length) throw new IntegrityFailure("access-differs")
  const verified = await Promise.all(listed.map((grant) => verifyGrant(session, events, grant)))
  return { events, grants: [...verified, ...unlisted(events, listed)] }
}

/** Every emergency access there was, as `readAccesses` tells of it. */
export const listGrants = async (session: PatientSession): Promise<Grant[]> => (await readAccesses(session)).grants

/** An epoch that began so short a time ago is not followed by another of itself, milliseconds: a flood of accesses is no flood of epochs. */
const automaticEvery = 60 * 60 * 1000

/** When a category's newest epoch began, seconds; 0 where it says later than now: the clock of the device that began it was wrong. */
const beganAt = ({ keyRing }: Contents, category: Category): number => {
  const at = keyRing.categories[category].previous[0]?.endedAt ?? 0
  return at > Date.now() / 1000 + statementToleranceSeconds ? 0 : at
}

/** Two clocks, each as far off as the cloud allows, seconds. */
const clocksApart = 2 * statementToleranceSeconds

/** An access, with all that this device needs to know which keys it was given: by which card, and when, seconds. */
interface KnownAccess {
  readonly grantId: string
  readonly cardId?: string | undefined
  readonly grantedAt: number
}

/** What the professional signed; whatever else the cloud says of the access counts for nothing here. */
const readAccess = async (session: PatientSession, { grantId, statement }: Listed): Promise<KnownAccess> => {
  await readProfessional("emergency-access", statement)
  return orFail("access-differs", () => {
    const claims = z.parse(statements["emergency-access"], readStatement(statement).payload)
    const ofUs = claims.patientId === session.patientId && claims.aud === session.cloud.cloudId
    if (!ofUs || claims.fingerprint !== session.fingerprint) throw new Error("signed for something else")
    return { grantId, cardId: claims.cardId, grantedAt: claims.iat }
  })
}

/**
 * The categories that each of these accesses was given by its card, and whose newest key is not newer than the access. A card that the manifest lists no
 * more was struck with new keys for all it opened; one that is revoked and still listed could have opened anything.
 */
const unrenewedOf = async (session: PatientSession, accesses: readonly KnownAccess[]) => {
  if (accesses.length === 0) return []
  const contents = await readContents(session)
  const { cards } = await cardsOf(session, contents)
  const openedBy = (cardId: string | undefined): readonly Category[] => {
    if (!contents.manifest.claims.cards.some((listed) => listed.cardId === cardId)) return []
    const card = cards.find((each) => each.cardId === cardId)
    return card?.status === "active" ? card.categories : categories
  }
  const began = (category: Category) => beganAt(contents, category)
  return accesses.map(({ grantId, cardId, grantedAt }) => ({
    grantId,
    unrenewed: openedBy(cardId).filter((category) => began(category) <= grantedAt + clocksApart),
  }))
}

const allAccesses = { since: new Date(0).toISOString(), renewed: [] }

/** From where accesses are asked for; from the first, where this device's clock was ahead when it remembered. */
const accessesOf = ({ accesses = allAccesses }: Memory): NonNullable<Memory["accesses"]> =>
  Date.parse(accesses.since) > Date.now() ? { ...accesses, since: allAccesses.since } : accesses

/** An access is listed at most so long after its time by this device's clock, milliseconds, which the cloud's is not far from: older ones are known. */
const listedWithin = 10 * 60 * 1000

/** Forgets the accesses that are older than any after which new keys are still to be made: neither asked for nor remembered any more. */
const settle = (memory: Memory, listed: readonly Listed[], open: readonly KnownAccess[], renewed: string[]): void => {
  const { since: before } = accessesOf(memory)
  const first = open.reduce((from, { grantedAt }) => Math.min(from, grantedAt * 1000), Date.now()) - listedWithin
  const since = new Date(Math.max(first, Date.parse(before))).toISOString()
  const kept = listed.filter(({ grantId, grantedAt }) => grantedAt >= since && renewed.includes(grantId))
  memory.accesses = { since, renewed: kept.map(({ grantId }) => grantId) }
}

/** Whether a category has begun an epoch within the hour. */
const renewedLately = async (session: PatientSession, category: Category): Promise<boolean> => {
  return Date.now() - beganAt(await knownContents(session), category) * 1000 < automaticEvery
}

/** Whether an access has ended: the cloud says so, or it can't last any longer. */
const hasEnded = ({ status }: Pick<Listed, "status">, { grantedAt }: KnownAccess): boolean =>
  status !== "active" || (grantedAt + grantSeconds + clocksApart) * 1000 < Date.now()

/**
 * Starts a new epoch of each category that an ended access had opened and that has no newer key yet, at most one of itself an hour: who read once can't
 * read what comes later. Called before anything is added; doing it twice does no harm. Which accesses there were is the cloud's word here, since the whole
 * trail is too much to read each time: `listGrants` and `haltGrant` hold it against the trail. What each opened, and when, is not: the professional signed
 * the card, the patient the card's categories and the epochs.
 */
export const renewKeys = async (session: PatientSession): Promise<void> => {
  const { memory } = session
  const { since, renewed } = accessesOf(memory)
  const listed = await listedGrants(session, since)
  const unknown = listed.filter(({ grantId }) => !renewed.includes(grantId))
  const read = await Promise.all(unknown.map(async (each) => ({ each, access: await readAccess(session, each) })))
  const ended = read.filter(({ each, access }) => hasEnded(each, access)).map(({ access }) => access)
  const found = await unrenewedOf(session, ended)
  const done = found.filter(({ unrenewed }) => unrenewed.length === 0).map(({ grantId }) => grantId)
  const open = read.map(({ access }) => access).filter(({ grantId }) => !done.includes(grantId))
  settle(memory, listed, open, [...renewed, ...done])
  const wanted = [...new Set(found.flatMap(({ unrenewed }) => unrenewed))]
  const lately = await Promise.all(wanted.map((category) => renewedLately(session, category)))
  const due = wanted.filter((_, i) => lately[i] !== true)
  if (due.length > 0) await startEpoch(session, due)
}

/**
 * Ends a running access at once, by a statement that needs no manifest, and starts a new epoch of what it opened, whatever the cloud then says of it.
 * `access-differs` where the trail doesn't tell that it was ended, by this statement or one before.
 */
export const haltGrant = async (session: PatientSession, { grantId }: { grantId: string }): Promise<void> => {
  const statement = await signAsPatient(session, "halt", { grantId })
  await callAsPatient(session, "patient/halt-grant", { grantId, statement })
  try {
    const { events, grants } = await readAccesses(session)
    const halted = permitted(events, "halt-grant", grantId)?.actor.kind === "patient"
    if (!halted || !grants.some((grant) => grant.grantId === grantId)) throw new IntegrityFailure("access-differs")
    const ended = grants.filter((grant) => grant.grantId === grantId || grant.status !== "active")
    const accesses = ended.map(({ grantedAt, ...grant }) => ({ ...grant, grantedAt: Date.parse(grantedAt) / 1000 }))
    const unrenewed = (await unrenewedOf(session, accesses)).flatMap((each) => each.unrenewed)
    if (unrenewed.length > 0) await startEpoch(session, [...new Set(unrenewed)])
  } catch (error) {
    // Whatever the cloud hides of what was opened, nothing new is under a key that had been given out.
    await startEpoch(session, categories)
    throw error
  }
}
