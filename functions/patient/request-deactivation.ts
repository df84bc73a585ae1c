import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { requestDeactivation } from "../domain/deactivation-wait.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Asks for the end of an account, which waits a week. */
export const handler = useCase("patient/request-deactivation", ({ patientId }, request, call) =>
  requestDeactivation(deps, patientId, request, call),
)
