import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { Problem } from "../../../contract/errors.ts"
import { Unreachable } from "../../../sdk/api.ts"
import { persistently } from "../../../sdk/transfer/retry.ts"

const network = new EventTarget()
beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, "random").mockReturnValue(1)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const inBrowser = () => {
  vi.stubGlobal("addEventListener", network.addEventListener.bind(network))
  vi.stubGlobal("removeEventListener", network.removeEventListener.bind(network))
}

/** A transfer that there is no network for, until `mended`. */
const started = (signal = new AbortController().signal) => {
  let mended = false
  const attempt = vi.fn(async () => {
    if (!mended) throw new Unreachable("unreachable")
    return "done"
  })
  const outcome = persistently(attempt, signal).catch((error: unknown) => error)
  return { attempt, outcome, mend: () => (mended = true) }
}

test("a wait doubles, and the ninth failure is the last", async () => {
  const { attempt, outcome } = started()
  const after: number[] = []
  for (const wait of [200, 400, 800, 1600, 3200, 6400, 12_800, 20_000]) {
    await vi.advanceTimersByTimeAsync(wait - 1)
    after.push(attempt.mock.calls.length)
    await vi.advanceTimersByTimeAsync(1)
  }
  expect(after).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(attempt).toHaveBeenCalledTimes(9)
  expect(await outcome).toBeInstanceOf(Unreachable)
})

test("a wait ends as soon as there is a network again, and leaves no listener and no timer", async () => {
  inBrowser()
  const { attempt, outcome, mend } = started()
  await vi.advanceTimersByTimeAsync(7000)
  expect(attempt).toHaveBeenCalledTimes(6)
  mend()
  network.dispatchEvent(new Event("online"))
  expect(await outcome).toBe("done")
  expect(vi.getTimerCount()).toBe(0)
  network.dispatchEvent(new Event("online"))
  expect(attempt).toHaveBeenCalledTimes(7)
})

test("a network that comes and goes uses up no tries", async () => {
  inBrowser()
  const { attempt, outcome, mend } = started()
  for (let i = 0; i < 20; i++) {
    await vi.advanceTimersByTimeAsync(100)
    network.dispatchEvent(new Event("online"))
    await vi.advanceTimersByTimeAsync(0)
  }
  expect(attempt).toHaveBeenCalledTimes(21)
  mend()
  await vi.advanceTimersByTimeAsync(200)
  expect(await outcome).toBe("done")
})

test("whoever stops it doesn't wait either, and what is refused isn't tried again", async () => {
  inBrowser()
  const stop = new AbortController()
  const { outcome } = started(stop.signal)
  await vi.advanceTimersByTimeAsync(7000)
  stop.abort(new Error("enough"))
  expect(await outcome).toEqual(new Error("enough"))
  expect(vi.getTimerCount()).toBe(0)
  const refused = vi.fn(() => Promise.reject(new Problem("quota-exceeded")))
  await expect(persistently(refused, new AbortController().signal)).rejects.toThrow(Problem)
  expect(refused).toHaveBeenCalledTimes(1)
})
