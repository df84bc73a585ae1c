import { auditTrail, store } from "../adapters/wiring.ts"
import { makeCard } from "../domain/cards.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Keeps the cloud's half of an emergency card. */
export const handler = useCase("patient/make-card", ({ patientId }, request, call) =>
  makeCard(deps, patientId, request, call),
)
