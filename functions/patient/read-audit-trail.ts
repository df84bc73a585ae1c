import { auditTrail, store } from "../adapters/wiring.ts"
import { readAuditTrail } from "../domain/trails.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Gives a patient their audit trail, in order, for them to check. */
export const handler = useCase("patient/read-audit-trail", ({ patientId }, request) =>
  readAuditTrail(deps, patientId, request),
)
