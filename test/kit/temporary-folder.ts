import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export const temporaryFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "ehr-cloud-test-"))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
