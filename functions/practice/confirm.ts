import { auditTrail, memberAccounts, store } from "../adapters/wiring.ts"
import { confirm } from "../domain/practices.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), memberAccounts: memberAccounts(), audit: auditTrail() }

/** Confirms the e-mail address of who opened a practice, which is in force from then on. */
export const handler = useCase("practice/confirm", (_actor, request, call) => confirm(deps, request, call))
