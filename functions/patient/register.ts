import { cloudIdentity, patientAccounts, store } from "../adapters/wiring.ts"
import { register } from "../domain/patients.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), accounts: patientAccounts(), cloud: cloudIdentity() }

/** Opens an account: the keys and the first list of signers that the device made, then the identity manager's e-mail. */
export const handler = useCase("patient/register", (_actor, request, call) => register(deps, request, call))
