import { checkpoints, store } from "../adapters/wiring.ts"
import { getCheckpoint } from "../domain/audit-checkpoint.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), checkpoints: checkpoints() }

/** Gives a patient the newest checkpoint, and shows that their trail is under it. */
export const handler = useCase("patient/get-checkpoint", ({ patientId }, request) =>
  getCheckpoint(deps, patientId, request),
)
