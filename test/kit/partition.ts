import type { AttributeValue } from "@aws-sdk/client-dynamodb"

export type Attributes = Record<string, AttributeValue>

type SortKey = string | number
const sortKeyOf = ({ sk }: Attributes): SortKey => (sk?.N === undefined ? (sk?.S ?? "") : Number(sk.N))

/** The items of a partition in the order of their sort keys, found by halving. */
export class Partition {
  readonly #keys: SortKey[] = []
  readonly #items: Attributes[] = []

  /** Where an item of this sort key is, or would be. */
  at(key: SortKey): number {
    let [low, high] = [0, this.#keys.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const found = this.#keys[middle]
      if (found !== undefined && found < key) low = middle + 1
      else high = middle
    }
    return low
  }

  get length(): number {
    return this.#items.length
  }

  place(key: Attributes): number {
    return this.at(sortKeyOf(key))
  }

  /** From one place to before another. */
  items(from = 0, to = this.#items.length): Attributes[] {
    return this.#items.slice(from, to)
  }

  get(key: Attributes): Attributes | undefined {
    const place = this.place(key)
    return this.#keys[place] === sortKeyOf(key) ? this.#items[place] : undefined
  }

  put(item: Attributes): void {
    const [place, key] = [this.place(item), sortKeyOf(item)]
    const there = this.#keys[place] === key ? 1 : 0
    this.#keys.splice(place, there, key)
    this.#items.splice(place, there, item)
  }

  remove(key: Attributes): void {
    const place = this.place(key)
    if (this.#keys[place] !== sortKeyOf(key)) return
    this.#keys.splice(place, 1)
    this.#items.splice(place, 1)
  }
}
