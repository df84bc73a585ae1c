import { professionalTrust } from "../adapters/professional-trust.ts"
import { auditTrail, cloudIdentity, memberAccounts, store } from "../adapters/wiring.ts"
import { join } from "../domain/practice-members.ts"
import { useCase } from "../http/use-case.ts"

const deps = {
  store: store(),
  audit: auditTrail(),
  memberAccounts: memberAccounts(),
  cloud: cloudIdentity(),
}

const trust = professionalTrust()

/** Takes the keys of who was invited into a practice, and makes their account, then the identity manager's e-mail. */
export const handler = useCase("practice/join", async (_actor, request, call) =>
  join({ ...deps, ...(await trust()) }, request, call),
)
