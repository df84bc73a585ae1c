import { auditTrail, store } from "../adapters/wiring.ts"
import { listGrantedRecords } from "../domain/granted-records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Lists a category within a grant, unreviewed contributions included. */
export const handler = useCase("hcp/list-records", ({ account }, request, call) =>
  listGrantedRecords(deps, account, request, call),
)
