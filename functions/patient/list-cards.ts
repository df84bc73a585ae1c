import { store } from "../adapters/wiring.ts"
import { listCards } from "../domain/cards.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Lists a patient's cards, and what the patient's app needs to renew their keys. */
export const handler = useCase("patient/list-cards", ({ patientId }, request) => listCards(deps, patientId, request))
