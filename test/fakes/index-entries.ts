import type { HriItem } from "../../contract/items.ts"
import type { IndexEntries } from "../../functions/domain/health-record-index.ts"

/** The index's table in memory. */
export const memoryIndexEntries = () => {
  const table = new Map<string, HriItem>()
  const entries: IndexEntries = {
    find: async (locatorHash) => table.get(locatorHash),
    put: async (entry) => {
      const stored = table.get(entry.locatorHash)
      if (stored !== undefined && (stored.owner !== entry.owner || stored.sequence >= entry.sequence)) return "conflict"
      table.set(entry.locatorHash, structuredClone(entry))
      return "put"
    },
  }
  return { entries, snapshot: () => Object.fromEntries(table) }
}
