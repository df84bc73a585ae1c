import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { removeOpenPart } from "../domain/open-part.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Destroys what a patient said to anybody who holds a card's front. */
export const handler = useCase("patient/remove-open-part", ({ patientId }, request, call) =>
  removeOpenPart(deps, patientId, request, call),
)
