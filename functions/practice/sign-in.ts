import { professionalTrust } from "../adapters/professional-trust.ts"
import { auditTrail, cloudIdentity, memberAccounts, store } from "../adapters/wiring.ts"
import { signIn } from "../domain/practices.ts"
import { useCase } from "../http/use-case.ts"

const deps = {
  store: store(),
  audit: auditTrail(),
  memberAccounts: memberAccounts(),
  cloud: cloudIdentity(),
}

const trust = professionalTrust()

/** Signs a member of a practice in at the identity manager, whose certificate is in order. */
export const handler = useCase("practice/sign-in", async (_actor, request, call) =>
  signIn({ ...deps, ...(await trust()) }, request, call),
)
