import { auditTrail, cloudIdentity, provider, store } from "../adapters/wiring.ts"
import { revokeConsent } from "../domain/consents.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), cloud: cloudIdentity(), provider: provider(), audit: auditTrail() }

/** Takes the patient's signed withdrawal of a consent and countersigns it. */
export const handler = useCase("patient/revoke-consent", ({ patientId }, request, call) =>
  revokeConsent(deps, patientId, request, call),
)
