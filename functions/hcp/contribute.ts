import { auditTrail, cloudIdentity, objectStore, provider, store } from "../adapters/wiring.ts"
import { contribute } from "../domain/contribute.ts"
import { useCase } from "../http/use-case.ts"

const deps = {
  store: store(),
  audit: auditTrail(),
  objects: objectStore("pending"),
  cloud: cloudIdentity(),
  provider: provider(),
}

/** Puts an uploaded addition before the patient, signed by the professional. */
export const handler = useCase("hcp/contribute", ({ account }, request, call) =>
  contribute(deps, account, request, call),
)
