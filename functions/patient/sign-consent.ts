import { auditTrail, cloudIdentity, provider, store } from "../adapters/wiring.ts"
import { signConsent } from "../domain/consents.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), cloud: cloudIdentity(), provider: provider(), audit: auditTrail() }

/** Takes the patient's signature of a consent and countersigns it. */
export const handler = useCase("patient/sign-consent", ({ patientId }, request, call) =>
  signConsent(deps, patientId, request, call),
)
