import { httpRevocation } from "../../certify/revocation.http.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { readTrustPolicy } from "../adapters/trust-policy.file.ts"
import { auditTrail, cloudIdentity, signedUrls, store } from "../adapters/wiring.ts"
import { emergencyAccess } from "../domain/emergency-access.ts"
import { useCase } from "../http/use-case.ts"

const deps = {
  store: store(),
  audit: auditTrail(),
  objects: signedUrls("records"),
  revocation: httpRevocation,
  memory: new RevocationMemory(),
  cloud: cloudIdentity(),
}

/** Read once, at cold start; without a usable policy the function ends there. */
const trust = readTrustPolicy()

/** Opens a record to a certified professional who holds the patient's card. */
export const handler = useCase("hcp/emergency-access", async (_actor, request, call) =>
  emergencyAccess({ ...deps, trust: await trust }, request, call),
)
