import { fork } from "node:child_process"
import { once } from "node:events"
import { closeSync, openSync } from "node:fs"
import * as z from "zod/mini"

/** A Node process of the benchmark's own, asked one thing at a time; it ends with this one at the latest. */
export interface Child {
  readonly pid: number
  ask<S extends z.core.$ZodType>(question: object, answer: S): Promise<z.output<S>>
  stop(): Promise<void>
}

const reply = z.union([z.object({ answer: z.unknown() }), z.object({ error: z.string() })])

/** `logFile`: gets what it prints, which is shown otherwise. */
export const startChild = (
  script: URL,
  {
    env = process.env,
    args = [],
    logFile,
  }: { env?: NodeJS.ProcessEnv; args?: readonly string[]; logFile?: string } = {},
): Child => {
  const log = logFile === undefined ? undefined : openSync(logFile, "w", 0o600)
  const child = fork(script, args, { env, stdio: ["ignore", log ?? "inherit", log ?? "inherit", "ipc"] })
  if (log !== undefined) closeSync(log)
  const { pid } = child
  if (pid === undefined) throw new Error(`${script.pathname} could not be started`)
  let last: Promise<unknown> = Promise.resolve()

  const exchange = async (question: object): Promise<unknown> => {
    if (!child.connected) throw new Error(`${script.pathname} has ended`)
    const waiting = new AbortController()
    const answered = once(child, "message", waiting)
    const ended = once(child, "exit", waiting).then(() => {
      throw new Error(`${script.pathname} ended before it answered`)
    })
    try {
      child.send(question)
      const [message]: unknown[] = await Promise.race([answered, ended])
      const given = z.parse(reply, message)
      if ("error" in given) throw new Error(given.error)
      return given.answer
    } finally {
      answered.catch(() => {})
      ended.catch(() => {})
      waiting.abort()
    }
  }

  return {
    pid,
    ask: async (question, answer) => {
      const turn = last.then(() => exchange(question))
      last = turn.catch(() => {})
      return z.parse(answer, await turn)
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, "exit")
      child.kill("SIGKILL")
      await ended
    },
  }
}

/** The other end: answers what the parent asks, and ends when the parent does. */
export const answerParent = (answer: (question: unknown) => Promise<unknown>): void => {
  process.on("message", async (question: unknown) => {
    try {
      process.send?.({ answer: (await answer(question)) ?? null })
    } catch (error) {
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.on("disconnect", () => process.exit())
}
