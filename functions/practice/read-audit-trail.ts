import { auditTrail, store } from "../adapters/wiring.ts"
import { readPracticeTrail } from "../domain/trails.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Gives the owner of a practice its audit trail, in order, for them to check. */
export const handler = useCase("practice/read-audit-trail", (actor, request) => readPracticeTrail(deps, actor, request))
