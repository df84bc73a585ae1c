import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as z from "zod/mini"

/** What the last `npm run engines` saw: the engines that ran, and of each clause by which of them it didn't hold. */
export const results = z.object({
  engines: z.array(z.object({ name: z.string(), version: z.string() })),
  clauses: z.array(
    z.object({
      service: z.string(),
      says: z.string(),
      holds: z.array(z.string()),
      differs: z.array(z.string()),
    }),
  ),
})
export type Results = z.infer<typeof results>

export const resultsFile = join(import.meta.dirname, "results.json")
export const readResults = (): Results => z.parse(results, JSON.parse(readFileSync(resultsFile, "utf8")))
