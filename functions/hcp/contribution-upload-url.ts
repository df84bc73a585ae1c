import { signedUrls, store } from "../adapters/wiring.ts"
import { contributionUploadUrl } from "../domain/contribution-uploads.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: signedUrls("pending") }

/** Signs the PUT by which a contribution enters the pending bucket. */
export const handler = useCase("hcp/contribution-upload-url", ({ account }, request, call) =>
  contributionUploadUrl(deps, account, request, call),
)
