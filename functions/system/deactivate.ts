import type { Context } from "aws-lambda"
import {
  auditTrail,
  cloudIdentity,
  deactivations,
  fileDeletions,
  objectStore,
  patientAccounts,
  patientItems,
  store,
} from "../adapters/wiring.ts"
import { carryOutAll, carryOutDeactivation, destroyFile } from "../domain/deactivation.ts"
import { destroyDueFiles } from "../domain/practice-deletion.ts"
import { unattended } from "../http/unattended.ts"

const deps = {
  store: store(),
  items: patientItems(),
  objects: objectStore("records", "pending"),
  accounts: patientAccounts(),
  audit: auditTrail(),
  cloud: cloudIdentity(),
}
const waiting = deactivations()
const waitingFiles = fileDeletions()

const useCase = "system/deactivate"
type Remaining = Pick<Context, "getRemainingTimeInMillis">

/** What one more round may take, milliseconds. */
const reserve = 60_000

/** Every hour: destroys the accounts whose end was asked for a week ago, and the files of practices that were deleted a month ago, and tells by failing that some of them couldn't be. */
export const handler = unattended(useCase, async (_event: unknown, context: Remaining) => {
  const mayContinue = () => context.getRemainingTimeInMillis() > reserve
  const carryOut = (patientId: string) => carryOutDeactivation(deps, patientId, { now: new Date() })
  const carriedOut = await carryOutAll(waiting, carryOut, mayContinue)
  const now = new Date()
  const files = await destroyDueFiles(waitingFiles, (deletion) => destroyFile(deps, deletion), now, mayContinue)
  console.log(JSON.stringify({ useCase, ...carriedOut, files }))
  if (files.failed > 0) throw new Error("files could not be destroyed")
  if (carriedOut.failed > 0) throw new Error("accounts could not be destroyed")
})
