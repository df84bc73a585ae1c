import { auditTrail, cloudIdentity, objectStore, store } from "../adapters/wiring.ts"
import { rejectContribution } from "../domain/decisions.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("records", "pending"), audit: auditTrail(), cloud: cloudIdentity() }

/** Refuses a contribution, by the patient's signed decision. */
export const handler = useCase("patient/reject-contribution", ({ patientId }, request, call) =>
  rejectContribution(deps, patientId, request, call),
)
