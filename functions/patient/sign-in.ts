import { patientAccounts } from "../adapters/wiring.ts"
import { signIn } from "../domain/patients.ts"
import { useCase } from "../http/use-case.ts"

const deps = { accounts: patientAccounts() }

/** Signs a patient in at the identity manager. */
export const handler = useCase("patient/sign-in", (_actor, request, call) => signIn(deps, request, call))
