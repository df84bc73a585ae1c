import { auditTrail, store } from "../adapters/wiring.ts"
import { recover } from "../domain/patients.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Gives a patient on a new device their recovery bundle. */
export const handler = useCase("patient/recover", ({ patientId }, _request, call) => recover(deps, patientId, call))
