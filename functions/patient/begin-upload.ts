import { objectStore, store } from "../adapters/wiring.ts"
import { beginRecordUpload } from "../domain/records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("records") }

/** Lets a large record go up in parts. */
export const handler = useCase("patient/begin-upload", ({ patientId }, request, call) =>
  beginRecordUpload(deps, patientId, request, call),
)
