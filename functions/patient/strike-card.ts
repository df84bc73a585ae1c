import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { strikeCard } from "../domain/cards.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Strikes a card from the manifest, with new keys for all that it could open. */
export const handler = useCase("patient/strike-card", ({ patientId }, request, call) =>
  strikeCard(deps, patientId, request, call),
)
