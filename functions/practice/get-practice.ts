import { store } from "../adapters/wiring.ts"
import { getPractice } from "../domain/practices.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store() }

/** Tells a member who works in the practice, and gives them its sealed keys. */
export const handler = useCase("practice/get-practice", (actor, request) => getPractice(deps, actor, request))
