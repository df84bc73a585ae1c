import type { Context } from "aws-lambda"
import {
  auditTrail,
  cloudIdentity,
  deactivations,
  fileDeletions,
  memberAccounts,
  objectStore,
  patientAccounts,
  patientItems,
  practiceEnds,
  store,
} from "../adapters/wiring.ts"
import { carryOutAll, carryOutDeactivation, carryOutPractice, destroyFile } from "../domain/deactivation.ts"
import { destroyDueFiles } from "../domain/practice-deletion.ts"
import { unattended } from "../http/unattended.ts"

const deps = {
  store: store(),
  items: patientItems(),
  objects: objectStore("records", "pending"),
  accounts: patientAccounts(),
  memberAccounts: memberAccounts(),
  audit: auditTrail(),
  cloud: cloudIdentity(),
}
const waiting = deactivations()
const endingPractices = practiceEnds()
const waitingFiles = fileDeletions()

const useCase = "system/deactivate"
type Remaining = Pick<Context, "getRemainingTimeInMillis">

/** What one more round may take, milliseconds. */
const reserve = 60_000

/** Every hour: destroys the accounts and the practices whose end was asked for a week ago, and the files of practices that were deleted a month ago, and tells by failing that some of them couldn't be. */
export const handler = unattended(useCase, async (_event: unknown, context: Remaining) => {
  const mayContinue = () => context.getRemainingTimeInMillis() > reserve
  const carryOut = (patientId: string) => carryOutDeactivation(deps, patientId, { now: new Date() })
  const carriedOut = await carryOutAll(waiting, carryOut, mayContinue)
  const end = (practiceId: string) => carryOutPractice(deps, practiceId, { now: new Date() })
  const practices = await carryOutAll(endingPractices, end, mayContinue)
  const now = new Date()
  const files = await destroyDueFiles(waitingFiles, (deletion) => destroyFile(deps, deletion), now, mayContinue)
  console.log(JSON.stringify({ useCase, ...carriedOut, practices, files }))
  if (files.failed > 0) throw new Error("files could not be destroyed")
  if (practices.failed > 0) throw new Error("practices could not be destroyed")
  if (carriedOut.failed > 0) throw new Error("accounts could not be destroyed")
})
