import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { changeCard } from "../domain/cards.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Changes what a printed card opens, and what its patient calls it. */
export const handler = useCase("patient/change-card", ({ patientId }, request, call) =>
  changeCard(deps, patientId, request, call),
)
