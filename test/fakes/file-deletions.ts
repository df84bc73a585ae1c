import type { Item } from "../../contract/items.ts"
import type { FileDeletions } from "../../functions/domain/ports.ts"

/** The files that wait to be destroyed, among all items of a store in memory; two to a page. */
export const fileDeletionsIn = (items: (text: string) => readonly Item[]): FileDeletions => ({
  due: async (before, after) => {
    const due = items("FILE-DELETION").flatMap((item) => (item.kind === "file-deletion" ? [item] : []))
    const sorted = due
      .filter(({ destroyAt, fileId }) => destroyAt < before && (after === undefined || fileId > after))
      .sort((a, b) => (a.fileId < b.fileId ? -1 : 1))
    const deletions = sorted.slice(0, 2)
    const last = deletions.at(-1)
    return sorted.length > 2 && last !== undefined ? { deletions, next: last.fileId } : { deletions }
  },
})
