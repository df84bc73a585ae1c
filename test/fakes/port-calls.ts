/** The order in which ports were called, and what goes wrong on the way. */
export class PortCalls {
  readonly steps: string[] = []
  readonly #before = new Map<string, () => Promise<unknown>>()
  readonly #after = new Map<string, () => Promise<unknown>>()
  #failing: { at: number; when: "asked" | "answered" } | undefined

  /** Once, before the next call of this step; what the hook itself calls is not recorded. */
  before(step: string, hook: () => Promise<unknown>): void {
    this.#before.set(step, hook)
  }

  /** Once, after the next call of this step. */
  after(step: string, hook: () => Promise<unknown>): void {
    this.#after.set(step, hook)
  }

  /** The call of this number, from 1, throws: before it did anything, or with its answer lost. */
  failAt(at: number, when: "asked" | "answered"): void {
    this.#failing = { at: this.steps.length + at, when }
  }

  mend(): void {
    this.#failing = undefined
  }

  /** The port, with each call recorded as `<name>.<method>`. */
  watch<P extends object>(name: string, port: P): P {
    return new Proxy(port, {
      get: (target, property) => {
        const method: unknown = Reflect.get(target, property)
        if (typeof method !== "function" || typeof property !== "string") return method
        return (...args: unknown[]) => this.#call(`${name}.${property}`, () => Reflect.apply(method, target, args))
      },
    })
  }

  async #call(step: string, run: () => Promise<unknown>): Promise<unknown> {
    await PortCalls.#takeFrom(this.#before, step)
    this.steps.push(step)
    const failing = this.#failing?.at === this.steps.length ? this.#failing.when : undefined
    if (failing === "asked") throw new Error(`${step} failed`)
    const answer = await run()
    if (failing === "answered") throw new Error(`the answer of ${step} was lost`)
    await PortCalls.#takeFrom(this.#after, step)
    return answer
  }

  static async #takeFrom(hooks: Map<string, () => Promise<unknown>>, step: string): Promise<void> {
    const hook = hooks.get(step)
    hooks.delete(step)
    await hook?.()
  }
}
