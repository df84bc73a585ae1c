import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { setOpenPart } from "../domain/open-part.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Keeps what a patient says to anybody who holds a card's front. */
export const handler = useCase("patient/set-open-part", ({ patientId }, request, call) =>
  setOpenPart(deps, patientId, request, call),
)
