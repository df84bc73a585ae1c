import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { writeNamed } from "./named-changes.ts"
import { requireActive } from "./patients.ts"
import type { AuditTrail, Call, ObjectStore, PatientAccounts, PatientItems, Store } from "./ports.ts"
import { patientStatement, requireUnused, useOnce } from "./statements.ts"

interface Deactivation {
  readonly store: Store
  readonly items: PatientItems
  readonly objects: Pick<ObjectStore, "destroySome">
  readonly accounts: Pick<PatientAccounts, "remove">
  readonly audit: AuditTrail
  readonly cloud: CloudIdentity
}
type Patient = ItemOf<"patient">

/** Batches of one request; a larger record takes several requests of the same statement. */
const batches = 10

/** From here on every use-case refuses the account. */
const close = async (
  deps: Deactivation,
  found: Patient | undefined,
  statement: string,
  call: Call,
): Promise<Patient> => {
  if (found?.status === "deactivating" && found.statement === statement) return found
  // Who has lost the first statement, with the device perhaps, finishes by a new one.
  const again = found?.status === "deactivating"
  const patient = requireActive(again ? { ...found, status: "active" } : found)
  const { patientId } = patient
  const claims = await patientStatement("deactivation", statement, {
    audience: deps.cloud.cloudId,
    patient,
    now: call.now,
  })
  await requireUnused(deps.store, patientId, claims)
  if (again) return found
  await deps.audit.append(
    patientId,
    {
      action: "deactivate",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: { statementHash: await statementHash(statement) },
    },
    call.now,
  )
  const closing: Patient = { ...patient, revision: patient.revision + 1, status: "deactivating", statement }
  const written = await writeNamed(deps.store, { account: { put: closing }, statement: useOnce(patientId, claims) })
  if (written.outcome === "written") return closing
  throw new Problem(written.lostTo.has("statement") ? "statement-replayed" : "busy")
}

/** True once nothing is left. */
const destroy = async ({ items, objects }: Deactivation, patientId: string): Promise<boolean> => {
  for (let batch = 0; batch < batches; batch++) {
    const more = [
      await objects.destroySome("records", `${patientId}/`),
      await objects.destroySome("pending", `${patientId}/`),
    ]
    const keys = await items.some(patientId)
    if (keys.length > 0) await items.remove(keys)
    if (!more.includes(true) && keys.length === 0) return true
  }
  return false
}

/**
 * Destroys every version, key and share of an account; the audit trail stays, pseudonymous. What is interrupted is finished by
 * sending the same statement again, until the answer is `done`. The entries of the HRI are removed by the patient's app before:
 * the index is another operator's.
 */
export const deactivate = async (
  deps: Deactivation,
  patientId: string,
  { statement }: RequestOf<"patient/deactivate">,
  call: Call,
): Promise<ResponseOf<"patient/deactivate">> => {
  const [found] = await deps.store.read([{ kind: "patient", patientId }])
  if (found?.status === "deactivated") {
    await deps.accounts.remove(patientId)
    return { status: "done" }
  }
  const patient = await close(deps, found, statement, call)
  if (!(await destroy(deps, patientId))) return { status: "in-progress" }
  const { root: _root, signers: _signers, accountKey: _accountKey, recoveryBundle: _bundle, ...kept } = patient
  const written = await deps.store.write([{ put: { ...kept, revision: patient.revision + 1, status: "deactivated" } }])
  // The same statement sent twice: the other one has finished.
  if (written.outcome === "conflict") throw new Problem("busy")
  // Last of all: without it nobody could sign in to finish what was interrupted.
  await deps.accounts.remove(patientId)
  return { status: "done" }
}
