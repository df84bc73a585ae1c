import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { type KeyWalk, walkBack } from "../../protocol/key-ring.ts"
import type { Category } from "../../protocol/primitives.ts"
import type { KeyHistory } from "../../protocol/record.ts"

/** The key of a category that an access was given, and the keys before it, wrapped, as far as they are known. */
export interface GivenKey {
  readonly category: Category
  readonly epoch: number
  readonly key: Bytes
  readonly previous: readonly string[]
}

/** The keys a grant opened: the newest of each category, and how to walk back from it. */
export interface CategoryKeys {
  /** Of the epoch the card was made for, or renewed for. */
  newest(category: Category): { epoch: number; key: Bytes }
  at(category: Category, epoch: number): Promise<Bytes>
  /** Takes note of the way back that came with a list. */
  learn(category: Category, history: KeyHistory): void
  /** All there is, for `categoryKeys`. */
  given(): GivenKey[]
  /** Overwrites every key. */
  forget(): void
}

interface OpenedKey extends GivenKey {
  readonly walk: KeyWalk
  previous: readonly string[]
}

export const categoryKeys = (given: readonly GivenKey[]): CategoryKeys => {
  const opened = new Map<Category, OpenedKey>(
    given.map((each) => [each.category, { ...each, walk: walkBack(each.category, each) }]),
  )
  const find = (category: Category) => {
    const found = opened.get(category)
    if (found === undefined) throw new IntegrityFailure("record-unreadable")
    return found
  }
  return {
    newest: find,
    at: (category, epoch) =>
      orFail("record-unreadable", () => {
        const { walk, previous } = find(category)
        return walk.at(epoch, previous)
      }),
    learn: (category, history) => {
      const found = find(category)
      // The ring may have moved on since the card was renewed; the older part of the history is the same.
      const previous = history.epoch < found.epoch ? [] : history.previous.slice(history.epoch - found.epoch)
      if (previous.length > found.previous.length) found.previous = previous
    },
    given: () => [...opened.values()].map(({ category, epoch, key, previous }) => ({ category, epoch, key, previous })),
    forget: () => {
      for (const { walk } of opened.values()) walk.forget()
    },
  }
}
