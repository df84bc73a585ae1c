import { auditTrail, cloudIdentity, memberAccounts, objectStore, patientItems, store } from "../adapters/wiring.ts"
import { deactivate } from "../domain/practice-deactivation.ts"
import { useCase } from "../http/use-case.ts"

const deps = {
  store: store(),
  items: patientItems(),
  objects: objectStore("records"),
  memberAccounts: memberAccounts(),
  audit: auditTrail(),
  cloud: cloudIdentity(),
}

/** Destroys a practice at once, by its root. */
export const handler = useCase("practice/deactivate", (actor, request, call) => deactivate(deps, actor, request, call))
