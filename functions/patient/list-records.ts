import { store } from "../adapters/wiring.ts"
import { listRecords } from "../domain/records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Lists the newest version of each record the cloud holds. */
export const handler = useCase("patient/list-records", ({ patientId }, request) =>
  listRecords(deps, patientId, request),
)
