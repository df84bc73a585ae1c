import { auditTrail, objectStore, store } from "../adapters/wiring.ts"
import { deleteRecord } from "../domain/records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("records"), audit: auditTrail() }

/** Deletes every version of a record. */
export const handler = useCase("patient/delete-record", ({ patientId }, request, call) =>
  deleteRecord(deps, patientId, request, call),
)
