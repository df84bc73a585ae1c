import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { cancelDeactivation } from "../domain/deactivation-wait.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Stops the end of an account that waits. */
export const handler = useCase("patient/cancel-deactivation", ({ patientId }, request, call) =>
  cancelDeactivation(deps, patientId, request, call),
)
