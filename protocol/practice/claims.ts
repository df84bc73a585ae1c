/** What members of a practice sign (docs/protocol.md, "Practice"). */
import * as z from "zod/mini"
import { checkpoint } from "../checkpoint.ts"
import { ecPublicJwk, hash, identifier, ordinal, seconds } from "../primitives.ts"
import { descriptor } from "../record.ts"

export const roles = ["owner", "clinician", "reception"] as const
export const role = z.enum(roles)
export type Role = z.infer<typeof role>

/** Those who work in a practice. */
export const maxMembers = 64
/** With those who did: who left stays listed for as long as there is room, so that neither their id nor their keys come back. */
export const maxListedMembers = 128

/** How long the deletion of a file can be undone. */
export const undoSeconds = 30 * 24 * 60 * 60

const byMember = {
  aud: z.string().check(z.maxLength(200)),
  iat: seconds,
  jti: identifier,
  checkpoint: z.optional(checkpoint),
  practiceId: identifier,
}
const numbered = z.strictObject({ number: ordinal, hash })

const member = z.strictObject({
  memberId: identifier,
  role,
  signing: ecPublicJwk,
  /** Thumbprint of the sealing key. */
  sealing: hash,
  since: seconds,
  until: z.optional(seconds),
})
export type Member = z.infer<typeof member>

export const memberListClaims = z.strictObject({
  ...byMember,
  number: ordinal,
  /** Of the list before; null for the first. */
  previous: z.nullable(hash),
  root: z.strictObject({ signing: ecPublicJwk, sealing: hash }),
  members: z.array(member).check(z.minLength(1), z.maxLength(maxListedMembers)),
})
export type MemberListClaims = z.infer<typeof memberListClaims>

const change = z.discriminatedUnion("kind", [
  /** The first of all. */
  z.strictObject({ kind: z.literal("beginning") }),
  /** Another list of members, and the keys that go with it. */
  z.strictObject({ kind: z.literal("members") }),
  z.strictObject({
    kind: z.literal("file"),
    fileId: identifier,
    /** What was said of the entry: `epoch` of the directory's key, `hash` of the sealed text. */
    entry: z.strictObject({ version: ordinal, epoch: ordinal, hash }),
    /** The version of the file that is new; null where only the entry is. */
    content: z.nullable(descriptor),
    /** The file is deleted from then on: by its next version at the latest `undoSeconds` after, that is undone; then the file is destroyed. */
    deleted: z.optional(z.literal(true)),
  }),
])
export type PracticeChange = z.infer<typeof change>

/** One link of the chain of a practice's changes. */
export const practiceChangeClaims = z.strictObject({
  ...byMember,
  number: ordinal,
  previous: z.nullable(hash),
  skips: z.array(hash).check(z.maxLength(52)),
  /** The list that names who signed this. */
  members: numbered,
  /** Hash of the canonical practice keys. */
  keys: hash,
  change,
})
export type PracticeChangeClaims = z.infer<typeof practiceChangeClaims>

/** An owner invites somebody: the cloud keeps the invitation by its id, which tells nothing of the secret that it was made from. */
export const practiceInvitationClaims = z.strictObject({
  ...byMember,
  invitationId: identifier,
  memberId: identifier,
  role,
  expiresAt: seconds,
})
export type PracticeInvitationClaims = z.infer<typeof practiceInvitationClaims>

/** A professional says by their certificate which keys are theirs in a practice. */
export const practiceMemberClaims = z.strictObject({
  ...byMember,
  memberId: identifier,
  /** Thumbprints. */
  signing: hash,
  sealing: hash,
})

/** The end of a practice: `destroy` by its root, at once; `request` by an owner, which waits, and `cancel` by any. */
export const practiceDeactivationClaims = z.strictObject({
  ...byMember,
  action: z.enum(["destroy", "request", "cancel"]),
})
export type PracticeDeactivationClaims = z.infer<typeof practiceDeactivationClaims>

/** A member's device hands over what it had saved and never sent. */
export const practiceHandoverClaims = z.strictObject({ ...byMember, editsHash: hash })
