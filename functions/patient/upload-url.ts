import { signedUrls, store } from "../adapters/wiring.ts"
import { uploadUrl } from "../domain/records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: signedUrls("records") }

/** Signs the PUT by which a sealed record enters the object store. */
export const handler = useCase("patient/upload-url", ({ patientId }, request, call) =>
  uploadUrl(deps, patientId, request, call),
)
