import * as z from "zod/mini"
import { identifier } from "../../protocol/primitives.ts"

/** A member of a practice, by both ids. */
export interface MemberActor {
  readonly practiceId: string
  readonly memberId: string
}

/** Who calls: `issuedAt`: when the identity manager gave them their token, seconds since the epoch. */
export interface SignedInMember extends MemberActor {
  readonly issuedAt: number
}

const names = z.tuple([identifier, identifier])

/** What a member is called in the identity manager: it tells the practice too, so that no request needs to look it up. */
export const memberName = ({ practiceId, memberId }: MemberActor): string => `${practiceId}.${memberId}`

/** Whom a name of the identity manager's means; `undefined` for any other. */
export const memberNamed = (username: string): MemberActor | undefined => {
  const parsed = z.safeParse(names, username.split("."))
  return parsed.success ? { practiceId: parsed.data[0], memberId: parsed.data[1] } : undefined
}
