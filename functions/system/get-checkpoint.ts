import { checkpoints } from "../adapters/wiring.ts"
import { publicCheckpoint } from "../domain/audit-checkpoint.ts"
import { useCase } from "../http/use-case.ts"

const deps = { checkpoints: checkpoints() }

/** Gives anybody a checkpoint, so that the history can be followed from outside: a root, and of nobody. */
export const handler = useCase("system/get-checkpoint", async (_actor, request) => publicCheckpoint(deps, request))
