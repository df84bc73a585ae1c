import { auditTrail, cloudIdentity, hcpAccounts, provider, store } from "../adapters/wiring.ts"
import { openSession } from "../domain/hcp-accounts.ts"
import { useCase } from "../http/use-case.ts"

const deps = {
  store: store(),
  audit: auditTrail(),
  hcpAccounts: hcpAccounts(),
  provider: provider(),
  cloud: cloudIdentity(),
}

/** Opens the session of a grant at the identity manager, with the ticket of the emergency access, and receipts the access. */
export const handler = useCase("hcp/session", (_actor, request, call) => openSession(deps, request, call))
