import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { atExit } from "./at-exit.ts"

export const repositoryDirectory = fileURLToPath(new URL("..", import.meta.url))

/** Everything the local cloud makes and keeps; deleting it costs nothing but the next start's time. */
export const localDirectory = join(repositoryDirectory, ".local")

/** A new directory that only this user may enter. Whoever makes it removes it; what is left of it goes when the process ends. */
export function makeScratchDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `ehr-cloud-${name}-`))
  atExit(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }))
  return directory
}
