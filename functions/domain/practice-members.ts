/** Who works in a practice: invited by an owner, let in and shut out by one (docs/protocol.md, "Practice"). */
import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { isPublicKey, sameKey, thumbprint } from "../../protocol/keys.ts"
import { maxMembers } from "../../protocol/practice/claims.ts"
import { invitationSeconds } from "../../protocol/practice/invitation.ts"
import { maxPreviousKeys, type PracticeKeys, practiceKeyNames } from "../../protocol/practice/keys.ts"
import {
  activeMembers,
  changedMember,
  type MadeChange,
  type MemberList,
  needsNewKeys,
  verifyInvitation,
  verifyMembers,
} from "../../protocol/practice/members.ts"
import { statementToleranceSeconds } from "../../protocol/primitives.ts"
import { isSealingKey, sealingKeyThumbprint } from "../../protocol/sealing.ts"
import type { CloudIdentity } from "./consents.ts"
import { invalidField } from "./invalid-field.ts"
import { memberName, type SignedInMember } from "./member-names.ts"
import type { Call, StoreReads } from "./ports.ts"
import { type ActivePractice, requireMember, requireOwner, there } from "./practice-account.ts"
import { requireCertified } from "./practice-certificates.ts"
import { type ChangeReading, nextChange } from "./practice-changes.ts"
import type { ProfessionalTrust } from "./professionals.ts"
import { countRegistration, registrationRate } from "./rates.ts"
import { defineUseCase } from "./runner.ts"
import { claimsOf, requireFresh } from "./statements.ts"
import { type Acting, changing, type Step } from "./step.ts"

type Invitation = ItemOf<"invitation">
type Changed = NonNullable<ReturnType<typeof changedMember>>

const secondsOf = (now: Date) => Math.floor(now.getTime() / 1000)
const waits = (invitation: Invitation | undefined, now: Date): invitation is Invitation =>
  invitation !== undefined && invitation.ttl > secondsOf(now)

/** The invitations that wait still. */
const waitingOf = async (store: StoreReads, ids: readonly string[], now: Date): Promise<Invitation[]> => {
  const refs = ids.map((invitationId) => ({ kind: "invitation", invitationId }) as const)
  const found = refs.length === 0 ? [] : await store.read(refs)
  return found.filter((invitation) => waits(invitation, now))
}

/** What others seal to the members by, and to owners who waits to be let in. */
export const getMembers = async (
  { store }: { store: StoreReads },
  actor: SignedInMember,
  _: RequestOf<"practice/get-members">,
  { now }: Call,
): Promise<ResponseOf<"practice/get-members">> => {
  const { practiceId } = actor
  const [found] = await store.read([{ kind: "practice", practiceId }])
  const { practice, list, member } = requireMember(found, actor)
  const ids = activeMembers(list.claims).map(({ memberId }) => memberId)
  const members = await store.read(ids.map((memberId) => ({ kind: "practice-member", practiceId, memberId }) as const))
  const waiting = member.role === "owner" ? await waitingOf(store, practice.invitations, now) : []
  return {
    root: practice.root.sealing,
    members: members.map((each) => {
      const { memberId, sealing, certificate } = there(each)
      return { memberId, sealing, ...(certificate !== undefined && { certificate }) }
    }),
    invitations: waiting.map(({ statement, kept, joined }) => {
      if (joined?.confirmed !== true) return { statement, kept }
      const { confirmed: _, ...shown } = joined
      return { statement, kept, joined: shown }
    }),
  }
}

/** What the owner who calls says just now of somebody who isn't listed yet. */
const requireInvitation = async (
  { practice, list, member }: ActivePractice,
  statement: string,
  { cloudId }: Pick<CloudIdentity, "cloudId">,
  now: Date,
) => {
  const { practiceId } = practice
  requireFresh(claimsOf("practice-invitation", statement), cloudId, now)
  try {
    const claims = await verifyInvitation(statement, { cloudId, practiceId }, member.signing)
    const { memberId, expiresAt } = claims
    if (list.claims.members.some((each) => each.memberId === memberId)) throw new Error("they are listed already")
    const latest = secondsOf(now) + invitationSeconds + statementToleranceSeconds
    if (expiresAt <= secondsOf(now) || expiresAt > latest) throw new Error("of an impossible time")
    return claims
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
}

/** Keeps what an owner invites somebody with. Idempotent. */
export const invite = defineUseCase(
  "practice/invite",
  async (
    { store, cloud }: ChangeReading,
    actor: SignedInMember,
    { invitation: statement, sealed, kept }: RequestOf<"practice/invite">,
    { now }: Call,
  ): Promise<Step<"practice/invite", ResponseOf<"practice/invite">>> => {
    const { practiceId } = actor
    const { invitationId } = claimsOf("practice-invitation", statement)
    const [found, existing] = await store.read([
      { kind: "practice", practiceId },
      { kind: "invitation", invitationId },
    ])
    const active = requireOwner(requireMember(found, actor))
    if (existing?.statement === statement) return { done: {} }
    const { memberId, role, expiresAt } = await requireInvitation(active, statement, cloud, now)
    if (existing !== undefined) throw new Problem("statement-invalid")
    const { practice } = active
    const waiting = (await waitingOf(store, practice.invitations, now)).map((each) => each.invitationId)
    if (waiting.length + activeMembers(active.list.claims).length >= maxMembers) throw new Problem("quota-exceeded")
    const invitations = [...waiting, invitationId]
    return {
      patientId: practiceId,
      now,
      event: { action: "invite", actor: { kind: "member", memberId: actor.memberId }, subject: { memberId, role } },
      changing: changing(
        {
          practice: { put: { ...practice, revision: practice.revision + 1, invitations } },
          invitation: {
            put: {
              kind: "invitation",
              revision: 1,
              invitationId,
              practiceId,
              memberId,
              statement,
              sealed,
              kept,
              ttl: expiresAt,
            },
          },
        },
        {},
      ),
      answer: () => ({}),
    }
  },
)

/** An invitation, to whoever knows its id: what is in it opens by its secret alone. */
export const getInvitation = async (
  { store }: { store: StoreReads },
  { invitationId }: RequestOf<"practice/get-invitation">,
  { now }: Call,
): Promise<ResponseOf<"practice/get-invitation">> => {
  const [invitation] = await store.read([{ kind: "invitation", invitationId }])
  if (!waits(invitation, now)) throw new Problem("not-found")
  return { sealed: invitation.sealed }
}

interface Joining extends ProfessionalTrust {
  readonly store: StoreReads
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

/** Keys that can be used, and a certificate that says whose they are; the reception may have none. */
const requireJoiner = async (
  deps: Joining,
  { practiceId, memberId, statement }: Invitation,
  { signing, sealing, certificate }: RequestOf<"practice/join">,
  call: Call,
): Promise<void> => {
  if (!(await isPublicKey(signing))) throw invalidField<"practice/join">("signing")
  if (!(await isSealingKey(sealing))) throw invalidField<"practice/join">("sealing")
  const { role } = claimsOf("practice-invitation", statement)
  const keys = { practiceId, memberId, signing, sealing: await sealingKeyThumbprint(sealing) }
  if (certificate !== undefined) await requireCertified(deps, certificate, keys, call)
  else if (role !== "reception") throw invalidField<"practice/join">("certificate")
}

type JoiningStep = Step<"practice/join", ResponseOf<"practice/join">, { memberAccounts: "signUp" }>

/**
 * Takes the keys of who was invited, and makes their account: an owner lets them in. Whether they have the secret, the owner's device alone can tell. Idempotent; of two who
 * come by one invitation the first is taken, and the other is told that there is none.
 */
export const join = defineUseCase(
  "practice/join",
  async (deps: Joining, request: RequestOf<"practice/join">, call: Call): Promise<JoiningStep> => {
    const { email, password, invitationId, signing, sealing, mac, certificate } = request
    const addressRate = await registrationRate(email)
    const [invitation, registrations] = await deps.store.read([{ kind: "invitation", invitationId }, addressRate])
    if (!waits(invitation, call.now)) throw new Problem("not-found")
    const isJoined = (found: Invitation | undefined) => found?.joined?.mac === mac
    if (isJoined(invitation)) return { done: {} }
    if (invitation.joined !== undefined) throw new Problem("not-found")
    const rate = countRegistration(addressRate, registrations, call.now)
    await requireJoiner(deps, invitation, request, call)
    const { practiceId, memberId } = invitation
    const joined = { signing, sealing, mac, ...(certificate !== undefined && { certificate }), confirmed: false }
    return {
      because: "no-account-yet",
      act: async (acting): Promise<JoiningStep> => {
        if ((await acting.change({ rate })).outcome !== "written") throw new Problem("busy")
        const signedUp = await acting.ports.memberAccounts.signUp(memberName(invitation), email, password)
        if (signedUp === "password-too-weak") throw new Problem("password-too-weak")
        return {
          patientId: practiceId,
          now: call.now,
          event: { action: "join", actor: { kind: "member", memberId }, subject: {} },
          changing: changing({ joined: { put: { ...invitation, revision: invitation.revision + 1, joined } } }, {}),
          again: async () => {
            const [found] = await deps.store.read([{ kind: "invitation", invitationId }])
            return isJoined(found) ? {} : undefined
          },
          answer: () => ({}),
        }
      },
    }
  },
)

/** The list after the practice's own, by somebody who may, in which one member is another. */
const nextList = async (
  { practice, list }: ActivePractice,
  statement: string,
  cloudId: string,
  now: Date,
): Promise<{ list: MemberList; changed: Changed }> => {
  const { practiceId, root } = practice
  requireFresh(claimsOf("member-list", statement), cloudId, now)
  if (claimsOf("member-list", statement).number !== list.number + 1) throw new Problem("practice-conflict")
  try {
    const fingerprint = await thumbprint(root.signing)
    const next = await verifyMembers([statement], { cloudId, practiceId, fingerprint }, list)
    const changed = changedMember(list.claims, next.claims)
    if (changed === undefined) throw new Error("other than one member changed")
    return { list: next, changed }
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
}

/** That the keys are sealed to exactly those who are listed, and are new where somebody may no longer have them. */
const requireKeysFor = (list: MemberList, changed: Changed, keys: PracticeKeys, before: PracticeKeys): void => {
  const refuse = () => invalidField<"practice/change-members">("keys")
  const holders = [list.claims.root.sealing, ...activeMembers(list.claims).map(({ sealing }) => sealing)].sort()
  const named = keys.sealed.map(({ to }) => to).sort()
  if (named.length !== holders.length || !named.every((to, i) => to === holders[i])) throw refuse()
  const added = needsNewKeys(changed) ? 1 : 0
  if (keys.epoch !== before.epoch + added) throw refuse()
  for (const name of practiceKeyNames) {
    const kept = keys.previous[name].slice(added)
    const known = before.previous[name].slice(0, kept.length)
    const isFull = keys.previous[name].length === Math.min(keys.epoch - 1, maxPreviousKeys)
    if (!isFull || !kept.every((key, i) => key === known[i])) throw refuse()
  }
}

type NewMember = Pick<ItemOf<"practice-member">, "sealing" | "certificate">

/** What the cloud keeps of a member who has other keys than before: of somebody new it has them since they joined. */
const keysOfMember = async (
  { later, before }: Changed,
  invitation: Invitation | undefined,
  kept: ItemOf<"practice-member"> | undefined,
  sealing: RequestOf<"practice/change-members">["sealing"],
): Promise<NewMember | undefined> => {
  if (before === undefined) {
    const { joined } = invitation ?? {}
    const same = joined !== undefined && joined.confirmed && sameKey(joined.signing, later.signing)
    if (!same || (await sealingKeyThumbprint(joined.sealing)) !== later.sealing) throw new Problem("statement-invalid")
    if (claimsOf("practice-invitation", there(invitation).statement).role !== later.role)
      throw new Problem("statement-invalid")
    const { sealing: own, certificate } = joined
    return { sealing: own, ...(certificate !== undefined && { certificate }) }
  }
  if (later.until !== undefined || before.sealing === later.sealing) return undefined
  if (
    sealing === undefined ||
    !(await isSealingKey(sealing)) ||
    (await sealingKeyThumbprint(sealing)) !== later.sealing
  )
    throw invalidField<"practice/change-members">("sealing")
  return { sealing, ...(kept?.certificate !== undefined && { certificate: kept.certificate }) }
}

const removing = <T extends Invitation | ItemOf<"practice-member">>(item: T) => ({
  remove: item,
  revision: item.revision,
})

const memberChanges = async (
  store: StoreReads,
  { practice }: ActivePractice,
  changed: Changed,
  { sealing }: RequestOf<"practice/change-members">,
  now: Date,
) => {
  const { practiceId } = practice
  const { memberId, until } = changed.later
  const [kept] = await store.read([{ kind: "practice-member", practiceId, memberId }])
  const waiting = await waitingOf(store, practice.invitations, now)
  const invitation = waiting.find((each) => each.memberId === memberId)
  const keys = await keysOfMember(changed, invitation, kept, sealing)
  const of = { kind: "practice-member", practiceId, memberId, revision: (kept?.revision ?? 0) + 1 } as const
  const put = keys === undefined ? [] : [{ put: { ...of, ...keys } }]
  return {
    invitations: waiting.flatMap((each) => (each.memberId === memberId ? [] : [each.invitationId])),
    member: until !== undefined && kept !== undefined ? [removing(kept)] : put,
    invitation: invitation === undefined || changed.before !== undefined ? [] : [removing(invitation)],
  }
}

type ChangingMembers = { memberAccounts: "remove" }
type MembersStep = Step<"practice/change-members", ResponseOf<"practice/change-members">, ChangingMembers>

/** Who left last has no account any more: their address is free for another practice. Also where that was interrupted before. */
const removeAccount = (practiceId: string, list: string) => {
  const { members } = claimsOf("member-list", list)
  const last = Math.max(...members.map(({ until }) => until ?? 0))
  const left = members.filter(({ until }) => until !== undefined && until === last)
  return {
    because: "told-before",
    act: async ({ ports }: Acting<ChangingMembers>) => {
      for (const { memberId } of left) await ports.memberAccounts.remove(memberName({ practiceId, memberId }))
    },
  } as const
}

const requireAnnounced = async (made: MadeChange, memberId: string, keys: PracticeKeys): Promise<void> => {
  const { change, keys: named } = made.claims
  if (change.kind !== "members" || made.by.memberId !== memberId || named !== (await canonicalHash(keys)))
    throw new Problem("statement-invalid")
}

/**
 * Takes the next list of members, in which one is new, has left, or has another role or other keys, and the keys that go with it. Idempotent. What a device put meanwhile under
 * the list before is refused from then on.
 */
export const changeMembers = defineUseCase(
  "practice/change-members",
  async (
    deps: ChangeReading,
    actor: SignedInMember,
    request: RequestOf<"practice/change-members">,
    { now }: Call,
  ): Promise<MembersStep> => {
    const { store, cloud } = deps
    const { practiceId, memberId } = actor
    const { number } = claimsOf("practice-change", request.change)
    const [found, keys, earlier] = await store.read([
      { kind: "practice", practiceId },
      { kind: "practice-keys", practiceId },
      { kind: "practice-change", practiceId, number },
    ])
    const active = requireOwner(requireMember(found, actor))
    const { practice } = active
    const afterwards = removeAccount(practiceId, request.members)
    if (earlier?.statement === request.change) return { done: {}, afterwards }
    const { list, changed } = await nextList(active, request.members, cloud.cloudId, now)
    const made = await nextChange(deps, { ...active, list }, request.change, now)
    requireKeysFor(list, changed, request.keys, there(keys).keys)
    await requireAnnounced(made, memberId, request.keys)
    const { invitations, ...ofMember } = await memberChanges(store, active, changed, request, now)
    const { until, role, memberId: about } = changed.later
    return {
      patientId: practiceId,
      now,
      event: {
        action: "change-members",
        actor: { kind: "member", memberId },
        subject: { memberId: about, ...(until === undefined && { role }), statementHash: made.hash },
      },
      changing: changing(
        {
          practice: {
            put: {
              ...practice,
              revision: practice.revision + 1,
              members: { number: list.number, hash: list.hash, statement: request.members },
              keysHash: made.claims.keys,
              change: { number, hash: made.hash, statement: request.change },
              invitations,
            },
          },
          keys: { put: { ...there(keys), revision: there(keys).revision + 1, keys: request.keys } },
          list: {
            put: { kind: "member-list", revision: 1, practiceId, number: list.number, statement: request.members },
          },
          change: { put: { kind: "practice-change", revision: 1, practiceId, number, statement: request.change } },
          ...ofMember,
        },
        {},
        "practice-conflict",
      ),
      again: async () => {
        const [kept] = await store.read([{ kind: "practice-change", practiceId, number }])
        return kept?.statement === request.change ? {} : undefined
      },
      afterwards,
      answer: () => ({}),
    }
  },
)
