import { auditTrail, store } from "../adapters/wiring.ts"
import { exportFiles } from "../domain/practice-files.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Tells the trail that a copy leaves the practice. */
export const handler = useCase("practice/export", (actor, request, call) => exportFiles(deps, actor, request, call))
