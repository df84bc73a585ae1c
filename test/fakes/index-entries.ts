import type { HriItem } from "../../contract/items.ts"
import type { IndexEntries } from "../../functions/domain/ports.ts"

/** The index's table in memory. */
export const memoryIndexEntries = () => {
  const table = new Map<string, HriItem>()
  const entries: IndexEntries = {
    find: async (locatorHash) => table.get(locatorHash),
    put: async (entry, replaced) => {
      const stored = table.get(entry.locatorHash)
      const same = (["owner", "sequence", "statementHash"] as const).every(
        (part) => stored?.[part] === replaced?.[part],
      )
      if (!same) return "conflict"
      table.set(entry.locatorHash, structuredClone(entry))
      return "put"
    },
  }
  return { entries, snapshot: () => Object.fromEntries(table) }
}
