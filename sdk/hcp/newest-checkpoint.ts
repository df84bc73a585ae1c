/** Gossip (docs/protocol.md, "Statements"): the newest checkpoint of a provider's that a professional's app has verified. */
import { verifyCheckpoint } from "../../protocol/checkpoint-tree.ts"
import type { ProviderKeys } from "../../protocol/provider-keys.ts"

/**
 * The one of the highest number that this provider signed, of two of one number the first: whoever gets it in a statement holds it against what the provider
 * shows them. What isn't the provider's counts for nothing.
 */
export const newestCheckpoint = async (
  provider: ProviderKeys,
  heard: readonly (string | undefined)[],
): Promise<string | undefined> => {
  let newest: { number: number; statement: string } | undefined
  for (const statement of heard) {
    if (statement === undefined) continue
    const told = await verifyCheckpoint(statement, provider).catch(() => undefined)
    if (told === undefined) continue
    const { number } = told.claims
    if (newest === undefined || number > newest.number) newest = { number, statement }
  }
  return newest?.statement
}
