/** The accounts of practices and their members (docs/protocol.md, "Practice"). */
import type { Certification } from "../../certify/certify.ts"
import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { daySeconds, hourSeconds } from "../../contract/limits.ts"
import { membersAtOnce, type RequestOf, type ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { isPublicKey, thumbprint } from "../../protocol/keys.ts"
import type { Member } from "../../protocol/practice/claims.ts"
import { activeMembers, verifyChange, verifyMembers } from "../../protocol/practice/members.ts"
import { listPageLength } from "../../protocol/primitives.ts"
import { isSealingKey, sealingKeyThumbprint } from "../../protocol/sealing.ts"
import type { CloudIdentity } from "./consents.ts"
import { invalidField } from "./invalid-field.ts"
import { type MemberActor, memberName, memberNamed, type SignedInMember } from "./member-names.ts"
import type { Renewed } from "./named-changes.ts"
import type { Call, PatientSignIn, StoreReads } from "./ports.ts"
import { isSignedOut, listOf, requireMember, requireOwner, there } from "./practice-account.ts"
import { requireCertified, requireStillCertified } from "./practice-certificates.ts"
import { keptAnswer, type ProfessionalTrust } from "./professionals.ts"
import { countGuess, countRegistration, registrationRate } from "./rates.ts"
import { defineUseCase } from "./runner.ts"
import { claimsOf, requireFresh } from "./statements.ts"
import { type Changing, changing, type Step } from "./step.ts"

type Practice = ItemOf<"practice">
type Registration = RequestOf<"practice/register">

/** How long a practice waits for its confirmation, seconds. */
const unconfirmedSeconds = daySeconds

interface Registering extends ProfessionalTrust {
  readonly store: StoreReads
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

/** The first list, by the root, of the owner alone; and the first change, by the owner. */
const requireBeginning = async (request: Registration, cloudId: string, now: Date) => {
  const { practiceId, memberId, root, members, change, keys } = request
  for (const [type, statement] of [
    ["member-list", members],
    ["practice-change", change],
  ] as const)
    requireFresh(claimsOf(type, statement), cloudId, now)
  try {
    const fingerprint = await thumbprint(root.signing)
    const list = await verifyMembers([members], { cloudId, practiceId, fingerprint })
    const [owner, ...others] = list.claims.members
    if (owner?.memberId !== memberId || others.length > 0) throw new Error("not the owner alone")
    if (list.claims.root.sealing !== (await sealingKeyThumbprint(root.sealing))) throw new Error("another root")
    const made = await verifyChange(change, { cloudId, practiceId }, list)
    const { number, previous, skips, keys: named, change: what } = made.claims
    if (number !== 1 || previous !== null || skips.length > 0 || what.kind !== "beginning")
      throw new Error("not the first")
    if (named !== (await canonicalHash(keys))) throw new Error("other keys")
    return { list, owner, made }
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
}

/** Refuses keys that nobody could use; the first are sealed once to the root and once to the owner. */
const requireKeys = async ({ keys, root, owner: sealing }: Registration, owner: Member): Promise<void> => {
  if (!(await isPublicKey(owner.signing))) throw invalidField<"practice/register">("members")
  if (!(await isSealingKey(root.sealing))) throw invalidField<"practice/register">("root.sealing")
  if (!(await isSealingKey(sealing)) || (await sealingKeyThumbprint(sealing)) !== owner.sealing)
    throw invalidField<"practice/register">("owner")
  const holders = [await sealingKeyThumbprint(root.sealing), owner.sealing].sort()
  const named = keys.sealed.map(({ to }) => to).sort()
  const same = named.length === holders.length && named.every((to, i) => to === holders[i])
  const first = keys.epoch === 1 && keys.previous.directory.length === 0 && keys.previous.clinical.length === 0
  if (!same || !first) throw invalidField<"practice/register">("keys")
}

const isSame = ({ status, root, members, change, keysHash }: Practice, request: Registration, keys: string): boolean =>
  status === "unconfirmed" &&
  JSON.stringify(root) === JSON.stringify(request.root) &&
  members.statement === request.members &&
  change.statement === request.change &&
  keysHash === keys

const newPractice = (
  { practiceId, memberId, root, members, change, keys, recoveryBundle, certificate, owner: sealing }: Registration,
  { list, made }: Awaited<ReturnType<typeof requireBeginning>>,
  now: Date,
) => {
  const ttl = Math.floor(now.getTime() / 1000) + unconfirmedSeconds
  const of = { revision: 1, practiceId, ttl }
  return {
    practice: {
      put: {
        ...of,
        kind: "practice",
        status: "unconfirmed",
        root,
        members: { number: 1, hash: list.hash, statement: members },
        keysHash: made.claims.keys,
        change: { number: 1, hash: made.hash, statement: change },
        files: 0,
        bytes: 0,
        invitations: [],
        signedOut: {},
        createdAt: now.toISOString(),
      },
    },
    keys: { put: { ...of, kind: "practice-keys", keys, recoveryBundle } },
    member: { put: { ...of, kind: "practice-member", memberId, sealing, certificate } },
    list: { put: { ...of, kind: "member-list", number: 1, statement: members } },
    change: { put: { ...of, kind: "practice-change", number: 1, statement: change } },
  } as const
}

type RegisteringStep = Step<"practice/register", ResponseOf<"practice/register">, { memberAccounts: "signUp" }>

/**
 * Opens a practice for a certified professional, under ids that their device made; then the identity manager mails a code. Idempotent, and answered alike
 * whether or not somebody has an account by the address (`patients.ts`).
 */
export const register = defineUseCase(
  "practice/register",
  async (deps: Registering, request: Registration, call: Call): Promise<RegisteringStep> => {
    const { practiceId, email, password } = request
    const beginning = await requireBeginning(request, deps.cloud.cloudId, call.now)
    await requireKeys(request, beginning.owner)
    const addressRate = await registrationRate(email)
    const [registrations, existing, tombstone] = await deps.store.read([
      addressRate,
      { kind: "practice", practiceId },
      { kind: "practice-tombstone", practiceId },
    ])
    const rate = countRegistration(addressRate, registrations, call.now)
    const isOthers = existing !== undefined && !isSame(existing, request, beginning.made.claims.keys)
    if (isOthers || tombstone !== undefined) throw invalidField<"practice/register">("practiceId")
    await requireCertified(deps, request.certificate, { practiceId, ...beginning.owner }, call)
    const made = existing === undefined ? newPractice(request, beginning, call.now) : {}
    return {
      because: "no-account-yet",
      act: async (acting) => {
        const written = await acting.change({ ...made, rate })
        // Another request of the same moment was first; asked again, its practice is there.
        if (written.outcome !== "written") throw new Problem("busy")
        const signedUp = await acting.ports.memberAccounts.signUp(memberName(request), email, password)
        if (signedUp === "password-too-weak") throw new Problem("password-too-weak")
        return { done: {} }
      },
    }
  },
)

/** The practice and all that vanishes with it, which then no longer does. */
const confirmedPractice = async (store: StoreReads, { practiceId, memberId }: MemberActor) => {
  const [practice, keys, member, list, change] = await store.read([
    { kind: "practice", practiceId },
    { kind: "practice-keys", practiceId },
    { kind: "practice-member", practiceId, memberId },
    { kind: "member-list", practiceId, number: 1 },
    { kind: "practice-change", practiceId, number: 1 },
  ])
  // They are vanishing already.
  if (!practice || !keys || !member || !list || !change) throw new Problem("confirmation-code-wrong")
  const kept = <T extends { revision: number; ttl?: number | undefined }>(item: T) => {
    const { ttl: _, ...rest } = item
    return { ...rest, revision: item.revision + 1 }
  }
  return {
    practice: { put: { ...kept(practice), status: "active" as const } },
    keys: { put: kept(keys) },
    member: { put: kept(member) },
    list: { put: kept(list) },
    change: { put: kept(change) },
  }
}

/** The invitation that somebody came by, until an owner has let them in. */
const invitationOf = async (store: StoreReads, { invitations }: Practice, { memberId }: MemberActor) => {
  const refs = invitations.map((invitationId) => ({ kind: "invitation", invitationId }) as const)
  const found = refs.length === 0 ? [] : await store.read(refs)
  return found.find((each) => each?.memberId === memberId)
}

type ConfirmingStep = Step<"practice/confirm", ResponseOf<"practice/confirm">, { memberAccounts: "confirm" }>

/** What a right code changes: the practice is open, or an owner is shown who came. Nothing where that is so already. */
const confirming = async (
  store: StoreReads,
  practice: Practice,
  member: MemberActor,
): Promise<Changing | undefined> => {
  if (practice.status === "unconfirmed") return changing(await confirmedPractice(store, member), {})
  const invitation = await invitationOf(store, practice, member)
  if (invitation?.joined === undefined || invitation.joined.confirmed) return undefined
  const joined = { ...invitation.joined, confirmed: true }
  return changing({ invitation: { put: { ...invitation, revision: invitation.revision + 1, joined } } }, {})
}

/** Confirms the address of who opened a practice, or joins one. */
export const confirm = defineUseCase(
  "practice/confirm",
  async (
    { store }: { store: StoreReads },
    { code, ...member }: RequestOf<"practice/confirm">,
    { now }: Call,
  ): Promise<ConfirmingStep> => ({
    because: "no-account-yet",
    act: async (acting) => {
      const { practiceId, memberId } = member
      const practice = await countGuess(acting, memberName(member), now, async (rate) => {
        const [account, found] = await store.read([{ kind: "practice", practiceId }, rate])
        const isOpen = account !== undefined && (await confirming(store, account, member)) !== undefined
        return { account, isOpen, found }
      })
      if (practice === undefined) throw new Problem("confirmation-code-wrong")
      if ((await acting.ports.memberAccounts.confirm(memberName(member), code)) !== "confirmed")
        throw new Problem("confirmation-code-wrong")
      const toChange = await confirming(store, practice, member)
      if (toChange === undefined) return { done: {} }
      return {
        patientId: practiceId,
        now,
        event: { action: "confirm", actor: { kind: "member", memberId }, subject: {} },
        changing: toChange,
        again: async () => {
          const [found] = await store.read([{ kind: "practice", practiceId }])
          return found !== undefined && (await confirming(store, found, member)) === undefined ? {} : undefined
        },
        answer: () => ({}),
      }
    },
  }),
)

interface SigningIn extends ProfessionalTrust {
  readonly store: StoreReads
  readonly cloud: Pick<CloudIdentity, "cloudId">
  readonly memberAccounts: PatientSignIn
}

type KeptMember = ItemOf<"practice-member">

/** What is found of a member's certificate as they sign in. Who signs in twice at a moment is no conflict, and neither is who leaves. */
const certifiedAnew = (
  store: StoreReads,
  found: KeptMember,
  { certificate, certified }: { certificate: string | undefined; certified: Certification & { outcome: "certified" } },
  now: Date,
): Renewed => {
  const { practiceId, memberId } = found
  const { profession } = certified
  const renewed = (kept: KeptMember) => ({
    put: {
      ...kept,
      revision: kept.revision + 1,
      ...(certificate !== undefined && { certificate }),
      certified: { at: now.toISOString(), profession, ...keptAnswer(certified) },
    },
  })
  const anew = async () => {
    const [kept] = await store.read([{ kind: "practice-member", practiceId, memberId }])
    return kept === undefined ? [] : renewed(kept)
  }
  return { change: renewed(found), attempts: 5, anew }
}

/**
 * Signs a member in whose certificate is in order at this moment, or who shows another one for the same keys. Who waits to be let in is given a token
 * that opens nothing yet.
 */
export const signIn = defineUseCase(
  "practice/sign-in",
  async (
    deps: SigningIn,
    { email, password, certificate }: RequestOf<"practice/sign-in">,
    call: Call,
  ): Promise<Step<"practice/sign-in", ResponseOf<"practice/sign-in">>> => {
    const session = await deps.memberAccounts.signIn(email, password)
    if (session === undefined) throw new Problem("email-or-password-wrong")
    const member = memberNamed(session.patientId)
    if (member === undefined) throw new Error("the identity manager named nobody of a practice")
    const expiresAt = new Date(call.now.getTime() + session.expiresIn * 1000).toISOString()
    const answer = { ...member, accessToken: session.accessToken, expiresAt }
    const { practiceId, memberId } = member
    const [practice, kept] = await deps.store.read([
      { kind: "practice", practiceId },
      { kind: "practice-member", practiceId, memberId },
    ])
    const listed = practice && activeMembers(listOf(practice).claims).find((each) => each.memberId === memberId)
    if (kept === undefined || listed === undefined) return { done: answer }
    const certified =
      certificate !== undefined
        ? await requireCertified(deps, certificate, { practiceId, ...listed }, call)
        : kept.certificate === undefined
          ? undefined
          : await requireStillCertified(deps, kept.certificate, call)
    return {
      patientId: practiceId,
      now: call.now,
      event: { action: "sign-in", actor: { kind: "member", memberId }, subject: {} },
      ...(certified && {
        changing: changing({ member: certifiedAnew(deps.store, kept, { certificate, certified }, call.now) }, {}),
      }),
      answer: () => answer,
    }
  },
)

/** Gives an owner the bundle that the recovery phrase opens. */
export const recover = defineUseCase(
  "practice/recover",
  async (
    { store }: { store: StoreReads },
    actor: SignedInMember,
    _: RequestOf<"practice/recover">,
    { now }: Call,
  ): Promise<Step<"practice/recover", ResponseOf<"practice/recover">>> => {
    const { practiceId, memberId } = actor
    const [found, keys] = await store.read([
      { kind: "practice", practiceId },
      { kind: "practice-keys", practiceId },
    ])
    requireOwner(requireMember(found, actor))
    const { recoveryBundle } = there(keys)
    return {
      patientId: practiceId,
      now,
      event: { action: "recover", actor: { kind: "member", memberId }, subject: {} },
      answer: () => ({ recoveryBundle }),
    }
  },
)

/** Ends all that a member is signed in to, this device's too. */
export const signOut = defineUseCase(
  "practice/sign-out",
  async (
    { store }: { store: StoreReads },
    actor: SignedInMember,
    _: RequestOf<"practice/sign-out">,
    { now }: Call,
  ): Promise<Step<"practice/sign-out", ResponseOf<"practice/sign-out">>> => {
    const { practiceId, memberId } = actor
    const [found] = await store.read([{ kind: "practice", practiceId }])
    // Asked again by what it has ended itself.
    if (found !== undefined && isSignedOut(found, actor)) return { done: {} }
    const { practice } = requireMember(found, actor)
    const seconds = Math.floor(now.getTime() / 1000)
    const recently = Object.entries(practice.signedOut).filter(([, at]) => at > seconds - 2 * hourSeconds)
    const signedOut = { ...Object.fromEntries(recently), [memberId]: seconds }
    return {
      patientId: practiceId,
      now,
      event: { action: "sign-out", actor: { kind: "member", memberId }, subject: {} },
      changing: changing({ practice: { put: { ...practice, revision: practice.revision + 1, signedOut } } }, {}),
      answer: () => ({}),
    }
  },
)

const numbersAfter = (after: number, newest: number, most: number): number[] =>
  Array.from({ length: Math.max(0, Math.min(most, newest - after)) }, (_, i) => after + 1 + i)

/** Who works in the practice, its keys as they are sealed, and the newest change. */
export const getPractice = async (
  { store }: { store: StoreReads },
  actor: SignedInMember,
  { list = "0" }: RequestOf<"practice/get-practice">,
): Promise<ResponseOf<"practice/get-practice">> => {
  const { practiceId } = actor
  const [found, keys] = await store.read([
    { kind: "practice", practiceId },
    { kind: "practice-keys", practiceId },
  ])
  const { practice } = requireMember(found, actor)
  const numbers = numbersAfter(Number(list), practice.members.number, membersAtOnce)
  const refs = numbers.map((number) => ({ kind: "member-list", practiceId, number }) as const)
  const lists = refs.length === 0 ? [] : await store.read(refs)
  if (keys === undefined || (await canonicalHash(keys.keys)) !== practice.keysHash) throw new Problem("busy")
  return {
    members: lists.map((each) => there(each).statement),
    keys: keys.keys,
    change: practice.change.statement,
    ...waitingEnd(practice),
  }
}

/** The request by which the practice is to be destroyed, where the newest thing that was said of its end is one. */
const waitingEnd = ({ deactivation }: Practice): { deactivation?: string } => {
  if (deactivation === undefined) return {}
  return claimsOf("practice-deactivation", deactivation).action === "request" ? { deactivation } : {}
}

/** The entries that changes said, by their statements; of a destroyed file there is none any more. */
const entriesOf = async (
  store: StoreReads,
  practiceId: string,
  statements: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const named = statements.flatMap((statement) => {
    const { change } = claimsOf("practice-change", statement)
    return change.kind === "file" ? [{ statement, fileId: change.fileId, version: change.entry.version }] : []
  })
  const refs = named.map(({ fileId, version }) => ({ kind: "practice-entry", practiceId, fileId, version }) as const)
  const found = refs.length === 0 ? [] : await store.read(refs)
  return new Map(
    named.flatMap(({ statement }, i) => {
      const entry = found[i]?.entry
      return entry === undefined ? [] : [[statement, entry] as const]
    }),
  )
}

export const getChanges = async (
  { store }: { store: StoreReads },
  actor: SignedInMember,
  { after }: RequestOf<"practice/get-changes">,
): Promise<ResponseOf<"practice/get-changes">> => {
  const { practiceId } = actor
  const [found] = await store.read([{ kind: "practice", practiceId }])
  const { practice } = requireMember(found, actor)
  const numbers = numbersAfter(Number(after), practice.change.number, listPageLength)
  const refs = numbers.map((number) => ({ kind: "practice-change", practiceId, number }) as const)
  const changes = refs.length === 0 ? [] : await store.read(refs)
  const statements = changes.map((each) => there(each).statement)
  const entries = await entriesOf(store, practiceId, statements)
  return {
    changes: statements.map((change) => {
      const entry = entries.get(change)
      return { change, ...(entry === undefined ? {} : { entry }) }
    }),
  }
}
