import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { cancelDeactivation } from "../domain/practice-deactivation.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Stops the end of a practice that waits. */
export const handler = useCase("practice/cancel-deactivation", (actor, request, call) =>
  cancelDeactivation(deps, actor, request, call),
)
