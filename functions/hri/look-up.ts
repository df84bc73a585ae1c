import { indexEntries } from "../adapters/wiring.ts"
import { lookUp } from "../domain/health-record-index.ts"
import { useCase } from "../http/use-case.ts"

const deps = { entries: indexEntries() }

/** Gives the sealed entry of a card to whoever knows its locator. */
export const handler = useCase("hri/look-up", (_actor, request) => lookUp(deps, request))
