import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { invite } from "../domain/practice-members.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Keeps what an owner invites somebody into their practice with. */
export const handler = useCase("practice/invite", (actor, request, call) => invite(deps, actor, request, call))
