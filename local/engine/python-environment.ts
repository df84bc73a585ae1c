import { createHash } from "node:crypto"
import { existsSync, rmSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { atExit } from "../at-exit.ts"
import { runCommand } from "../command.ts"
import { localDirectory, repositoryDirectory } from "../directories.ts"
import { findPython, type Python } from "./python.ts"

/** A program that pip installs, as its file of pins and hashes says. */
export interface PinnedProgram {
  /** For people. */
  readonly title: string
  /** Below `.local/`. */
  readonly directory: string
  /** From the repository's top. */
  readonly requirements: string
  /** The packages of which there are no wheels. */
  readonly fromSource?: readonly string[]
}

export const ministack: PinnedProgram = {
  title: "MiniStack",
  directory: "ministack",
  requirements: "local/ministack-requirements.txt",
}

const pinsOf = ({ requirements }: PinnedProgram) => join(repositoryDirectory, requirements)

const installation = (program: PinnedProgram) => [
  "-m",
  "pip",
  "install",
  "--quiet",
  "--no-input",
  "--disable-pip-version-check",
  "--require-hashes",
  "--only-binary",
  ":all:",
  ...(program.fromSource ?? []).flatMap((name) => ["--no-binary", name]),
  "--requirement",
  pinsOf(program),
]

/** Where the program's pinned packages are installed for this Python, or will be. */
export async function environmentOf(program: PinnedProgram, { identity }: Python): Promise<string> {
  const name = createHash("sha256")
    .update(await readFile(pinsOf(program)))
    .update(identity)
    .digest("hex")
    .slice(0, 16)
  return join(localDirectory, program.directory, name)
}

/**
 * The `python` of a virtual environment with exactly the pinned packages. It is made when first needed and made anew
 * when the pins or the machine's Python change: its directory is named after both. Built aside and renamed into place,
 * so that of several processes that start at once each finds none or a whole one.
 */
export async function pythonOf(program: PinnedProgram, log: (line: string) => void): Promise<string> {
  const search = await findPython()
  if (!search.found) {
    throw new Error(
      `${program.title} needs Python 3.10 or later with venv and pip, and none was found: \`npm run doctor\` says how to get it.`,
    )
  }
  const { command, version } = search.python
  const environment = await environmentOf(program, search.python)
  const python = join(environment, "bin/python")
  if (existsSync(python)) return python
  const parent = dirname(environment)

  log(`Installing ${program.title} for Python ${version} (once) ...`)
  await mkdir(parent, { recursive: true })
  const building = await mkdtemp(`${environment}.building-`)
  const forget = atExit(() => rmSync(building, { recursive: true, force: true }))
  // What Python and pip unpack on the way goes with it, also where they are killed.
  const env = { ...process.env, TMPDIR: building }
  try {
    await runCommand(command, ["-m", "venv", building], { env })
    await runCommand(join(building, "bin/python"), installation(program), { env })
    await renameUnlessThere(building, environment)
  } catch (cause) {
    throw new Error(`${program.title} could not be installed; is the Python package index reachable?`, { cause })
  } finally {
    await rm(building, { recursive: true, force: true })
    forget()
  }
  return python
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error
  }
}
