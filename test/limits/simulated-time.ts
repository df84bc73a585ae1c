import { AsyncLocalStorage } from "node:async_hooks"
import { vi } from "vitest"

interface Task {
  /** How many of its ways wait for the clock. */
  waiting: number
}
interface Wait {
  readonly at: number
  readonly task: Task
  readonly wake: () => void
}

/**
 * Time that passes only where everybody waits for it: a thousand people at once, on any machine, always in the same order. One task goes on at a time,
 * until it waits; what it computes takes no time. A task that does two things at once counts as waiting once one of them does: what the
 * other begins may then be some milliseconds late.
 */
export const simulatedTime = () => {
  const began = Date.now()
  const tasks = new AsyncLocalStorage<Task>()
  const waits: Wait[] = []
  let now = 0

  /** Milliseconds. */
  const sleep = (ms: number): Promise<void> => {
    const task = tasks.getStore()
    if (task === undefined) throw new Error("nobody who is known waits")
    task.waiting++
    return new Promise((wake) => {
      const at = now + Math.max(0, ms)
      const after = waits.findLastIndex((wait) => wait.at <= at)
      waits.splice(after + 1, 0, { at, task, wake })
    })
  }

  /** Until the task waits, or is done. */
  const goesOn = async (task: Task, isDone: () => boolean): Promise<void> => {
    while (task.waiting === 0 && !isDone()) await new Promise(setImmediate)
  }

  /** Runs each task from its time on, milliseconds, until all are done; whatever is waited for meanwhile, and whatever is asked of `Date`, is of this time. */
  const run = async (starts: readonly { readonly at: number; readonly task: () => Promise<void> }[]): Promise<void> => {
    const { setTimeout: real } = globalThis
    vi.useFakeTimers({ toFake: ["Date"], now: began + now })
    const later = (then: () => void, ms = 0): NodeJS.Timeout => {
      const timer = real(() => {}, 0)
      // What nobody simulated waits for, the event loop does.
      if (tasks.getStore() === undefined) return real(then, ms)
      void sleep(ms).then(then)
      return timer
    }
    globalThis.setTimeout = Object.assign(later, real)
    const done = new Set<Task>()
    const failures: unknown[] = []
    const all = starts.map(({ at, task: act }) => {
      const task: Task = { waiting: 0 }
      const ended = tasks.run(task, async () => {
        await sleep(at)
        await act()
      })
      return ended.catch((error: unknown) => void failures.push(error)).finally(() => done.add(task))
    })
    try {
      for (let next = waits.shift(); next !== undefined; next = waits.shift()) {
        now = next.at
        vi.setSystemTime(began + now)
        const { task, wake } = next
        task.waiting--
        wake()
        await goesOn(task, () => done.has(task))
      }
      await Promise.all(all)
    } finally {
      globalThis.setTimeout = real
      vi.useRealTimers()
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} tasks failed`)
  }
  return { now: () => now, sleep, run }
}
export type SimulatedTime = ReturnType<typeof simulatedTime>
