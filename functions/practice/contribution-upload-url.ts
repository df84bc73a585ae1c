import { signedUrls, store } from "../adapters/wiring.ts"
import { contributionUploadUrl } from "../domain/deliveries.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: signedUrls("pending") }

/** Signs the upload of what a practice sends to a patient. */
export const handler = useCase("practice/contribution-upload-url", (actor, request, call) =>
  contributionUploadUrl(deps, actor, request, call),
)
