import { professionalTrust } from "../adapters/professional-trust.ts"
import { cloudIdentity, memberAccounts, store } from "../adapters/wiring.ts"
import { register } from "../domain/practices.ts"
import { useCase } from "../http/use-case.ts"

const deps = {
  store: store(),
  memberAccounts: memberAccounts(),
  cloud: cloudIdentity(),
}

const trust = professionalTrust()

/** Opens a practice for a certified professional, then the identity manager's e-mail. */
export const handler = useCase("practice/register", async (_actor, request, call) =>
  register({ ...deps, ...(await trust()) }, request, call),
)
