import { patientAccounts, store } from "../adapters/wiring.ts"
import { register } from "../domain/patients.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), accounts: patientAccounts() }

/** Opens an account: the patient's public keys and recovery bundle, then the identity manager's e-mail. */
export const handler = useCase("patient/register", (_actor, request, call) => register(deps, request, call))
