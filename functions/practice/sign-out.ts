import { auditTrail, store } from "../adapters/wiring.ts"
import { signOut } from "../domain/practices.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Ends all that a member is signed in to. */
export const handler = useCase("practice/sign-out", (actor, request, call) => signOut(deps, actor, request, call))
