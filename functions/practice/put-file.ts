import { auditTrail, cloudIdentity, objectStore, store } from "../adapters/wiring.ts"
import { putFile } from "../domain/practice-files.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), objects: objectStore("records"), audit: auditTrail(), cloud: cloudIdentity() }

/** Takes what a member changed of a file. */
export const handler = useCase("practice/put-file", (actor, request, call) => putFile(deps, actor, request, call))
