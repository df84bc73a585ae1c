import { store } from "../adapters/wiring.ts"
import { getMembers } from "../domain/practice-members.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Tells a member by which keys the others are reached, and an owner who waits to be let in. */
export const handler = useCase("practice/get-members", (actor, request, call) => getMembers(deps, actor, request, call))
