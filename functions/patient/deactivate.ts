import { auditTrail, cloudIdentity, objectStore, patientAccounts, patientItems, store } from "../adapters/wiring.ts"
import { deactivate } from "../domain/deactivation.ts"
import { useCase } from "../http/use-case.ts"

const deps = {
  store: store(),
  items: patientItems(),
  objects: objectStore("records", "pending"),
  accounts: patientAccounts(),
  audit: auditTrail(),
  cloud: cloudIdentity(),
}

/** Destroys an account and everything it holds but the audit trail. */
export const handler = useCase("patient/deactivate", ({ patientId }, request, call) =>
  deactivate(deps, patientId, request, call),
)
