import { store } from "../adapters/wiring.ts"
import { listVersions } from "../domain/records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Lists the versions of a record. */
export const handler = useCase("patient/list-versions", ({ patientId }, request) =>
  listVersions(deps, patientId, request),
)
