import { env } from "../adapters/env.ts"
import { useCase } from "../http/use-case.ts"

const hriId = env("HRI_ID")

/** Says which index this is. */
export const handler = useCase("hri/well-known", async () => ({ hriId }))
