import { auditTrail, cloudIdentity, objectStore, store } from "../adapters/wiring.ts"
import { deleteRecord } from "../domain/deletion.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("records"), audit: auditTrail(), cloud: cloudIdentity() }

/** Within which another page of versions is begun, milliseconds; the rest of the request is for the one under way. */
const erasing = 18_000

/** Strikes a record from the manifest and erases every version of it. */
export const handler = useCase("patient/delete-record", ({ patientId }, request, call) => {
  const until = performance.now() + erasing
  return deleteRecord(deps, patientId, request, call, () => performance.now() < until)
})
