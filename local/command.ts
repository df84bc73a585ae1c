import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { atExit } from "./at-exit.ts"

const tailLines = 40

/** The command ended badly, or couldn't be started. The message ends with the end of what it printed. */
export class CommandError extends Error {
  /** Undefined if it wasn't started, or was ended by a signal. */
  readonly exitCode: number | undefined
  readonly notFound: boolean

  constructor(message: string, { exitCode, notFound = false }: { exitCode?: number; notFound?: boolean } = {}) {
    super(message)
    this.name = "CommandError"
    this.exitCode = exitCode
    this.notFound = notFound
  }
}

export interface CommandOptions {
  cwd?: string
  /** The whole environment; without it, ours. */
  env?: NodeJS.ProcessEnv
  /** Gets every line of both streams as it comes. */
  log?: (line: string) => void
  timeoutMs?: number
}

/** Runs a command without a shell and without input; its standard output, or `CommandError` unless it exits with 0. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, env = process.env, log, timeoutMs } = options
  const tooLong = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      // Not `timeout`: its timer goes on after a command that wasn't found, and keeps the process from ending.
      signal: tooLong,
      killSignal: "SIGKILL",
    })
    const forget = atExit(() => child.kill("SIGKILL"))
    let stdout = ""
    const tail: string[] = []
    const onLine = (line: string) => {
      log?.(line)
      tail.push(line)
      if (tail.length > tailLines) tail.shift()
    }
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk
    })
    createInterface({ input: child.stdout }).on("line", onLine)
    createInterface({ input: child.stderr }).on("line", onLine)
    child.once("error", (error) => {
      forget()
      if (error.name === "AbortError") return
      const notFound = "code" in error && error.code === "ENOENT"
      const why = notFound ? "was not found" : `could not be started: ${error.message}`
      reject(new CommandError(`${command} ${why}.`, { notFound }))
    })
    child.once("close", (code, signal) => {
      forget()
      if (code === 0) return resolve(stdout)
      const how =
        code === null
          ? `was ended by ${signal ?? "a signal"}${tooLong?.aborted === true ? `, after ${timeoutMs} ms` : ""}`
          : `failed with exit code ${code}`
      const what = [command, ...args.slice(0, 2)].join(" ")
      reject(new CommandError([`${what} ${how}.`, ...tail].join("\n"), { exitCode: code ?? undefined }))
    })
  })
}
