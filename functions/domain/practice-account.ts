/** What is kept of a practice, as every use-case of its members reads it. */
import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { Member } from "../../protocol/practice/claims.ts"
import { activeMembers, type MemberList } from "../../protocol/practice/members.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { SignedInMember } from "./member-names.ts"
import { claimsOf } from "./statements.ts"

type Practice = ItemOf<"practice">

/** The list as it is kept: it was verified before it was. */
export const listOf = ({ members: { number, hash, statement } }: Pick<Practice, "members">): MemberList => ({
  number,
  hash,
  claims: claimsOf("member-list", statement),
})

export interface ActivePractice {
  readonly practice: Practice
  readonly list: MemberList
  readonly member: Member
}

/** Whether they ended all sign-ins since they were given their token. */
export const isSignedOut = ({ signedOut }: Practice, { memberId, issuedAt }: SignedInMember): boolean =>
  issuedAt <= (signedOut[memberId] ?? -1)

/** The practice of somebody who is a member of it now. Whoever isn't learns nothing of it, not even that it is there. */
export const requireMember = (practice: Practice | undefined, actor: SignedInMember): ActivePractice => {
  const { memberId } = actor
  if (practice?.status !== "active") throw new Problem("not-found")
  if (isSignedOut(practice, actor)) throw new Problem("unauthenticated")
  const list = listOf(practice)
  const member = activeMembers(list.claims).find((each) => each.memberId === memberId)
  if (member === undefined) throw new Problem("not-found")
  return { practice, list, member }
}

export const requireOwner = (active: ActivePractice): ActivePractice => {
  if (active.member.role !== "owner") throw new Problem("role-not-allowed")
  return active
}

/** What is clinical is nobody's but those who treat. */
export const requireClinical = ({ member: { role } }: ActivePractice): void => {
  if (role === "reception") throw new Problem("role-not-allowed")
}

/** What is written in one transaction is read whole, or again. */
export const there = <T>(item: T | undefined): T => {
  if (item === undefined) throw new Problem("busy")
  return item
}

/** The hash of a change that is kept. */
export const hashOfChange = async (change: ItemOf<"practice-change"> | undefined): Promise<string> =>
  statementHash(there(change).statement)
