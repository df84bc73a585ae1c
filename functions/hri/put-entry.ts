import { env } from "../adapters/env.ts"
import { indexEntries } from "../adapters/wiring.ts"
import { putEntry } from "../domain/health-record-index.ts"
import { useCase } from "../http/use-case.ts"

const deps = { entries: indexEntries(), hriId: env("HRI_ID") }

/** Registers or renews the entry of a card. */
export const handler = useCase("hri/put-entry", (_actor, request, call) => putEntry(deps, request, call))
