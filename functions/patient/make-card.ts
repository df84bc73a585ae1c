import { auditTrail, cloudIdentity, store } from "../adapters/wiring.ts"
import { makeCard } from "../domain/cards.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail(), cloud: cloudIdentity() }

/** Keeps the cloud's half of an emergency card, which the manifest lists. */
export const handler = useCase("patient/make-card", ({ patientId }, request, call) =>
  makeCard(deps, patientId, request, call),
)
