import { auditTrail, cloudIdentity, objectStore, provider, store } from "../adapters/wiring.ts"
import { contribute } from "../domain/deliveries.ts"
import { useCase } from "../http/use-case.ts"

const deps = {
  store: store(),
  audit: auditTrail(),
  objects: objectStore("pending"),
  cloud: cloudIdentity(),
  provider: provider(),
}

/** Puts what a practice sends before the patient, signed by a professional. */
export const handler = useCase("practice/contribute", (actor, request, call) => contribute(deps, actor, request, call))
