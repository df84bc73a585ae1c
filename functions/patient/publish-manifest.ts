import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { publishManifest } from "../domain/manifest.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Makes what the patient signed the newest manifest. */
export const handler = useCase("patient/publish-manifest", ({ patientId }, request, call) =>
  publishManifest(deps, patientId, request, call),
)
