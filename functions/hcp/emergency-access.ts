import { professionalTrust } from "../adapters/professional-trust.ts"
import { auditTrail, cloudIdentity, signedUrls, store } from "../adapters/wiring.ts"
import { emergencyAccess } from "../domain/emergency-access.ts"
import { useCase } from "../http/use-case.ts"

const deps = {
  store: store(),
  audit: auditTrail(),
  objects: signedUrls("records"),
  cloud: cloudIdentity(),
}

const trust = professionalTrust()

/** Opens a record to a certified professional who holds the patient's card. */
export const handler = useCase("hcp/emergency-access", async (_actor, request, call) =>
  emergencyAccess({ ...deps, ...(await trust()) }, request, call),
)
