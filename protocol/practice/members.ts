/** Who works in a practice, and what each may do: fingerprint -> root -> list -> member (docs/protocol.md, "Practice"). */
import * as z from "zod/mini"
import { orFail } from "../integrity.ts"
import { sameKey, thumbprint } from "../keys.ts"
import type { EcPublicJwk } from "../primitives.ts"
import { clocksApart } from "../signed-time.ts"
import { readStatement, statementHash, verifyStatement } from "../statement.ts"
import {
  type Member,
  type MemberListClaims,
  maxListedMembers,
  maxMembers,
  memberListClaims,
  type PracticeChange,
  type PracticeChangeClaims,
  type PracticeDeactivationClaims,
  type PracticeInvitationClaims,
  practiceChangeClaims,
  practiceDeactivationClaims,
  practiceHandoverClaims,
  practiceInvitationClaims,
  type Role,
} from "./claims.ts"

/** Where a practice is: what is sealed for it is bound to both. */
export interface PracticePlace {
  readonly cloudId: string
  readonly practiceId: string
}

/** A practice's numbered list, verified. */
export interface MemberList {
  readonly number: number
  readonly hash: string
  readonly claims: MemberListClaims
}

export const activeMembers = ({ members }: Pick<MemberListClaims, "members">): Member[] =>
  members.filter(({ until }) => until === undefined)

const signedBy = async (compact: string, typ: string, keys: readonly EcPublicJwk[]): Promise<string> => {
  const { kid } = readStatement(compact).header
  for (const key of keys)
    if ((await thumbprint(key)) === kid) {
      await verifyStatement(compact, { typ, key, algorithms: ["ES256"] })
      return kid
    }
  throw new Error("by nobody who may")
}

const isDistinct = (values: readonly string[]): boolean => new Set(values).size === values.length

/** No key and no id stands twice, and somebody is left who can change the list. */
const requireSound = async ({ members, root, iat }: MemberListClaims): Promise<void> => {
  const signing = await Promise.all(
    [root.signing, ...members.map((each) => each.signing)].map((key) => thumbprint(key)),
  )
  const sealing = [root.sealing, ...members.map((each) => each.sealing)]
  if (!isDistinct(signing) || !isDistinct(sealing) || !isDistinct(members.map(({ memberId }) => memberId)))
    throw new Error("a key or an id stands twice")
  const active = activeMembers({ members })
  if (!active.some(({ role }) => role === "owner")) throw new Error("nobody owns it")
  if (active.length > maxMembers) throw new Error("more than may work there")
  if (
    members.some(
      ({ since, until }) => until !== undefined && (until + clocksApart < since || until > iat + clocksApart),
    )
  )
    throw new Error("an end at an impossible time")
}

const sameKeys = (one: Member, other: Member): boolean =>
  sameKey(one.signing, other.signing) && one.sealing === other.sealing && one.since === other.since

/** Who left stays listed, and stays gone; a role alone may change, and by the root the keys of somebody who lost their device. */
const isKept = (before: Member, later: Member, byRoot: boolean): boolean => {
  if (before.memberId !== later.memberId) return false
  if (before.until !== undefined)
    return sameKeys(before, later) && before.until === later.until && before.role === later.role
  return sameKeys(before, later) || (byRoot && later.until === undefined && before.role === later.role)
}

const endOf = ({ until = Number.POSITIVE_INFINITY }: Member): number => until

/** The members with as many of those who left as there is room for: who left first goes first. */
export const listedMembers = (members: readonly Member[]): Member[] => {
  const tooMany = members.length - maxListedMembers
  if (tooMany <= 0) return [...members]
  const byEnd = members.filter(({ until }) => until !== undefined).sort((one, other) => endOf(one) - endOf(other))
  const gone = new Set(byEnd.slice(0, tooMany))
  return members.filter((member) => !gone.has(member))
}

/** Which of the members before must be in the list that follows: all, but for those who had to make room for who is new. */
const keptWithin = (before: readonly Member[], later: readonly Member[]): Member[] => {
  const added = later.filter(({ memberId }) => !before.some((each) => each.memberId === memberId))
  return listedMembers([...before, ...added]).filter((member) => before.includes(member))
}

const requireFollows = (claims: MemberListClaims, before: MemberList, byRoot: boolean): void => {
  const { claims: known } = before
  if (claims.number !== before.number + 1 || claims.previous !== before.hash) throw new Error("a broken chain")
  if (!sameKey(claims.root.signing, known.root.signing) || claims.root.sealing !== known.root.sealing)
    throw new Error("another root")
  if (
    !keptWithin(known.members, claims.members).every((member) =>
      claims.members.some((later) => isKept(member, later, byRoot)),
    )
  )
    throw new Error("a member is left out, or comes back")
  const added = claims.members.filter(({ memberId }) => !known.members.some((each) => each.memberId === memberId))
  if (added.some(({ until }) => until !== undefined)) throw new Error("somebody new has left already")
}

/** The list after one that is known, by one of its owners or by the root. Throws for any other. */
const verifyNext = async (
  compact: string,
  { cloudId, practiceId, fingerprint }: PracticePlace & { readonly fingerprint: string },
  before: MemberList | undefined,
): Promise<MemberList> => {
  const claims = z.parse(memberListClaims, readStatement(compact).payload)
  if (claims.aud !== cloudId || claims.practiceId !== practiceId) throw new Error("of another practice")
  if ((await thumbprint(claims.root.signing)) !== fingerprint) throw new Error("another root")
  const owners = before === undefined ? [] : activeMembers(before.claims).filter(({ role }) => role === "owner")
  const kid = await signedBy(compact, "member-list", [claims.root.signing, ...owners.map((owner) => owner.signing)])
  await requireSound(claims)
  if (before !== undefined) requireFollows(claims, before, kid === fingerprint)
  else if (claims.number !== 1 || claims.previous !== null) throw new Error("not the first")
  return { number: claims.number, hash: await statementHash(compact), claims }
}

/**
 * The newest of a practice's lists, all of them given from the first on, or from the one after `known`. `members-invalid` for any others, and where none is new and
 * none is known.
 */
export const verifyMembers = (
  lists: readonly string[],
  expected: PracticePlace & { readonly fingerprint: string },
  known?: MemberList,
): Promise<MemberList> =>
  orFail("members-invalid", async () => {
    let list = known
    for (const compact of lists) list = await verifyNext(compact, expected, list)
    if (list === undefined) throw new Error("no list")
    return list
  })

/** What a role may say: clinical content is not the reception's, and members are the owners'. */
const mayMake = (role: Role, change: PracticeChange): boolean => {
  if (change.kind === "file") return change.content === null || role !== "reception"
  return role === "owner"
}

/** What the owner with this key says of an invitation. Throws where they didn't sign it, for this practice. */
export const verifyInvitation = async (
  compact: string,
  { cloudId, practiceId }: PracticePlace,
  key: EcPublicJwk,
): Promise<PracticeInvitationClaims> => {
  const claims = z.parse(practiceInvitationClaims, readStatement(compact).payload)
  if (claims.aud !== cloudId || claims.practiceId !== practiceId) throw new Error("of another practice")
  await signedBy(compact, "practice-invitation", [key])
  return claims
}

/** What is said of the practice's end: by the root where it is to be destroyed at once, else by an owner, `by`, who is active in the list. Throws otherwise. */
export const verifyDeactivation = async (
  compact: string,
  { cloudId, practiceId }: PracticePlace,
  { claims: list }: MemberList,
): Promise<{ readonly claims: PracticeDeactivationClaims; readonly by: Member | undefined }> => {
  const claims = z.parse(practiceDeactivationClaims, readStatement(compact).payload)
  if (claims.aud !== cloudId || claims.practiceId !== practiceId) throw new Error("of another practice")
  if (claims.action === "destroy") {
    await signedBy(compact, "practice-deactivation", [list.root.signing])
    return { claims, by: undefined }
  }
  const owners = activeMembers(list).filter(({ role }) => role === "owner")
  const signing = owners.map((owner) => owner.signing)
  const kid = await signedBy(compact, "practice-deactivation", signing)
  const names = await Promise.all(signing.map((key) => thumbprint(key)))
  return { claims, by: owners[names.indexOf(kid)] }
}

/** By whom something was handed over, and when, seconds: their word. */
export interface HandedOver {
  readonly by: Member
  readonly at: number
}

/** Who handed over what has this hash: a listed member, active or not. Throws for anybody else. */
export const verifyHandover = async (
  compact: string,
  { cloudId, practiceId }: PracticePlace,
  { claims: { members } }: MemberList,
  editsHash: string,
): Promise<HandedOver> => {
  const claims = z.parse(practiceHandoverClaims, readStatement(compact).payload)
  if (claims.aud !== cloudId || claims.practiceId !== practiceId) throw new Error("of another practice")
  if (claims.editsHash !== editsHash) throw new Error("of something else")
  const signing = members.map((member) => member.signing)
  const kid = await signedBy(compact, "practice-handover", signing)
  const names = await Promise.all(signing.map((key) => thumbprint(key)))
  const by = members[names.indexOf(kid)]
  if (by === undefined) throw new Error("by nobody who may")
  return { by, at: claims.iat }
}

/** How a list differs from the one before in one member: `undefined` where they are several, or none. */
export const changedMember = (
  before: Pick<MemberListClaims, "members">,
  { members }: Pick<MemberListClaims, "members">,
): { readonly before: Member | undefined; readonly later: Member } | undefined => {
  const changed = members.flatMap((later) => {
    const known = before.members.find(({ memberId }) => memberId === later.memberId)
    const same =
      known !== undefined && sameKeys(known, later) && known.role === later.role && known.until === later.until
    return same ? [] : [{ before: known, later }]
  })
  return changed.length === 1 ? changed[0] : undefined
}

/** Whether the keys must be others after it: somebody left, may see less, or lost a device. */
export const needsNewKeys = ({ before, later }: NonNullable<ReturnType<typeof changedMember>>): boolean => {
  if (before === undefined) return false
  return (
    later.until !== undefined || !sameKeys(before, later) || (later.role === "reception" && before.role !== "reception")
  )
}

/** A change and who made it. */
export interface MadeChange {
  readonly claims: PracticeChangeClaims
  readonly by: Member
  readonly hash: string
}

/** The change, if an active member of the list signed it, and may. Throws otherwise. Whether it follows the one before is the caller's to check. */
export const verifyChange = async (
  compact: string,
  { cloudId, practiceId }: PracticePlace,
  list: MemberList,
): Promise<MadeChange> => {
  const claims = z.parse(practiceChangeClaims, readStatement(compact).payload)
  if (claims.aud !== cloudId || claims.practiceId !== practiceId) throw new Error("of another practice")
  if (claims.members.number !== list.number || claims.members.hash !== list.hash) throw new Error("under another list")
  const members = activeMembers(list.claims)
  const kid = await signedBy(
    compact,
    "practice-change",
    members.map((member) => member.signing),
  )
  for (const member of members)
    if ((await thumbprint(member.signing)) === kid) {
      if (!mayMake(member.role, claims.change)) throw new Error("not a thing for this role")
      return { claims, by: member, hash: await statementHash(compact) }
    }
  throw new Error("by nobody who may")
}
