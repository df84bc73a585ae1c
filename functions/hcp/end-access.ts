import { auditTrail, store } from "../adapters/wiring.ts"
import { endAccess } from "../domain/grants.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Ends an access that its professional is done with, by its ticket. */
export const handler = useCase("hcp/end-access", (_actor, request, call) => endAccess(deps, request, call))
