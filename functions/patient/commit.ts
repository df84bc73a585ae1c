import { auditTrail, cloudIdentity, objectStore, store } from "../adapters/wiring.ts"
import { commit } from "../domain/records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("records"), audit: auditTrail(), cloud: cloudIdentity() }

/** Makes an uploaded version part of the record. */
export const handler = useCase("patient/commit", ({ patientId }, request, call) =>
  commit(deps, patientId, request, call),
)
