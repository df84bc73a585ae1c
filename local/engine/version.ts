import * as z from "zod/mini"

const health = z.object({ version: z.string() })

/** The version of the engine at `endpoint`; "unknown" if it won't say, undefined if nobody answers. */
export async function askVersion(endpoint: string): Promise<string | undefined> {
  try {
    // MiniStack answers at LocalStack's address too.
    const response = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(5_000) })
    const answer = health.safeParse(await response.json().catch(() => undefined))
    return answer.success ? answer.data.version : "unknown"
  } catch {
    return undefined
  }
}
