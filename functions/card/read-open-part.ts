import { auditTrail, store } from "../adapters/wiring.ts"
import { readOpenPart } from "../domain/open-part.ts"
import { useCase } from "../http/use-case.ts"

const deps = { store: store(), audit: auditTrail() }

/** Gives what a patient says to anybody to whoever holds the front of their card. */
export const handler = useCase("card/read-open-part", (_actor, request, call) => readOpenPart(deps, request, call))
