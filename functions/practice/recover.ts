import { auditTrail, store } from "../adapters/wiring.ts"
import { recover } from "../domain/practices.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Gives the owner of a practice what their recovery phrase opens. */
export const handler = useCase("practice/recover", (actor, request, call) => recover(deps, actor, request, call))
