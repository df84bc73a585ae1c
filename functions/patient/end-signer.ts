import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { endSigner } from "../domain/end-signer.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Ends signers at once, by the statement of another or of the root. */
export const handler = useCase("patient/end-signer", ({ patientId }, request, call) =>
  endSigner(deps, patientId, request, call),
)
