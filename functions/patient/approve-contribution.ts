import { auditTrail, cloudIdentity, objectStore, store } from "../adapters/wiring.ts"
import { approveContribution } from "../domain/decisions.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("records", "pending"), audit: auditTrail(), cloud: cloudIdentity() }

/** Within which no more copies are begun, milliseconds; the other half of the request is for those under way, and for what follows. */
const copying = 14_000

/** Makes a contribution part of the record, by the patient's signed decision. */
export const handler = useCase("patient/approve-contribution", ({ patientId }, request, call) => {
  const until = performance.now() + copying
  return approveContribution(deps, patientId, request, call, { mayContinue: () => performance.now() < until })
})
