/**
 * `guard.ts [--grace MS] [--remove DIR] -- COMMAND ARG...`: runs the command until standard input closes, then ends it
 * and everything it started, and removes the directory. Standard input is a pipe whose other end its parent holds, and
 * which closes however the parent ends, SIGKILL included. Must be started as the leader of a process group.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { rmSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"

const {
  values: { grace, remove },
  positionals: [command, ...args],
} = parseArgs({
  allowPositionals: true,
  options: { grace: { type: "string", default: "0" }, remove: { type: "string" } },
})
if (command === undefined) throw new Error("The guard was given no command.")

const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] })
const childEnded = Promise.race([once(child, "exit"), once(child, "error")]).catch((error: unknown) => {
  console.error(error)
})

let ending = false
async function end(): Promise<void> {
  if (ending) return
  ending = true
  try {
    if (Number(grace) > 0) {
      child.kill("SIGTERM")
      await Promise.race([childEnded, sleep(Number(grace))])
    }
    child.kill("SIGKILL")
    await childEnded
    if (remove !== undefined) rmSync(remove, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  } finally {
    // The whole group: the command's own children, and this process with them.
    process.kill(-process.pid, "SIGKILL")
  }
}

process.stdin.on("end", end).on("error", end).resume()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end)
void childEnded.then(end)
