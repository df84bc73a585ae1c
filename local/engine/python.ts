import { CommandError, runCommand } from "../command.ts"

export interface Python {
  command: string
  /** For example `3.12.3`. */
  version: string
  /** Differs between any two installations, so that a virtual environment of one isn't used with another. */
  identity: string
}

const commands = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"]

// `ensurepip` is what Debian leaves out of python3 and puts into python3-venv.
const probe = `
import sys
if sys.version_info < (3, 10): sys.exit(3)
try:
    import venv, ensurepip
except ImportError:
    sys.exit(4)
print(sys.version.split()[0])
print(sys.base_prefix, sys.implementation.cache_tag, sys.version)
`

export type PythonSearch =
  | { found: true; python: Python }
  /** `too-old` and `without-venv` mean that there is one, but none that will do. */
  | { found: false; reason: "missing" | "too-old" | "without-venv" }

/** Looks on the PATH for a Python of at least 3.10 that can make virtual environments. */
export async function findPython(): Promise<PythonSearch> {
  let reason: "missing" | "too-old" | "without-venv" = "missing"
  for (const command of commands) {
    try {
      const [version = "", ...rest] = (await runCommand(command, ["-I", "-c", probe], { timeoutMs: 20_000 }))
        .trim()
        .split("\n")
      return { found: true, python: { command, version, identity: rest.join(" ") } }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      if (error.exitCode === 4) reason = "without-venv"
      else if (error.exitCode === 3 && reason === "missing") reason = "too-old"
    }
  }
  return { found: false, reason }
}
