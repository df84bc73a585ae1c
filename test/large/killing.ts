import { spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, createReadStream, openSync, writeSync } from "node:fs"
import { text } from "node:stream/consumers"
import { documentOf } from "../sdk/transfer/documents.ts"

/** Numbers that look random, the same for the same seed. */
export const numbersFrom = (seed: number) => {
  let state = seed >>> 0 || 1
  return (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** A document of so many bytes, in a file; no two of its megabytes are the same. */
export const writeDocument = (file: string, bytes: number, seed: number): void => {
  const descriptor = openSync(file, "w", 0o600)
  for (let at = 0, i = 1; at < bytes; i++) {
    const chunk = documentOf(Math.min(1_000_000, bytes - at), i + seed)
    writeSync(descriptor, chunk)
    at += chunk.length
  }
  closeSync(descriptor)
}

/** A stream against a file, byte by byte, with neither in memory. */
export const isFile = async (file: string, given: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> => {
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    while (rest.length < chunk.length) {
      const { done, value } = await given.read()
      if (done) return false
      rest = Buffer.concat([rest, value])
    }
    if (!rest.subarray(0, chunk.length).equals(chunk)) return false
    rest = rest.subarray(chunk.length)
  }
  return rest.length === 0 && (await given.read()).done
}

/** What a script of this folder prints, in a process of its own. */
export const running = (script: string, args: readonly string[]) => {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] })
  return { child, output: text(child.stdout), ended: once(child, "exit") }
}

/** Kills it once `due`, and `wait` milliseconds later; whether that is what it died of. */
export const killed = async (
  { child, output, ended }: ReturnType<typeof running>,
  due: () => boolean,
  wait: number,
): Promise<boolean> => {
  while (!due() && child.exitCode === null) await new Promise((later) => setTimeout(later, 5))
  await new Promise((later) => setTimeout(later, wait))
  child.kill("SIGKILL")
  await Promise.all([ended, output])
  return child.signalCode === "SIGKILL"
}

/**
 * Lets `kill` kill at so many points, each so many parts further on, and then `finish`. `seen`: the parts that came so far, by number, in order.
 */
export const killAtPoints = async (
  { points, parts, random }: { points: number; parts: number; random: ReturnType<typeof numbersFrom> },
  {
    seen,
    kill,
    finish,
  }: { seen: () => number[]; kill: (after: number) => Promise<boolean>; finish: () => Promise<void> },
): Promise<{ kills: number; again: number[] }> => {
  const again: number[] = []
  const counted = async <T>(more: () => Promise<T>): Promise<T> => {
    const before = seen()
    const done = await more()
    const came = new Set(before)
    again.push(
      seen()
        .slice(before.length)
        .filter((part) => came.has(part)).length,
    )
    return done
  }
  let kills = 0
  for (let point = 0; point < points; point++) {
    const left = parts - new Set(seen()).size
    const after = random(Math.max(1, Math.ceil(left / (points - point))))
    if (await counted(() => kill(after))) kills += 1
  }
  await counted(finish)
  return { kills, again }
}

/** After a kill, the parts that came once more; `bound`: as many as can have been under way when it died. */
export interface SentAgain {
  readonly again: readonly number[]
  readonly bound: number
  /** No kill cost more than that. */
  readonly withinBound: boolean
}

export const sentAgain = (again: readonly number[], bound: number): SentAgain => ({
  again,
  bound,
  withinBound: again.every((parts) => parts <= bound),
})
