/** Who works in a practice: owners invite, let in and shut out (docs/protocol.md, "Practice"). */
import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { type Bytes, fromStandardBase64, toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { orFail } from "../../protocol/integrity.ts"
import { generateKeyPairs, type KeyPairs, type PublicKeys, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { type Member, practiceMemberClaims, type Role } from "../../protocol/practice/claims.ts"
import {
  type Invitation,
  invitationCode,
  invitationIdOf,
  invitationSeconds,
  isJoiningMac,
  joiningMac,
  keepSecret,
  openInvitation,
  openKeptSecret,
  readInvitationSecret,
  sealInvitation,
} from "../../protocol/practice/invitation.ts"
import { type KeyHolder, nextPracticeKeys, type OpenedKeys, sharePracticeKeys } from "../../protocol/practice/keys.ts"
import {
  activeMembers,
  changedMember,
  listedMembers,
  type MemberList,
  needsNewKeys,
  verifyInvitation,
  verifyMembers,
} from "../../protocol/practice/members.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { newSpokenSecret, spokenWords } from "../../protocol/spoken-secret.ts"
import { readStatement, verifyStatement } from "../../protocol/statement.ts"
import type { Cloud } from "../cloud.ts"
import type { Credential } from "../hcp/emergency-access.ts"
import { stamp } from "../stamp.ts"
import { asMember, certify } from "./account.ts"
import type { Practice } from "./practice.ts"
import { callAsMember, type PracticeMemory, placeOf } from "./session.ts"
import { signChange, signForPractice } from "./signed-change.ts"

/** How often a change is made anew where others of the practice are quicker. */
const attempts = 8

type Told = ResponseOf<"practice/get-members">
type ToldInvitation = Told["invitations"][number]

export interface NewInvitation {
  /** 12 words, to be told outside the cloud: by voice or on paper. Shown once. */
  readonly words: string
  /** The same as a code to be scanned. */
  readonly code: string
  readonly memberId: string
  readonly expiresAt: number
}

/** Invites somebody. Whoever has the words can come; nobody is in before `acceptMember`. */
export const inviteMember = async (practice: Practice, role: Role): Promise<NewInvitation> => {
  const { session } = practice
  const place = placeOf(session)
  const secret = newSpokenSecret()
  const memberId = toBase64url(randomBytes(16))
  const expiresAt = stamp().iat + invitationSeconds
  const { fingerprint, practiceId } = session.memory
  await callAsMember(session, "practice/invite", {
    invitation: await signForPractice(place, session.keys, "practice-invitation", {
      invitationId: await invitationIdOf(secret),
      memberId,
      role,
      expiresAt,
    }),
    sealed: await sealInvitation(secret, { practiceId, memberId, role, fingerprint, expiresAt }),
    kept: await keepSecret(place, session.keys.sealing, secret),
  })
  return { words: spokenWords(secret), code: invitationCode(secret), memberId, expiresAt }
}

/** An invitation, opened by its secret. */
export interface OpenedInvitation {
  readonly secret: Bytes
  readonly said: Invitation
}

/** What somebody was invited to, by words or a code. `not-found` where they are mistyped or their time is over; `invitation-invalid` where the cloud has another. */
export const readInvitation = async (cloud: Cloud, text: string): Promise<OpenedInvitation> => {
  const secret = readInvitationSecret(text)
  if (secret === undefined) throw new Problem("not-found")
  const { sealed } = await cloud.api.call("practice/get-invitation", { invitationId: await invitationIdOf(secret) })
  return { secret, said: await orFail("invitation-invalid", () => openInvitation(secret, sealed)) }
}

/**
 * Makes this device's keys and the account, and shows both to the owner who invited; the identity manager then mails a code for `confirm`. `credential`: of a
 * professional; who is at the reception may have none. `extractable`: for a device that has no store for keys and seals them itself.
 */
export const joinPractice = async (
  cloud: Cloud,
  { secret, said }: OpenedInvitation,
  login: { email: string; password: string },
  credential: Credential | undefined,
  { extractable = false }: { readonly extractable?: boolean } = {},
): Promise<{ readonly keys: KeyPairs; readonly memory: PracticeMemory }> => {
  const { practiceId, memberId, fingerprint } = said
  const place = { cloudId: cloud.cloudId, practiceId }
  const keys = await generateKeyPairs({ extractable })
  const own = await publicKeysOf(keys)
  await cloud.api.call("practice/join", {
    ...login,
    ...own,
    invitationId: await invitationIdOf(secret),
    mac: await joiningMac(secret, { ...said, aud: cloud.cloudId, ...(await namesOf(own)) }),
    ...(credential !== undefined && { certificate: await certify(place, memberId, own, credential) }),
  })
  const provider = { cloudId: cloud.cloudId, key: cloud.providerKey }
  return { keys, memory: { provider, practiceId, memberId, fingerprint } }
}

const namesOf = async ({ signing, sealing }: PublicKeys) => ({
  signing: await thumbprint(signing),
  sealing: await sealingKeyThumbprint(sealing),
})

/** An invitation of this owner's. `vouched`: whoever came has its secret; `unvouched`: somebody came, or was put there, who hasn't. */
export interface OwnInvitation {
  readonly invitationId: string
  readonly memberId: string
  readonly role: Role
  readonly expiresAt: number
  readonly state: "waiting" | "vouched" | "unvouched"
  /** The `practice-member` of who came: `certifiedBy` tells their name. */
  readonly certificate?: string
}

/** Whoever came has the secret, and the certificate is about these very keys. Throws otherwise. */
const requireVouched = async (
  { session }: Practice,
  invitation: { readonly invitationId: string; readonly memberId: string; readonly role: Role },
  { kept, joined }: ToldInvitation,
): Promise<NonNullable<ToldInvitation["joined"]>> => {
  if (joined === undefined) throw new Error("nobody came")
  const { cloudId, practiceId } = placeOf(session)
  const { fingerprint } = session.memory
  const { invitationId, memberId, role } = invitation
  const secret = await openKeptSecret({ cloudId, practiceId }, session.keys.sealing, invitationId, kept)
  const names = await namesOf(joined)
  const joining = { aud: cloudId, practiceId, memberId, role, fingerprint, ...names }
  if (!(await isJoiningMac(secret, joining, joined.mac))) throw new Error("by nobody who has the secret")
  if (joined.certificate === undefined) {
    if (role !== "reception") throw new Error("without a certificate")
    return joined
  }
  const { header, payload } = readStatement(joined.certificate)
  const [leaf = ""] = header.x5c ?? []
  const key = { certificate: fromStandardBase64(leaf) }
  const algorithms = ["ES256", "ES384", "RS256", "PS256"] as const
  await verifyStatement(joined.certificate, { typ: "practice-member", key, algorithms })
  const said = z.parse(practiceMemberClaims, payload)
  const same = said.memberId === memberId && said.practiceId === practiceId && said.aud === cloudId
  if (!same || said.signing !== names.signing || said.sealing !== names.sealing) throw new Error("of other keys")
  return joined
}

/** What this owner signed, of all that the cloud shows; what another did is theirs to decide. */
const signedByMe = async ({ session }: Practice, { statement }: ToldInvitation) => {
  const { signing } = await publicKeysOf(session.keys)
  return verifyInvitation(statement, placeOf(session), signing).catch(() => undefined)
}

/** Of each member who showed one, the `practice-member` by their certificate: `certifiedBy` tells their name. For owners. */
export const memberCertificates = async ({ session, members }: Practice): Promise<ReadonlyMap<string, string>> => {
  const told = await callAsMember(session, "practice/get-members", {})
  const own = new Map<string, string>()
  for (const { memberId, certificate } of told.members) {
    const member = members.claims.members.find((each) => each.memberId === memberId && each.until === undefined)
    if (certificate === undefined || member === undefined) continue
    // The cloud could put another's certificate there: it must be about the very key that the list names.
    const { payload } = readStatement(certificate)
    const said = z.safeParse(practiceMemberClaims, payload)
    if (said.success && said.data.memberId === memberId && said.data.signing === (await thumbprint(member.signing)))
      own.set(memberId, certificate)
  }
  return own
}

/** The invitations of this owner's that wait. */
export const listInvitations = async (practice: Practice): Promise<OwnInvitation[]> => {
  const { invitations } = await callAsMember(practice.session, "practice/get-members", {})
  const own: OwnInvitation[] = []
  for (const each of invitations) {
    const signed = await signedByMe(practice, each)
    if (signed === undefined) continue
    const { invitationId, memberId, role, expiresAt } = signed
    const said = { invitationId, memberId, role, expiresAt }
    if (each.joined === undefined) {
      own.push({ ...said, state: "waiting" })
      continue
    }
    const vouched = await requireVouched(practice, signed, each).catch(() => undefined)
    const certificate = vouched?.certificate
    own.push({
      ...said,
      state: vouched === undefined ? "unvouched" : "vouched",
      ...(certificate !== undefined && { certificate }),
    })
  }
  return own
}

/** Whom the keys are sealed to after a list, each by the very key that the list names. */
const holdersOf = async (
  list: MemberList,
  told: Told,
  more: readonly PublicKeys["sealing"][],
): Promise<readonly KeyHolder[]> => {
  const given = [told.root, ...told.members.map((member) => member.sealing), ...more]
  const byName = new Map(
    await Promise.all(given.map(async (sealing) => [await sealingKeyThumbprint(sealing), sealing] as const)),
  )
  const wanted = [
    { role: "owner" as const, sealing: list.claims.root.sealing },
    ...activeMembers(list.claims).map(({ role, sealing }) => ({ role, sealing })),
  ]
  return wanted.map(({ role, sealing }) => {
    const key = byName.get(sealing)
    if (key === undefined) throw new Error("a member's key is another")
    return { role, sealing: key }
  })
}

/** The keys that an owner has, all of them. */
const ownedKeys = ({ keys: { opened } }: Practice): Required<OpenedKeys> => {
  const { epoch, directory, clinical } = opened
  if (clinical === undefined) throw new Problem("role-not-allowed")
  return { epoch, directory, clinical }
}

/** What comes of it where the members are edited: the next list, and `undefined` where there is nothing to change. */
export type MembersEdit = (members: readonly Member[]) => readonly Member[] | undefined

export interface MembersChange {
  readonly edit: MembersEdit
  /** Sealing keys that are new to the list. */
  readonly sealing?: PublicKeys["sealing"]
  /** Where somebody lost their device: the root signs the list, and their new keys the change. */
  readonly recovered?: { readonly root: KeyPairs; readonly own: KeyPairs }
}

const changeOnce = async (
  practice: Practice,
  members: readonly Member[],
  { sealing, recovered }: MembersChange,
): Promise<void> => {
  const { session } = practice
  const place = placeOf(session)
  const before = practice.members
  const told = await callAsMember(session, "practice/get-members", {})
  const statement = await signForPractice(place, recovered?.root ?? session.keys, "member-list", {
    number: before.number + 1,
    previous: before.hash,
    root: before.claims.root,
    members,
  })
  const list = await verifyMembers([statement], { ...place, fingerprint: session.memory.fingerprint }, before)
  const changed = changedMember(before.claims, list.claims)
  if (changed === undefined) throw new TypeError("a change is of one member")
  const holders = await orFail("members-invalid", () => holdersOf(list, told, sealing === undefined ? [] : [sealing]))
  const opened = ownedKeys(practice)
  const keys = needsNewKeys(changed)
    ? (await nextPracticeKeys(place, practice.keys.sealed, opened, holders)).keys
    : await sharePracticeKeys(place, practice.keys.sealed, opened, holders)
  await callAsMember(session, "practice/change-members", {
    members: statement,
    keys,
    change: await signChange(place, recovered?.own ?? session.keys, {
      ...practice.next(),
      members: { number: list.number, hash: list.hash },
      keys: await canonicalHash(keys),
      change: { kind: "members" },
    }),
    ...(sealing !== undefined && changed.before !== undefined && { sealing }),
  })
}

/** Makes the next list of members, anew where others of the practice were quicker, and reads what came of it. */
export const changeMembers = async (practice: Practice, change: MembersChange): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    const edited = change.edit(practice.members.claims.members)
    if (edited === undefined) return
    const members = listedMembers(edited)
    try {
      await changeOnce(practice, members, change)
      return await practice.sync()
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "practice-conflict" || attempt === attempts) throw error
      await practice.sync()
    }
  }
}

/**
 * Lets in whoever came by this invitation: their keys are vouched for by its secret before anything is sealed to them. `invitation-invalid` where they aren't, as where the
 * cloud put keys of its own there.
 */
export const acceptMember = async (practice: Practice, invitationId: string): Promise<void> => {
  const { invitations } = await callAsMember(practice.session, "practice/get-members", {})
  for (const each of invitations) {
    const signed = await signedByMe(practice, each)
    if (signed?.invitationId !== invitationId) continue
    const { signing, sealing } = await orFail("invitation-invalid", () => requireVouched(practice, signed, each))
    const member = await asMember(signed.memberId, signed.role, { signing, sealing })
    const isListed = (members: readonly Member[]) => members.some(({ memberId }) => memberId === member.memberId)
    return changeMembers(practice, {
      edit: (members) => (isListed(members) ? undefined : [...members, member]),
      sealing,
    })
  }
  throw new Problem("not-found")
}

const edited = (memberId: string, edit: (member: Member) => Member | undefined): MembersEdit => {
  return (members) => {
    const member = members.find((each) => each.memberId === memberId && each.until === undefined)
    const later = member && edit(member)
    return later && members.map((each) => (each === member ? later : each))
  }
}

/** Shuts a member out: whatever is written from then on is under keys that they never had. */
export const removeMember = (practice: Practice, memberId: string): Promise<void> =>
  changeMembers(practice, { edit: edited(memberId, (member) => ({ ...member, until: stamp().iat })) })

/** Gives a member another role. Who may see less from then on opens nothing newer. */
export const changeRole = (practice: Practice, memberId: string, role: Role): Promise<void> =>
  changeMembers(practice, {
    edit: edited(memberId, (member) => (member.role === role ? undefined : { ...member, role })),
  })
