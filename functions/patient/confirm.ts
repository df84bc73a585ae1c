import { auditTrail, patientAccounts, store } from "../adapters/wiring.ts"
import { confirm } from "../domain/patients.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), accounts: patientAccounts(), audit: auditTrail() }

/** Confirms an account by the code the identity manager mailed. */
export const handler = useCase("patient/confirm", (_actor, request, call) => confirm(deps, request, call))
