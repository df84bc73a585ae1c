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
import { clocksApart, isWhenSigned } from "../../protocol/signed-time.ts"
import { isListed, type SignerList, verifyByEarlierSigner } from "../../protocol/signers.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import { readAuditTrail } from "./audit-trail.ts"
import { startEpoch } from "./cards.ts"
import { type Contents, knownContents, readContents } from "./contents.ts"
import { heedCheckpoint } from "./heard-checkpoints.ts"
import { cardsOf } from "./held-cards.ts"
import { callAsPatient, type Memory, type PatientSession, signAsPatient, wholeList } from "./session.ts"
import { accessesOf, type KnownAccess, noteTold } from "./told-accesses.ts"

/** An emergency access as the patient sees it: who, when, which parts; as the audit trail tells it. */
export interface Grant {
  readonly grantId: string
  readonly cardId?: string | undefined
  /**
   * `active`: by the device's clock it has not ended, and the cloud doesn't say that it was ended. `halted`: by the patient, whose device signed that, `ended`: by
   * the professional, as the trail says too. `unlisted`: the trail tells of the access,
   * the cloud's list doesn't: it came to nothing at the last moment, or the cloud hides it.
   */
  readonly status: "active" | "expired" | "halted" | "ended" | "unlisted"
  readonly grantedAt: string
  readonly expiresAt?: string | undefined
  /** When the trail tells of the end of what is `halted` or `ended`. */
  readonly endedAt?: string
  readonly categories: readonly Category[]
  /** As the cloud certified it: its word, but the same in the audit trail. */
  readonly profession?: Profession | undefined
  /** The certificate is that of the signature; of what is `unlisted` its hash alone is known. */
  readonly professional: Pick<Professional, "thumbprint"> & Partial<Professional>
  /** The professional's signed request. */
  readonly statement?: string
  /** By which the cloud knew that the certificate hadn't been revoked, where it kept one; `certifiedBy` judges it. */
  readonly answer?: { readonly ocsp: string; readonly at: string }
}

type Listed = ResponseOf<"patient/list-grants">["grants"][number]

const permittedOf = (events: readonly AuditEvent[], action: AuditEvent["action"], grantId: string | undefined) =>
  events.filter(
    (event) => event.action === action && event.outcome === "permitted" && event.subject.grantId === grantId,
  )

/**
 * The event of an order of the patient's that an access is over, by the order's hash. An event is written before what it tells of is done: of two orders at one
 * moment both are told, and one of them came to nothing.
 */
const haltTold = (events: readonly AuditEvent[], grantId: string, statementHash: string) =>
  permittedOf(events, "halt-grant", grantId).find(
    ({ actor, subject }) => actor.kind === "patient" && subject.statementHash === statementHash,
  )

const sameCategories = (a: readonly Category[], b: readonly Category[] | undefined) =>
  a.length === b?.length && a.every((category, i) => category === b[i])

/** What the accesses are held against: the trail, and the newest list of signers where an access was halted. */
interface Evidence {
  readonly events: readonly AuditEvent[]
  readonly signers?: SignerList
}

/**
 * When the patient's device signed that this access is over, as the trail tells of it. An order by somebody whom the newest list has no more can't
 * be verified, and says nothing.
 */
const haltedAt = async (
  session: PatientSession,
  { grantId, halt = "" }: Listed,
  { events, signers }: Evidence,
): Promise<string | undefined> => {
  const { kid } = readStatement(halt).header
  if (signers === undefined || !(await isListed(signers, kid))) return undefined
  const claims = z.parse(statements.halt, await verifyByEarlierSigner(halt, "halt", signers))
  const ofUs = claims.aud === session.cloud.cloudId && claims.patientId === session.patientId
  if (!ofUs || claims.grantId !== grantId) throw new Error("an order about something else")
  const event = haltTold(events, grantId, await statementHash(halt))
  if (event === undefined || !isWhenSigned(event.at, claims.iat)) throw new Error("not told of when it was signed")
  await heedCheckpoint(session, claims.checkpoint)
  return event.at
}

/** When the professional ended their own access, by the trail too: what was told before may have come to nothing. */
const leftAt = (
  events: readonly AuditEvent[],
  { grantId }: Listed,
  { thumbprint }: Pick<Professional, "thumbprint">,
): string => {
  const event = permittedOf(events, "end-access", grantId).at(-1)
  if (event?.actor.kind !== "hcp" || event.actor.certificate !== thumbprint) throw new Error("nobody ended it")
  return event.at
}

/** What has become of an access: before its time it ends by the patient's order or by who had it, else by this device's clock. */
const statusOf = async (
  session: PatientSession,
  listed: Listed,
  professional: Professional,
  evidence: Evidence,
): Promise<Pick<Grant, "status" | "endedAt">> => {
  if (listed.status === "ended") return { status: "ended", endedAt: leftAt(evidence.events, listed, professional) }
  const endedAt = listed.status === "halted" ? await haltedAt(session, listed, evidence) : undefined
  if (endedAt !== undefined) return { status: "halted", endedAt }
  return { status: Date.now() < Date.parse(listed.expiresAt) ? "active" : "expired" }
}

/** What the cloud lists is what the professional signed, and what the trail, which the cloud can't change any more, says of it. */
const verifyGrant = async (session: PatientSession, listed: Listed, evidence: Evidence): Promise<Grant> => {
  const professional = await readProfessional("emergency-access", listed.statement)
  const { grantId, cardId, grantedAt, expiresAt, categories, profession, statement, ocsp } = listed
  const answer = ocsp === undefined ? {} : { answer: { ocsp, at: grantedAt } }
  return orFail("access-differs", async () => {
    const claims = z.parse(statements["emergency-access"], readStatement(statement).payload)
    if (claims.patientId !== session.patientId || claims.aud !== session.cloud.cloudId || claims.cardId !== cardId)
      throw new Error("signed for something else")
    if (claims.fingerprint !== session.fingerprint) throw new Error("signed for another patient's card")
    await heedCheckpoint(session, claims.checkpoint)
    const [event] = permittedOf(evidence.events, "emergency-access", grantId)
    if (event?.actor.kind !== "hcp") throw new Error("not in the trail")
    const { actor, subject, at } = event
    const sameAccess = subject.statementHash === (await statementHash(statement)) && subject.cardId === cardId
    const samePerson = actor.certificate === professional.thumbprint && actor.profession === profession
    const sameTime = at === grantedAt && isWhenSigned(at, claims.iat) && subject.expiresAt === expiresAt
    if (!sameAccess || !samePerson || !sameTime || !sameCategories(categories, subject.categories))
      throw new Error("another access")
    if (Date.parse(expiresAt) - Date.parse(grantedAt) > grantSeconds * 1000) throw new Error("longer than any")
    const status = await statusOf(session, listed, professional, evidence)
    const signed = { professional, statement, ...answer }
    return { grantId, cardId, ...status, grantedAt, expiresAt, categories, profession, ...signed }
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

/**
 * Whether an access was over by some moment: its time was up, or, as the list and the trail have it, somebody had ended it. What was under way at the end has
 * the clock of another server.
 */
export const wasOver = ({ expiresAt = "", endedAt = expiresAt }: Grant, moment: string): boolean => {
  const end = Math.min(Date.parse(expiresAt), Date.parse(endedAt))
  return !(Date.parse(moment) <= end + clocksApart * 1000)
}

/** The accesses as the cloud lists them, unverified. */
export const listedGrants = (session: PatientSession, since?: string): Promise<Listed[]> =>
  wholeList(async (after) => {
    const { grants: items, next } = await callAsPatient(session, "patient/list-grants", { after, since })
    return { items, next }
  })

/** Of what the trail alone tells of, nobody signed by which card it was. */
const knownAs = ({ grantId, cardId, grantedAt, statement, endedAt }: Grant): KnownAccess => ({
  grantId,
  ...(statement === undefined ? {} : { cardId }),
  grantedAt: Math.ceil(Date.parse(grantedAt) / 1000),
  ended: endedAt !== undefined,
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
  // Whoever halted one may have become a signer since this device read the list.
  const halted = listed.some(({ status }) => status === "halted")
  const evidence = { events, ...(halted ? { signers: (await readContents(session)).signers } : {}) }
  const verified = await Promise.all(listed.map((grant) => verifyGrant(session, grant, evidence)))
  noteTold(session, events, verified.map(knownAs))
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
 * more was struck with new keys for all it opened; one that is revoked and still listed could have opened anything, and so could one that nobody signed the card of.
 */
const unrenewedOf = async (session: PatientSession, accesses: readonly KnownAccess[]) => {
  if (accesses.length === 0) return []
  const contents = await readContents(session)
  const { cards } = await cardsOf(session, contents)
  const openedBy = (cardId: string | undefined): readonly Category[] => {
    if (cardId === undefined) return categories
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

/** An access is listed at most so long after its time by this device's clock, milliseconds, which the cloud's is not far from: older ones are known. */
const listedWithin = 10 * 60 * 1000

/** Forgets the accesses that are older than any after which new keys are still to be made: neither asked for nor remembered any more. */
const settle = (memory: Memory, listed: readonly Listed[], open: readonly KnownAccess[], renewed: string[]): void => {
  const { since: before } = accessesOf(memory)
  const first = open.reduce((from, { grantedAt }) => Math.min(from, grantedAt * 1000), Date.now()) - listedWithin
  const since = new Date(Math.max(first, Date.parse(before))).toISOString()
  const kept = listed.filter(({ grantId, grantedAt }) => grantedAt >= since && renewed.includes(grantId))
  const { told = [], ...known } = accessesOf(memory)
  const left = told.filter(({ grantId }) => !renewed.includes(grantId))
  memory.accesses = { ...known, since, renewed: kept.map(({ grantId }) => grantId), told: left }
}

/** Whether a category has begun an epoch within the hour. */
const renewedLately = async (session: PatientSession, category: Category): Promise<boolean> => {
  return Date.now() - beganAt(await knownContents(session), category) * 1000 < automaticEvery
}

/** Whether an access can't last any longer. */
const isPast = ({ grantedAt }: KnownAccess): boolean => (grantedAt + grantSeconds + clocksApart) * 1000 < Date.now()

/**
 * Starts a new epoch of each category that an ended access had opened and that has no newer key yet, at most one of itself an hour: who read once can't
 * read what comes later. Called before anything is added; doing it twice does no harm. The whole trail is too much to read each time: which accesses there were is
 * the cloud's word here, but for those that the trail told this device of (`readAccesses`), which the cloud can't leave out. What each opened, and when, is not its
 * word: the professional signed the card, the patient the card's categories and the epochs.
 */
export const renewKeys = async (session: PatientSession): Promise<void> => {
  const { memory } = session
  const { since, renewed, told = [] } = accessesOf(memory)
  const listed = await listedGrants(session, since)
  const unknown = listed.filter(({ grantId }) => !renewed.includes(grantId))
  const read = await Promise.all(unknown.map(async (each) => ({ each, access: await readAccess(session, each) })))
  const leftOut = told.filter(({ grantId }) => !listed.some((each) => each.grantId === grantId))
  const ended = [
    ...read.filter(({ each, access }) => each.status !== "active" || isPast(access)).map(({ access }) => access),
    ...leftOut.filter((access) => access.ended === true || isPast(access)),
  ]
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
    const found = grants.find((grant) => grant.grantId === grantId)
    // The cloud keeps the first order: this one is told of, or one before, which the list shows, signed.
    const told = haltTold(events, grantId, await statementHash(statement)) !== undefined || found?.status === "halted"
    if (!told || found === undefined) throw new IntegrityFailure("access-differs")
    const ended = grants.filter((grant) => grant.grantId === grantId || grant.status !== "active")
    const unrenewed = (await unrenewedOf(session, ended.map(knownAs))).flatMap((each) => each.unrenewed)
    if (unrenewed.length > 0) await startEpoch(session, [...new Set(unrenewed)])
  } catch (error) {
    // Whatever the cloud hides of what was opened, nothing new is under a key that had been given out.
    await startEpoch(session, categories)
    throw error
  }
}
