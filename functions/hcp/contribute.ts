import { auditTrail, cloudIdentity, objectStore, store } from "../adapters/wiring.ts"
import { contribute } from "../domain/contributions.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), objects: objectStore("pending"), cloud: cloudIdentity() }

/** Puts an uploaded addition before the patient, signed by the professional. */
export const handler = useCase("hcp/contribute", ({ account }, request, call) =>
  contribute(deps, account, request, call),
)
