import { Problem } from "../../contract/errors.ts"
import { Unreachable } from "../api.ts"

/** How often something is tried before it is given up, and the longest waits between, milliseconds: half a minute on average. */
const attempts = 9
const firstWait = 200
const longestWait = 20_000

/** Settles as the promise does, or with the signal's reason as soon as that says stop. */
export const unlessStopped = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  let stop = () => {}
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
  })
  // Whoever loses the race must not count as unhandled.
  promise.catch(() => undefined)
  stopped.catch(() => undefined)
  if (signal.aborted) stop()
  signal.addEventListener("abort", stop)
  try {
    return await Promise.race([stopped, promise])
  } finally {
    signal.removeEventListener("abort", stop)
  }
}

/** What says that there is a network again: a window or a worker; Node has no word of it. */
const platform = (): EventTarget | undefined => ("addEventListener" in globalThis ? globalThis : undefined)

/** That long, or until there is a network again: then it is true. */
const pause = async (ms: number, signal: AbortSignal): Promise<boolean> => {
  let [over, back] = [() => {}, () => {}]
  const ended = new Promise<boolean>((done) => {
    over = () => done(false)
    back = () => done(true)
  })
  const timer = setTimeout(over, ms)
  const network = platform()
  network?.addEventListener("online", back)
  try {
    return await unlessStopped(ended, signal)
  } finally {
    clearTimeout(timer)
    network?.removeEventListener("online", back)
  }
}

/** What may come out otherwise a moment later: there was no network, or the service could not. */
const passes = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof Problem && (error.code === "busy" || error.code === "internal"))

/**
 * Tries until it works, is refused, is stopped, or has failed for half a minute; waits a random part of a time that doubles ("full jitter"). It
 * begins anew as soon as there is a network again.
 */
export const persistently = async <T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> => {
  for (let failed = 0; ; ) {
    signal.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      if (!passes(error) || ++failed === attempts) throw error
      const back = await pause(Math.random() * Math.min(longestWait, firstWait * 2 ** (failed - 1)), signal)
      // What failed without a network says nothing of what comes.
      if (back) failed = 0
    }
  }
}
