import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { revokeCard } from "../domain/cards.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Destroys the cloud's half of a card, so that the printed one opens nothing. */
export const handler = useCase("patient/revoke-card", ({ patientId }, request, call) =>
  revokeCard(deps, patientId, request, call),
)
