/** What one loop hands to another. */
export class Queue<T> {
  readonly #items: T[] = []
  readonly #waiting: (() => void)[] = []
  #closed = false

  push(item: T): void {
    this.#items.push(item)
    this.#waiting.shift()?.()
  }

  /** Nothing more will come. */
  close(): void {
    this.#closed = true
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** What there is, `most` at most, as soon as there is something; nothing once it is closed and empty. */
  async take(most = 1): Promise<T[]> {
    while (this.#items.length === 0 && !this.#closed) await new Promise<void>((wake) => this.#waiting.push(wake))
    return this.#items.splice(0, most)
  }
}
