/** How a device asks for the end of an account, which waits, and how any device stops it. Who has the recovery phrase waits for nothing (`deactivation.ts`). */
import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { daySeconds, deactivationRequestsPerDay } from "../../contract/limits.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { standingRequest, type WaitingDeactivation } from "../../protocol/deactivation.ts"
import { rootNumber } from "../../protocol/signers.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import type { Renewed } from "./named-changes.ts"
import { type ActivePatient, requireActive, unchanged } from "./patients.ts"
import type { Call, StoreReads } from "./ports.ts"
import { counted, deactivationRate, recent } from "./rates.ts"
import { defineUseCase } from "./runner.ts"
import { endedBy, listOf, type SignerEnds, signerEndRefs } from "./signer-ends.ts"
import { patientStatement, requireUnused, useOnce } from "./statements.ts"
import { changing, type Step } from "./step.ts"

interface Waiting {
  readonly store: StoreReads
  readonly cloud: Pick<CloudIdentity, "cloudId">
}
type WaitingItem = ItemOf<"deactivation">

export const waitingRef = (patientId: string) => ({ kind: "deactivation", patientId }) as const

/** As often as others change the account, or what waits, at the same moment. */
const attempts = 20

/** What is read of an account whose end may wait. */
export interface Account {
  readonly patient: ActivePatient
  readonly waiting: WaitingItem | undefined
  readonly ends: SignerEnds
}

/** What the stored request comes to by now; undefined where there is none, or a void one. */
export const standing = async (
  { patient, waiting, ends }: Account,
  cloudId: string,
): Promise<WaitingDeactivation | undefined> => {
  if (waiting === undefined) return undefined
  const list = await listOf(patient, cloudId)
  return standingRequest(waiting.statement, list, await endedBy(list, ends))
}

const read = async (store: StoreReads, patientId: string): Promise<Account> => {
  const [patient, waiting, ...ends] = await store.read([
    { kind: "patient", patientId },
    waitingRef(patientId),
    ...signerEndRefs(patientId),
  ])
  return { patient: requireActive(patient), waiting, ends }
}

/** Nothing is asked or stopped of an account that is being destroyed. */
const stillActive = (store: StoreReads, patient: ActivePatient): Renewed => ({
  change: unchanged(patient),
  attempts,
  anew: async () => unchanged((await read(store, patient.patientId)).patient),
})

/** The change after which nothing waits, whatever did at the moment: of two that are asked for one after the other, both go. */
export const noneWaiting = (store: StoreReads, patientId: string, waiting: WaitingItem | undefined): Renewed => {
  const ref = waitingRef(patientId)
  const removal = (item: WaitingItem | undefined) =>
    item === undefined ? { check: ref, revision: 0 } : { remove: ref, revision: item.revision }
  return {
    change: removal(waiting),
    attempts,
    anew: async () => removal((await store.read([ref]))[0]),
  }
}

/** Asks for the end of the account, which waits. One that waits already stays as it is, so that nobody puts it off or hastens it. Idempotent. */
export const requestDeactivation = defineUseCase(
  "patient/request-deactivation",
  async (
    { store, cloud }: Waiting,
    patientId: string,
    { statement }: RequestOf<"patient/request-deactivation">,
    call: Call,
  ): Promise<Step<"patient/request-deactivation", ResponseOf<"patient/request-deactivation">>> => {
    const found = await read(store, patientId)
    const { patient, waiting, ends } = found
    if (waiting?.statement === statement) return { done: {} }
    const expected = { audience: cloud.cloudId, patient, ends, now: call.now }
    const claims = await patientStatement("deactivation-request", statement, expected)
    if (claims.under !== rootNumber(await listOf(patient, cloud.cloudId))) throw new Problem("statement-invalid")
    await requireUnused(store, patientId, claims)
    const waits = async (account: Account) => ((await standing(account, cloud.cloudId)) === undefined ? undefined : {})
    const before = await waits(found)
    if (before !== undefined) return { done: before }
    const rate = deactivationRate(patientId, readStatement(statement).header.kid ?? "")
    const [asked] = await store.read([rate])
    const lately = recent(asked, daySeconds, call.now)
    if (lately.length >= deactivationRequestsPerDay) throw new Problem("rate-exceeded")
    const put: WaitingItem = { ...waitingRef(patientId), revision: (waiting?.revision ?? 0) + 1, statement }
    return {
      patientId,
      now: call.now,
      event: {
        action: "request-deactivation",
        actor: { kind: "patient" },
        subject: { statementHash: await statementHash(statement) },
      },
      changing: changing(
        {
          waiting: { put },
          rate: counted(rate, asked, lately, "", daySeconds, call.now),
          account: stillActive(store, patient),
          statement: useOnce(patientId, claims),
        },
        { statement: "statement-replayed" },
      ),
      again: async () => waits(await read(store, patientId)),
      answer: () => ({}),
    }
  },
)

/** Stops the end of the account that waits, whoever asked for it. Where none waits nothing is changed. */
export const cancelDeactivation = defineUseCase(
  "patient/cancel-deactivation",
  async (
    { store, cloud }: Waiting,
    patientId: string,
    { statement }: RequestOf<"patient/cancel-deactivation">,
    call: Call,
  ): Promise<Step<"patient/cancel-deactivation", ResponseOf<"patient/cancel-deactivation">>> => {
    const { patient, waiting, ends } = await read(store, patientId)
    const expected = { audience: cloud.cloudId, patient, ends, now: call.now }
    const claims = await patientStatement("deactivation-cancellation", statement, expected)
    if (waiting === undefined) return { done: {} }
    await requireUnused(store, patientId, claims)
    return {
      patientId,
      now: call.now,
      event: {
        action: "cancel-deactivation",
        actor: { kind: "patient" },
        subject: { statementHash: await statementHash(statement) },
      },
      changing: changing(
        {
          waiting: noneWaiting(store, patientId, waiting),
          account: stillActive(store, patient),
          statement: useOnce(patientId, claims),
        },
        { statement: "statement-replayed" },
      ),
      again: async () => ((await read(store, patientId)).waiting === undefined ? {} : undefined),
      answer: () => ({}),
    }
  },
)
