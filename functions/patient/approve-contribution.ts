import { auditTrail, cloudIdentity, objectStore, store } from "../adapters/wiring.ts"
import { approveContribution } from "../domain/contributions.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("records", "pending"), audit: auditTrail(), cloud: cloudIdentity() }

/** Makes a contribution part of the record, by the patient's signed decision. */
export const handler = useCase("patient/approve-contribution", ({ patientId }, request, call) =>
  approveContribution(deps, patientId, request, call),
)
