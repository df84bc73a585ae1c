import { objectStore, store } from "../adapters/wiring.ts"
import { beginContributionUpload } from "../domain/contribution-uploads.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("pending") }

/** Lets a large contribution go up in parts. */
export const handler = useCase("hcp/begin-contribution-upload", ({ account }, request, call) =>
  beginContributionUpload(deps, account, request, call),
)
