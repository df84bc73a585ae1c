import { store } from "../adapters/wiring.ts"
import { getInvitation } from "../domain/practice-members.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Gives whoever was invited into a practice what their secret opens. */
export const handler = useCase("practice/get-invitation", (_actor, request, call) => getInvitation(deps, request, call))
