import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const repositoryDirectory = fileURLToPath(new URL("..", import.meta.url))

/** Everything the local cloud makes and keeps; deleting it costs nothing but the next start's time. */
export const localDirectory = join(repositoryDirectory, ".local")

/** A new directory that only this user may enter; whoever makes it removes it. */
export function makeScratchDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `ehr-cloud-${name}-`))
}
