import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { requireActive } from "./patients.ts"
import type { Call, PatientItemReads, StoreReads } from "./ports.ts"
import { defineUseCase } from "./runner.ts"
import { signerEndRefs } from "./signer-ends.ts"
import { patientStatement, requireUnused, useOnce } from "./statements.ts"
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
    const keys = await items.some(patientId)
    if (keys.length > 0) await ports.items.remove(keys)
    if (!more.includes(true) && keys.length === 0) return true
  }
  return false
}

/** Destroys what is left of an account that every use-case refuses by now. */
const finish = async (items: PatientItemReads, acting: Destroying, patient: Patient): Promise<Answer> => {
  const { patientId } = patient
  if (!(await destroy(items, acting, patientId))) return { status: "in-progress" }
  const { root: _root, signers: _signers, accountKey: _accountKey, recoveryBundle: _bundle, ...kept } = patient
  const ended: Patient = { ...kept, revision: patient.revision + 1, status: "deactivated" }
  const written = await acting.change({ account: { put: ended } })
  // The same statement sent twice: the other one has finished.
  if (written.outcome === "conflict") throw new Problem("busy")
  // Last of all: without it nobody could sign in to finish what was interrupted.
  await acting.ports.accounts.remove(patientId)
  return { status: "done" }
}

/**
 * Destroys every version, key and share of an account; the audit trail stays, pseudonymous. What is interrupted is finished by
 * sending the same statement again, until the answer is `done`. The entries of the HRI are removed by the patient's app before:
 * the index is another operator's.
 */
export const deactivate = defineUseCase(
  "patient/deactivate",
  async (
    { store, items, cloud }: Deactivation,
    patientId: string,
    { statement }: RequestOf<"patient/deactivate">,
    call: Call,
  ): Promise<Step<"patient/deactivate", Answer, DestroyingPorts>> => {
    const because = "told-before"
    const [found, ...ends] = await store.read([{ kind: "patient", patientId }, ...signerEndRefs(patientId)])
    if (found?.status === "deactivated")
      return {
        because,
        act: async ({ ports }) => {
          await ports.accounts.remove(patientId)
          return { done: { status: "done" } }
        },
      }
    const finishing = (closed: Patient) => async (acting: Destroying) => finish(items, acting, closed)
    const resumed = (closed: Patient) =>
      ({ because, act: async (acting: Destroying) => ({ done: await finishing(closed)(acting) }) }) as const
    if (found?.status === "deactivating" && found.statement === statement) return resumed(found)
    // Who has lost the first statement, with the device perhaps, finishes by a new one.
    const again = found?.status === "deactivating"
    const patient = requireActive(again ? { ...found, status: "active" } : found)
    const claims = await patientStatement("deactivation", statement, {
      audience: cloud.cloudId,
      patient,
      ends,
      now: call.now,
    })
    await requireUnused(store, patientId, claims)
    if (again) return resumed(found)
    // From here on every use-case refuses the account.
    const closing: Patient = { ...patient, revision: patient.revision + 1, status: "deactivating", statement }
    return {
      patientId,
      now: call.now,
      event: {
        action: "deactivate",
        actor: { kind: "patient" },
        subject: { statementHash: await statementHash(statement) },
      },
      changing: changing(
        { account: { put: closing }, statement: useOnce(patientId, claims) },
        { statement: "statement-replayed" },
      ),
      answer: finishing(closing),
    }
  },
)
