import { signedUrls, store } from "../adapters/wiring.ts"
import { contributionPartUrls } from "../domain/contribution-uploads.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: signedUrls("pending") }

/** Signs the PUTs by which parts of a contribution enter the pending bucket. */
export const handler = useCase("hcp/contribution-part-urls", ({ account }, request, call) =>
  contributionPartUrls(deps, account, request, call),
)
