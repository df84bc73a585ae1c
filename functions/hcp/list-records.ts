import { auditTrail, store } from "../adapters/wiring.ts"
import { listGrantedRecords } from "../domain/granted-records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Lists a category within a grant, unreviewed contributions included. */
export const handler = useCase("hcp/list-records", ({ certificate }, request, call) =>
  listGrantedRecords(deps, certificate, request, call),
)
