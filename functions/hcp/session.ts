import { auditTrail, hcpAccounts, store } from "../adapters/wiring.ts"
import { openSession } from "../domain/hcp-accounts.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), accounts: hcpAccounts() }

/** Opens the session of a grant at the identity manager, with the ticket of the emergency access. */
export const handler = useCase("hcp/session", (_actor, request, call) => openSession(deps, request, call))
