import { spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, openSync, rmSync } from "node:fs"
import { Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const guardScript = fileURLToPath(new URL("guard.ts", import.meta.url))

export interface GuardedCommand {
  command: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  /** Both streams are appended to it. */
  logFile: string
  /** A directory of the process's own, removed with it. */
  scratchDirectory?: string
  /** How long it may take to end by itself after SIGTERM; 0: it is killed at once. */
  graceMs?: number
}

export interface GuardedProcess {
  readonly running: boolean
  /** Ends the command with all it started; resolves when nothing of it is left. May be called again. */
  stop(): Promise<void>
}

/**
 * Starts a long-running command that can't outlive this process, however this one ends: Ctrl-C, an uncaught error,
 * even SIGKILL. Doesn't keep this process from ending either.
 */
export function startGuarded(guarded: GuardedCommand): GuardedProcess {
  const { command, args, env, logFile, scratchDirectory, graceMs = 0 } = guarded
  const log = openSync(logFile, "a", 0o600)
  const guardArgs = [guardScript, "--grace", String(graceMs)]
  if (scratchDirectory !== undefined) guardArgs.push("--remove", scratchDirectory)
  const guard = spawn(process.execPath, [...guardArgs, "--", command, ...args], {
    detached: true,
    env,
    stdio: ["pipe", log, log],
  })
  closeSync(log)
  guard.unref()
  const lifeline = guard.stdin
  if (!(lifeline instanceof Socket)) throw new Error(`${command} could not be started.`)
  lifeline.unref()
  lifeline.on("error", () => {
    // The guard has ended before us; `exit` says so.
  })

  let running = true
  const sweep = () => {
    running = false
    if (guard.pid !== undefined) killGroup(guard.pid)
    if (scratchDirectory !== undefined) rmSync(scratchDirectory, { recursive: true, force: true, maxRetries: 5 })
  }
  const ended = Promise.race([once(guard, "exit"), once(guard, "error")]).then(sweep, sweep)

  return {
    get running() {
      return running
    },
    async stop() {
      if (!running) return
      guard.ref()
      lifeline.end()
      const patience = new AbortController()
      const tooLong = sleep(graceMs + 10_000, undefined, { signal: patience.signal }).then(sweep, () => {})
      await Promise.race([ended, tooLong])
      patience.abort()
    },
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL")
  } catch {
    // Nobody is left in the group.
  }
}
