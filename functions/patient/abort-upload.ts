import { objectStore, store } from "../adapters/wiring.ts"
import { abortRecordUpload } from "../domain/records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("records") }

/** Destroys what was sent of a large record that is given up. */
export const handler = useCase("patient/abort-upload", ({ patientId }, request) =>
  abortRecordUpload(deps, patientId, request),
)
