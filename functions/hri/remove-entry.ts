import { env } from "../adapters/env.ts"
import { indexEntries } from "../adapters/wiring.ts"
import { removeEntry } from "../domain/health-record-index.ts"
import { useCase } from "../http/use-case.ts"

const deps = { entries: indexEntries(), hriId: env("HRI_ID") }

/** Removes the entry of a card. */
export const handler = useCase("hri/remove-entry", (_actor, request, call) => removeEntry(deps, request, call))
