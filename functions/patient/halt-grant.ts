import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { haltGrant } from "../domain/grants.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Ends a running emergency access at once, by the patient's statement. */
export const handler = useCase("patient/halt-grant", ({ patientId }, request, call) =>
  haltGrant(deps, patientId, request, call),
)
