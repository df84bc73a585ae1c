import { auditTrail, signedUrls, store } from "../adapters/wiring.ts"
import { grantedDownloadUrl } from "../domain/granted-records.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), objects: signedUrls("records", "pending") }

/** Signs the GET of one more record within a grant. */
export const handler = useCase("hcp/download-url", ({ account }, request, call) =>
  grantedDownloadUrl(deps, account, request, call),
)
