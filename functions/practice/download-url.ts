import { auditTrail, signedUrls, store } from "../adapters/wiring.ts"
import { downloadUrl } from "../domain/practice-files.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: signedUrls("records"), audit: auditTrail() }

/** Signs the GET of a version of a file. */
export const handler = useCase("practice/download-url", (actor, request, call) =>
  downloadUrl(deps, actor, request, call),
)
