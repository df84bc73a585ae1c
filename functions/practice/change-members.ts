import { auditTrail, cloudIdentity, memberAccounts, store } from "../adapters/wiring.ts"
import { changeMembers } from "../domain/practice-members.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity(), memberAccounts: memberAccounts() }

/** Lets somebody into a practice, shuts them out, or gives them another role. */
export const handler = useCase("practice/change-members", (actor, request, call) =>
  changeMembers(deps, actor, request, call),
)
