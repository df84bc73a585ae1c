import { execFile, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { readFile, rm, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { text } from "node:stream/consumers"
import { promisify } from "node:util"
import { type Bytes, toHex } from "../../../protocol/crypto/bytes.ts"

const run = promisify(execFile)
const requirements = join(import.meta.dirname, "tink-requirements.txt")
const script = join(import.meta.dirname, "tink.py")

/** Python with Tink, in a virtual environment made once for each state of the requirements; or why there is none. */
export async function installTink(): Promise<{ python: string } | { absent: string }> {
  const state = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 16)
  const environment = resolve(".local", "tink")
  const python =
    process.platform === "win32" ? join(environment, "Scripts", "python.exe") : join(environment, "bin", "python")
  const stamp = join(environment, `installed-${state}`)
  try {
    await readFile(stamp)
    return { python }
  } catch {
    // Not installed yet, or in another state.
  }
  try {
    await rm(environment, { recursive: true, force: true })
    await run(process.platform === "win32" ? "python" : "python3", ["-m", "venv", environment])
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    await run(python, [...pip, "--only-binary", ":all:", "--require-hashes", "--requirement", requirements])
    await writeFile(stamp, "")
    return { python }
  } catch (error) {
    const reason = error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "") : ""
    return {
      absent:
        `Google's Tink isn't installed, so nothing here was compared with it. It needs CPython 3.10 to 3.14 with venv ` +
        `and pip, and access to a package index; then run this test again. (${reason})`,
    }
  }
}

/** What Tink is to make of a file, and where to. */
export interface FileJob {
  readonly do: "seal" | "open"
  readonly key: Bytes
  readonly associatedData: Bytes
  readonly from: string
  readonly to: string
}

/** How each went; of what was refused nothing in `to` counts. Tink reads and writes as streams. */
export async function runTink(python: string, jobs: readonly FileJob[]): Promise<("ok" | "refused")[]> {
  // Isolated, so that the script's own name doesn't hide Tink's.
  const child = spawn(python, ["-I", script], { stdio: ["pipe", "pipe", "inherit"] })
  child.stdin.end(
    JSON.stringify(jobs.map((job) => ({ ...job, key: toHex(job.key), associatedData: toHex(job.associatedData) }))),
  )
  return JSON.parse(await text(child.stdout))
}
