/** The end of a practice: at once by its root, or asked for by an owner, which waits as a patient's does (docs/protocol.md, "Practice"). */
import { Problem } from "../../contract/errors.ts"
import { type ItemOf, itemKeys } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { deactivationWaitSeconds } from "../../protocol/deactivation.ts"
import type { PracticeDeactivationClaims } from "../../protocol/practice/claims.ts"
import { verifyDeactivation } from "../../protocol/practice/members.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { memberName, type SignedInMember } from "./member-names.ts"
import type { Renewed } from "./named-changes.ts"
import type { Call, PatientItemReads, StoreReads } from "./ports.ts"
import { listOf, requireMember, requireOwner } from "./practice-account.ts"
import type { CarriedOut } from "./practice-deletion.ts"
import { defineUseCase } from "./runner.ts"
import { claimsOf, requireFresh, requireUnused, useOnce } from "./statements.ts"
import { type Acting, changing, type Step } from "./step.ts"

type Practice = ItemOf<"practice">
type Action = PracticeDeactivationClaims["action"]
interface Reading {
  readonly store: StoreReads
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

const practiceRef = (practiceId: string) => ({ kind: "practice", practiceId }) as const
const endRef = (practiceId: string) => ({ kind: "practice-end", practiceId }) as const
const tombstoneRef = (practiceId: string) => ({ kind: "practice-tombstone", practiceId }) as const

/** As often as others of the practice change something at the same moment. */
const attempts = 20

/** What is said just now of the practice's end, by its root or by an owner. */
const requireSaid = async (
  { store, cloud: { cloudId } }: Reading,
  practice: Practice,
  statement: string,
  action: Action,
  now: Date,
): Promise<PracticeDeactivationClaims> => {
  const { practiceId } = practice
  requireFresh(claimsOf("practice-deactivation", statement), cloudId, now)
  try {
    const { claims } = await verifyDeactivation(statement, { cloudId, practiceId }, listOf(practice))
    if (claims.action !== action) throw new Error("something else")
    await requireUnused(store, practiceId, claims)
    return claims
  } catch (error) {
    throw error instanceof Problem ? error : new Problem("statement-invalid", { cause: error })
  }
}

/** The request that waits, if nobody stopped it and who asked is an owner still. */
const standing = async (practice: Practice, cloudId: string) => {
  const { deactivation, practiceId } = practice
  if (deactivation === undefined) return undefined
  const said = await verifyDeactivation(deactivation, { cloudId, practiceId }, listOf(practice)).catch(() => undefined)
  return said?.claims.action === "request" ? said : undefined
}

/** The practice with what is said of its end, whatever others change of it at the moment. */
const saidOf = (store: StoreReads, found: Practice, deactivation: string): Renewed => {
  const changed = (practice: Practice) => ({ put: { ...practice, revision: practice.revision + 1, deactivation } })
  return {
    change: changed(found),
    attempts,
    anew: async () => {
      const [practice] = await store.read([practiceRef(found.practiceId)])
      if (practice?.status !== "active") throw new Problem("not-found")
      return changed(practice)
    },
  }
}

/** By which a clock finds the practice. */
const findable = (store: StoreReads, practiceId: string, end: ItemOf<"practice-end"> | undefined): Renewed => {
  const changed = (known: ItemOf<"practice-end"> | undefined) => ({
    put: { ...endRef(practiceId), revision: (known?.revision ?? 0) + 1 },
  })
  return { change: changed(end), attempts, anew: async () => changed((await store.read([endRef(practiceId)]))[0]) }
}

/** Asks for the end of the practice, which waits. One that waits already stays as it is. Idempotent. */
export const requestDeactivation = defineUseCase(
  "practice/request-deactivation",
  async (
    reading: Reading,
    actor: SignedInMember,
    { statement }: RequestOf<"practice/request-deactivation">,
    { now }: Call,
  ): Promise<Step<"practice/request-deactivation", ResponseOf<"practice/request-deactivation">>> => {
    const { store, cloud } = reading
    const { practiceId, memberId } = actor
    const [kept, end] = await store.read([practiceRef(practiceId), endRef(practiceId)])
    const { practice } = requireOwner(requireMember(kept, actor))
    if ((await standing(practice, cloud.cloudId)) !== undefined) return { done: {} }
    const claims = await requireSaid(reading, practice, statement, "request", now)
    return {
      patientId: practiceId,
      now,
      event: {
        action: "request-deactivation",
        actor: { kind: "member", memberId },
        subject: { statementHash: await statementHash(statement) },
      },
      changing: changing(
        {
          practice: saidOf(store, practice, statement),
          end: findable(store, practiceId, end),
          used: useOnce(practiceId, claims),
        },
        { used: "statement-replayed" },
      ),
      again: async () => {
        const [later] = await store.read([practiceRef(practiceId)])
        return later?.deactivation === statement ? {} : undefined
      },
      answer: () => ({}),
    }
  },
)

/** Stops the end of the practice that waits, whoever asked for it. Where none waits nothing is changed. */
export const cancelDeactivation = defineUseCase(
  "practice/cancel-deactivation",
  async (
    reading: Reading,
    actor: SignedInMember,
    { statement }: RequestOf<"practice/cancel-deactivation">,
    { now }: Call,
  ): Promise<Step<"practice/cancel-deactivation", ResponseOf<"practice/cancel-deactivation">>> => {
    const { store } = reading
    const { practiceId, memberId } = actor
    const [kept] = await store.read([practiceRef(practiceId)])
    const { practice } = requireOwner(requireMember(kept, actor))
    if ((await standing(practice, reading.cloud.cloudId)) === undefined) return { done: {} }
    const claims = await requireSaid(reading, practice, statement, "cancel", now)
    return {
      patientId: practiceId,
      now,
      event: {
        action: "cancel-deactivation",
        actor: { kind: "member", memberId },
        subject: { statementHash: await statementHash(statement) },
      },
      changing: changing(
        { practice: saidOf(store, practice, statement), used: useOnce(practiceId, claims) },
        { used: "statement-replayed" },
      ),
      again: async () => {
        const [later] = await store.read([practiceRef(practiceId)])
        return later?.deactivation === statement ? {} : undefined
      },
      answer: () => ({}),
    }
  },
)

interface Destroying extends Reading {
  readonly items: PatientItemReads
}
type Ports = { objects: "destroySome"; items: "remove"; memberAccounts: "remove" }
type Answer = ResponseOf<"practice/deactivate">

/** Batches of one request; a larger practice takes several requests of the same statement. */
const batches = 10

/** True once nothing is left but the practice itself. */
const destroy = async (items: PatientItemReads, { ports }: Acting<Ports>, practice: Practice): Promise<boolean> => {
  const { practiceId } = practice
  const invitations = practice.invitations.map((invitationId) => itemKeys.invitation({ invitationId }))
  if (invitations.length > 0) await ports.items.remove(invitations)
  for (let batch = 0; batch < batches; batch++) {
    const more = await ports.objects.destroySome("records", `${practiceId}/`)
    const keys = await items.some(itemKeys.practice({ practiceId }))
    if (keys.length > 0) await ports.items.remove(keys)
    if (!more && keys.length === 0) return true
  }
  return false
}

/** Destroys what is left of a practice that every use-case refuses by now; at its end nothing stays but that there was one. */
const finish = async ({ store, items }: Destroying, acting: Acting<Ports>, practice: Practice): Promise<Answer> => {
  const { practiceId, deactivation: statement } = practice
  if (!(await destroy(items, acting, practice))) return { status: "in-progress" }
  for (const { memberId } of listOf(practice).claims.members)
    await acting.ports.memberAccounts.remove(memberName({ practiceId, memberId }))
  const [end] = await store.read([endRef(practiceId)])
  const written = await acting.change({
    practice: { remove: practiceRef(practiceId), revision: practice.revision },
    tombstone: { put: { ...tombstoneRef(practiceId), revision: 1, ...(statement !== undefined && { statement }) } },
    end: end === undefined ? [] : [{ remove: endRef(practiceId), revision: end.revision } as const],
  })
  // The same statement sent twice: the other one has finished.
  if (written.outcome === "conflict") throw new Problem("busy")
  return { status: "done" }
}

const closed = (practice: Practice, statement: string): Practice => ({
  ...practice,
  revision: practice.revision + 1,
  status: "deactivating",
  deactivation: statement,
})

/**
 * Destroys every file, key, list and account of a practice, by its root's statement; the audit trail stays. What is interrupted is finished by sending the same statement again, until the
 * answer is `done`, or within the hour by a clock.
 */
export const deactivate = defineUseCase(
  "practice/deactivate",
  async (
    reading: Destroying,
    actor: SignedInMember,
    { statement }: RequestOf<"practice/deactivate">,
    { now }: Call,
  ): Promise<Step<"practice/deactivate", Answer, Ports>> => {
    const { store } = reading
    const { practiceId, memberId } = actor
    const [kept, end, tombstone] = await store.read([
      practiceRef(practiceId),
      endRef(practiceId),
      tombstoneRef(practiceId),
    ])
    if (kept === undefined && tombstone?.statement === statement) return { done: { status: "done" } }
    if (kept?.status === "deactivating" && kept.deactivation === statement)
      return { because: "told-before", act: async (acting) => ({ done: await finish(reading, acting, kept) }) }
    const { practice } = requireOwner(requireMember(kept, actor))
    const claims = await requireSaid(reading, practice, statement, "destroy", now)
    const after = closed(practice, statement)
    return {
      patientId: practiceId,
      now,
      event: {
        action: "deactivate",
        actor: { kind: "member", memberId },
        subject: { statementHash: await statementHash(statement) },
      },
      changing: changing(
        { practice: { put: after }, end: findable(store, practiceId, end), used: useOnce(practiceId, claims) },
        { used: "statement-replayed" },
      ),
      answer: (acting: Acting<Ports>) => finish(reading, acting, after),
    }
  },
)

/** Destroys a practice whose end was asked for and has waited long enough, and finishes what that was interrupted in. A request that is void by now is forgotten. */
export const practiceEnd = async (
  reading: Destroying,
  practiceId: string,
  { now }: Pick<Call, "now">,
): Promise<Step<"system/deactivate", CarriedOut, Ports>> => {
  const { store, cloud } = reading
  const [kept, end] = await store.read([practiceRef(practiceId), endRef(practiceId)])
  if (kept?.status === "deactivating")
    return {
      because: "told-before",
      act: async (acting) => ({ done: (await finish(reading, acting, kept)).status }),
    }
  const request = kept && (await standing(kept, cloud.cloudId))
  if (kept === undefined || request === undefined || kept.deactivation === undefined)
    return {
      because: "told-before",
      act: async ({ change }) => {
        if (end !== undefined) await change({ end: { remove: endRef(practiceId), revision: end.revision } })
        return { done: "void" }
      },
    }
  if (request.claims.iat + deactivationWaitSeconds > now.getTime() / 1000) return { done: "waits" }
  const after = closed(kept, kept.deactivation)
  return {
    patientId: practiceId,
    now,
    event: {
      action: "deactivate",
      actor: { kind: "member", memberId: request.by?.memberId ?? practiceId },
      subject: { statementHash: await statementHash(kept.deactivation) },
    },
    changing: changing({ practice: { put: after } }, {}),
    answer: async (acting: Acting<Ports>) => (await finish(reading, acting, after)).status,
  }
}
