import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { requestDeactivation } from "../domain/practice-deactivation.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Asks for the end of a practice, which waits. */
export const handler = useCase("practice/request-deactivation", (actor, request, call) =>
  requestDeactivation(deps, actor, request, call),
)
