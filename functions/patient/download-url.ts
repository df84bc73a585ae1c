import { auditTrail, signedUrls, store } from "../adapters/wiring.ts"
import { downloadUrl } from "../domain/records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: signedUrls("records"), audit: auditTrail() }

/** Signs the GET of a record version for its patient. */
export const handler = useCase("patient/download-url", ({ patientId }, request, call) =>
  downloadUrl(deps, patientId, request, call),
)
