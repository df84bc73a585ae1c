import { Problem } from "../../contract/errors.ts"
import { type ItemOf, itemKeys, locatorKeyOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { noneWaiting, standing, waitingRef } from "./deactivation-wait.ts"
import { type ActivePatient, requireActive } from "./patients.ts"
import type { Call, Deactivations, PatientItemReads, StoreReads } from "./ports.ts"
import { practiceEnd } from "./practice-deactivation.ts"
import { type CarriedOut, destruction } from "./practice-deletion.ts"
import { defineUseCase } from "./runner.ts"
import { signerEndRefs } from "./signer-ends.ts"
import { requireUnused, rootStatement, useOnce } from "./statements.ts"
import { type Acting, changing, type Step } from "./step.ts"

interface Deactivation {
  readonly store: StoreReads
  readonly items: PatientItemReads
  readonly cloud: CloudIdentity
}
type Patient = ItemOf<"patient">

/** Batches of one request; a larger record takes several requests of the same statement. */
const batches = 10

type Answer = ResponseOf<"patient/deactivate">
type DestroyingPorts = { objects: "destroySome"; items: "remove"; accounts: "remove" }
type Destroying = Acting<DestroyingPorts>

/** True once nothing is left. */
const destroy = async (items: PatientItemReads, { ports }: Destroying, patientId: string): Promise<boolean> => {
  for (let batch = 0; batch < batches; batch++) {
    const more = [
      await ports.objects.destroySome("records", `${patientId}/`),
      await ports.objects.destroySome("pending", `${patientId}/`),
    ]
    const keys = await items.some(itemKeys.patient({ patientId }))
    // What leads here goes first: nothing would tell of it any more.
    const locators = keys.flatMap((key) => locatorKeyOf(key) ?? [])
    if (locators.length > 0) await ports.items.remove(locators)
    if (keys.length > 0) await ports.items.remove(keys)
    if (!more.includes(true) && keys.length === 0) return true
  }
  return false
}

const destructionRef = (patientId: string) => ({ kind: "destruction", patientId }) as const

/** The sign-in, without which nobody could have finished what was interrupted; then that by which a clock would. */
const close = async (store: StoreReads, { ports, change }: Destroying, patientId: string): Promise<void> => {
  await ports.accounts.remove(patientId)
  const [left] = await store.read([destructionRef(patientId)])
  if (left === undefined) return
  const written = await change({ left: { remove: destructionRef(patientId), revision: left.revision } })
  if (written.outcome === "conflict") throw new Problem("busy")
}

/** Destroys what is left of an account that every use-case refuses by now. */
const finish = async ({ store, items }: Deactivation, acting: Destroying, patient: Patient): Promise<Answer> => {
  const { patientId } = patient
  if (!(await destroy(items, acting, patientId))) return { status: "in-progress" }
  const { root: _root, signers: _signers, accountKey: _accountKey, ...kept } = patient
  const ended: Patient = { ...kept, revision: patient.revision + 1, status: "deactivated" }
  const written = await acting.change({ account: { put: ended, whole: true } })
  // The same statement sent twice: the other one has finished.
  if (written.outcome === "conflict") throw new Problem("busy")
  await close(store, acting, patientId)
  return { status: "done" }
}

/** The event, and the changes after which every use-case refuses the account, and a clock finishes what is interrupted. */
const closing = async (patient: ActivePatient, statement: string) => {
  const { patientId, revision } = patient
  const account: Patient = { ...patient, revision: revision + 1, status: "deactivating", statement }
  const event = {
    action: "deactivate",
    actor: { kind: "patient" },
    subject: { statementHash: await statementHash(statement) },
  } as const
  return {
    event,
    changes: { account: { put: account }, destruction: { put: { ...destructionRef(patientId), revision: 1 } } },
    closed: account,
  }
}

/**
 * Destroys every version, key and share of an account, by the root's statement; the audit trail stays, pseudonymous. What is interrupted is finished by
 * sending the same statement again, until the answer is `done`, or within the hour by a clock. The entries of the HRI are removed by the patient's app before:
 * the index is another operator's.
 */
export const deactivate = defineUseCase(
  "patient/deactivate",
  async (
    reading: Deactivation,
    patientId: string,
    { statement }: RequestOf<"patient/deactivate">,
    { now }: Pick<Call, "now">,
  ): Promise<Step<"patient/deactivate", Answer, DestroyingPorts>> => {
    const { store, cloud } = reading
    const because = "told-before"
    const [found, waiting] = await store.read([{ kind: "patient", patientId }, waitingRef(patientId)])
    if (found?.status === "deactivated")
      return {
        because,
        act: async (acting) => {
          await close(store, acting, patientId)
          return { done: { status: "done" } }
        },
      }
    if (found?.status === "deactivating" && found.statement === statement)
      return { because, act: async (acting) => ({ done: await finish(reading, acting, found) }) }
    const patient = requireActive(found)
    const claims = await rootStatement("deactivation", statement, { audience: cloud.cloudId, patient, now })
    await requireUnused(store, patientId, claims)
    const { event, changes, closed } = await closing(patient, statement)
    return {
      patientId,
      now,
      event,
      changing: changing(
        { ...changes, waiting: noneWaiting(store, patientId, waiting), statement: useOnce(patientId, claims) },
        { statement: "statement-replayed" },
      ),
      answer: (acting: Destroying) => finish(reading, acting, closed),
    }
  },
)

/** Destroys a file of a practice whose deletion can be undone no longer. */
export const destroyFile = defineUseCase("system/deactivate", destruction)

/** Destroys a practice whose end was asked for and has waited long enough, and finishes what was interrupted. */
export const carryOutPractice = defineUseCase("system/deactivate", practiceEnd)

/**
 * Destroys an account whose end was asked for and has waited long enough, as `deactivate` does, and finishes what that was interrupted in. A request that is
 * void by now is forgotten. Whoever cancels it, or ends its signer, at this very moment is first, or finds the account closed.
 */
export const carryOutDeactivation = defineUseCase(
  "system/deactivate",
  async (
    reading: Deactivation,
    patientId: string,
    { now }: Pick<Call, "now">,
  ): Promise<Step<"system/deactivate", CarriedOut, DestroyingPorts>> => {
    const { store, cloud } = reading
    const endRefs = signerEndRefs(patientId)
    const [found, waiting, ...ends] = await store.read([
      { kind: "patient", patientId },
      waitingRef(patientId),
      ...endRefs,
    ])
    const act = (deed: (acting: Destroying) => Promise<CarriedOut>) =>
      ({ because: "told-before", act: async (acting: Destroying) => ({ done: await deed(acting) }) }) as const
    if (found?.status === "deactivating") return act(async (acting) => (await finish(reading, acting, found)).status)
    if (found?.status === "deactivated")
      return act(async (acting) => {
        await close(store, acting, patientId)
        return "done"
      })
    if (waiting === undefined) return { done: "void" }
    const patient = requireActive(found)
    const removal = { remove: waitingRef(patientId), revision: waiting.revision } as const
    const request = await standing({ patient, waiting, ends }, cloud.cloudId)
    if (request === undefined)
      return act(async ({ change }) => {
        await change({ removal })
        return "void"
      })
    if (request.dueAt > now.getTime() / 1000) return { done: "waits" }
    const { event, changes, closed } = await closing(patient, waiting.statement)
    const unended = endRefs.map((check, i) => ({ check, revision: ends[i]?.revision ?? 0 }))
    return {
      patientId,
      now,
      event,
      changing: changing({ ...changes, removal, unended }, {}),
      answer: async (acting: Destroying) => (await finish(reading, acting, closed)).status,
    }
  },
)

/**
 * Carries out what is due, of all that wait or were interrupted, round by round, so that no large account holds up the others; what is left when there is no time any more is in
 * progress. One that fails holds up no other either.
 */
export const carryOutAll = async (
  waiting: Deactivations,
  carryOut: (id: string) => Promise<CarriedOut>,
  mayContinue: () => boolean,
): Promise<Record<CarriedOut | "failed", number>> => {
  const carriedOut = { waits: 0, void: 0, done: 0, failed: 0 }
  let ids: string[] = []
  let after: string | undefined
  do {
    const page = await waiting.list(after)
    ids.push(...page.ids)
    after = page.next
  } while (after !== undefined)
  while (ids.length > 0 && mayContinue()) {
    const unfinished: string[] = []
    for (const id of ids) {
      const outcome = mayContinue() ? await carryOut(id).catch(() => "failed" as const) : "in-progress"
      if (outcome === "in-progress") unfinished.push(id)
      else carriedOut[outcome]++
    }
    ids = unfinished
  }
  return { ...carriedOut, "in-progress": ids.length }
}
