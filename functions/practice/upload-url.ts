import { signedUrls, store } from "../adapters/wiring.ts"
import { uploadUrl } from "../domain/practice-files.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: signedUrls("records") }

/** Signs the PUT by which a version of a file enters the object store. */
export const handler = useCase("practice/upload-url", (actor, request, call) => uploadUrl(deps, actor, request, call))
