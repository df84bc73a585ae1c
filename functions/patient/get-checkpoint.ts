import { seals, store } from "../adapters/wiring.ts"
import { getCheckpoint } from "../domain/audit-seal.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), seals: seals() }

/** Gives a patient the newest seal, and shows that their trail is under it. */
export const handler = useCase("patient/get-checkpoint", ({ patientId }, request) =>
  getCheckpoint(deps, patientId, request),
)
