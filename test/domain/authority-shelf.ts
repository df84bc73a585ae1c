import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"

/**
 * What openssl has issued to an earlier run of the same tests, by what was asked of it. Only the mutation tests have one, new for each
 * of their runs (`AUTHORITY_SHELF` names its folder): they repeat the same tests a thousand times, and it is not openssl that they
 * try. Everywhere else all is issued anew.
 */
const shelf = process.env["AUTHORITY_SHELF"]

/** Whether `files` lay there, and are now where they were wanted. */
export const tookFromShelf = (label: string, files: readonly string[]): boolean => {
  if (shelf === undefined || !existsSync(join(shelf, label))) return false
  for (const [i, file] of files.entries()) copyFileSync(join(shelf, label, `${i}`), file)
  return true
}

export const putOnShelf = (label: string, files: readonly string[]): void => {
  if (shelf === undefined) return
  const making = mkdtempSync(join(shelf, "making-"))
  for (const [i, file] of files.entries()) copyFileSync(file, join(making, `${i}`))
  try {
    renameSync(making, join(shelf, label))
  } catch {
    // Somebody else was quicker: theirs is as good.
    rmSync(making, { recursive: true })
  }
}
