import { objectStore, store } from "../adapters/wiring.ts"
import { abortContributionUpload } from "../domain/contribution-uploads.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("pending") }

/** Destroys what was sent of a large contribution that is given up. */
export const handler = useCase("hcp/abort-contribution-upload", ({ account }, request, call) =>
  abortContributionUpload(deps, account, request, call),
)
