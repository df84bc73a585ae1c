import type { Scheduler } from "fast-check"

/** Somebody who is at something: waiting for turns, or within a call that had its turn. */
interface Party {
  readonly name: string
  waiting: number
  calling: number
  ended: boolean
}

/**
 * Whose turn it is, the scheduler says. A call of a port waits for its turn; then it runs to its end, and who made it goes on to their next call,
 * before anybody else has a turn. So an order of turns is an order of all that happens, however long signatures take, and is the same when it
 * is tried again.
 */
export class Turns {
  readonly #scheduler: Scheduler
  readonly #parties: Party[] = []
  #notify: () => void = () => undefined

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** Everybody has ended, or waits for a turn. */
  async settled(): Promise<void> {
    while (this.#parties.some(({ ended, waiting, calling }) => !ended && (calling > 0 || waiting === 0)))
      await new Promise<void>((done) => (this.#notify = done))
  }

  /** What `act` does by way of `turn` is done in turns. Starts at once. */
  async take<T>(name: string, act: (turn: <P extends object>(name: string, port: P) => P) => Promise<T>): Promise<T> {
    const party: Party = { name, waiting: 0, calling: 0, ended: false }
    this.#parties.push(party)
    try {
      return await act((portName, port) => this.#watch(party, portName, port))
    } finally {
      party.ended = true
      this.#notify()
    }
  }

  #watch<P extends object>(party: Party, name: string, port: P): P {
    return new Proxy(port, {
      get: (target, property) => {
        const method: unknown = Reflect.get(target, property)
        if (typeof method !== "function" || typeof property !== "string") return method
        return (...args: unknown[]) =>
          this.#call(party, `${name}.${property}`, async () => Reflect.apply(method, target, args) as unknown)
      },
    })
  }

  async #call(party: Party, step: string, run: () => Promise<unknown>): Promise<unknown> {
    party.waiting++
    const turn = this.#scheduler.schedule(Promise.resolve(), `${party.name}: ${step}`, undefined, async (release) => {
      party.waiting--
      party.calling++
      await release()
      await this.settled()
    })
    this.#notify()
    await turn
    try {
      return await run()
    } finally {
      party.calling--
      this.#notify()
    }
  }
}
