import { checkpoints, store } from "../adapters/wiring.ts"
import { getPracticeCheckpoint } from "../domain/audit-checkpoint.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), checkpoints: checkpoints() }

/** Gives the owner of a practice the newest checkpoint, and shows that their trail is under it. */
export const handler = useCase("practice/get-checkpoint", (actor, request) =>
  getPracticeCheckpoint(deps, actor, request),
)
