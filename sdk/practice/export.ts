/** A copy of one patient's file, as it leaves the practice (docs/protocol.md, "Practice"). */
import { Problem } from "../../contract/errors.ts"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import type { Entry } from "../../protocol/practice/entry.ts"
import { readFile, tellExport } from "./files.ts"
import type { Practice } from "./practice.ts"

/** One of the files of a person; `content`: the newest version, where there is one. */
export interface ExportedFile {
  readonly entry: Entry
  readonly content?: Bytes
}

/**
 * The file where a patient's merges lead, first, and every file that was merged into it: each whole and by itself, so that nothing of one is said of another. The trail is told of each
 * before anything of it is read. `not-found` where there is none, or it was deleted; `role-not-allowed` for the reception.
 */
export const exportFile = async (practice: Practice, fileId: string): Promise<readonly ExportedFile[]> => {
  const { directory, versions } = practice
  const standing = directory.standingFor(fileId)
  if (standing === undefined || standing.deletedAt !== undefined) throw new Problem("not-found")
  const merged = [...directory.entries()].filter(
    (each) =>
      each.fileId !== standing.fileId &&
      each.deletedAt === undefined &&
      directory.standingFor(each.fileId)?.fileId === standing.fileId,
  )
  const exported: ExportedFile[] = []
  for (const entry of [standing, ...merged]) {
    await tellExport(practice, entry.fileId)
    const hasContent = versions.get(entry.fileId) !== undefined
    exported.push({ entry, ...(hasContent && { content: await readFile(practice, entry.fileId) }) })
  }
  return exported
}
