/** Two files of one person: one leads to the other, nothing is moved, and it can be taken back whenever (docs/protocol.md, "Practice"). */
import type { Entry } from "../../protocol/practice/entry.ts"
import type { Directory } from "./directory.ts"

/** The next version of an entry that leads to another file's. `undefined` where there is no such file, or it would lead back to itself. */
export const mergedInto = (directory: Directory, fileId: string, into: string): Entry | undefined => {
  const [entry, target] = [directory.get(fileId), directory.standingFor(into)]
  const usable = entry?.deletedAt === undefined && target?.deletedAt === undefined
  if (entry === undefined || target === undefined || !usable || target.fileId === fileId) return undefined
  return { ...entry, version: entry.version + 1, mergedInto: target.fileId }
}

/** The next version of an entry that stands for itself again, with all that it had; `undefined` where it does already. */
export const takenApart = (directory: Directory, fileId: string): Entry | undefined => {
  const entry = directory.get(fileId)
  if (entry?.mergedInto === undefined) return undefined
  const { mergedInto: _, ...apart } = entry
  return { ...apart, version: entry.version + 1 }
}
