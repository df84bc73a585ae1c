import { store } from "../adapters/wiring.ts"
import { getChanges } from "../domain/practices.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Gives a member the changes since the one they know. */
export const handler = useCase("practice/get-changes", (actor, request) => getChanges(deps, actor, request))
