import { execFileSync } from "node:child_process"
import { readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { UsageError } from "./exit.ts"

const isCode = (error: unknown, code: string) => error instanceof Error && "code" in error && error.code === code

/** When a process began, in whatever the system says it; `undefined` where none runs by this number, or only its remains do. */
const beganAt = (pid: string): string | undefined => {
  try {
    if (process.platform === "linux") {
      // proc(5): after the name, which may hold anything, the state is the first field and the start the twentieth.
      const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? []
      return state === "Z" || state === "X" ? undefined : fields[18]
    }
    const [state = "", ...start] = execFileSync("ps", ["-o", "stat=,lstart=", "-p", pid], { encoding: "utf8" })
      .trim()
      .split(/\s+/)
    return state === "" || state.startsWith("Z") ? undefined : start.join(" ")
  } catch {
    return undefined
  }
}

/** This process, by the number that /proc has for it: in a container it may have another than its own. */
const ownNumber = (): string => {
  try {
    return readlinkSync("/proc/self")
  } catch {
    return String(process.pid)
  }
}

/** Whether the process that wrote a lock still runs: another one by the same number began at another time. */
const isHeld = (lock: string): boolean => {
  let said: string
  try {
    said = readFileSync(lock, "utf8")
  } catch (error) {
    if (isCode(error, "ENOENT")) return false
    throw error
  }
  const [, pid = "", began = ""] = /^([1-9][0-9]*) (.+)$/.exec(said) ?? []
  return pid !== "" && beganAt(pid) === began
}

/** Does what only one process at a time may do with `file`; `UsageError`, saying `busy`, while another does. What a killed one left is taken over. */
export const alone = async <T>(
  file: string,
  work: () => Promise<T>,
  busy = "This is being transferred by another process already.",
): Promise<T> => {
  const lock = `${file}.lock`
  if (!isHeld(lock)) rmSync(lock, { force: true })
  const own = ownNumber()
  try {
    writeFileSync(lock, `${own} ${beganAt(own) ?? ""}`, { flag: "wx", mode: 0o600 })
  } catch (cause) {
    if (isCode(cause, "EEXIST")) throw new UsageError(busy, { cause })
    if (isCode(cause, "ENOENT")) throw new UsageError(`There is no folder ${dirname(lock)}.`, { cause })
    throw cause
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}
