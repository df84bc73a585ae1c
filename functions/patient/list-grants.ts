import { store } from "../adapters/wiring.ts"
import { listGrants } from "../domain/grants.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Lists the emergency accesses to a patient's record. */
export const handler = useCase("patient/list-grants", ({ patientId }, request, call) =>
  listGrants(deps, patientId, request, call),
)
