import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { type Category, categories, ofEach } from "../../protocol/primitives.ts"
import type { KeyRing, PageLists, RingEntry } from "../../protocol/record.ts"

/** Texts of the right form that open nothing: the server never opens one. */
export const someJwe = "e30.a2V5.aXY.dGV4dA.dGFn"
export const someSealed = "H1.c2VhbGVk"
export const someWrappedKey = toBase64url(new Uint8Array(40).fill(7))

export const wrappedFor = (named: readonly Category[], epoch = 1) =>
  named.map((category) => ({ category, epoch, wrappedKey: someWrappedKey }))

const ringWith = (entryOf: (category: Category) => RingEntry, account: number): KeyRing => ({
  account,
  sealed: someSealed,
  categories: {
    summary: entryOf("summary"),
    laboratory: entryOf("laboratory"),
    imaging: entryOf("imaging"),
    medication: entryOf("medication"),
    document: entryOf("document"),
    sensitive: entryOf("sensitive"),
  },
})

/** Page lists of these hashes, none of the other categories. */
export const pageListsOf = (hashes: Partial<Record<Category, string[]>> = {}): PageLists =>
  ofEach((category) => ({ salt: "A".repeat(43), hashes: hashes[category] ?? [] }))

/** A ring that has this epoch of every category. */
export const keyRingOf = (epoch = 1): KeyRing =>
  ringWith(
    () => ({
      epoch,
      previous: Array.from({ length: epoch - 1 }, () => ({ wrappedKey: someWrappedKey, endedAt: 1 })),
      older: null,
    }),
    1,
  )

/** The ring with a new epoch of some categories. */
export const renewedRing = (ring: KeyRing, renewed: readonly Category[] = categories): KeyRing =>
  ringWith((category) => {
    const { epoch, previous, older } = ring.categories[category]
    if (!renewed.includes(category)) return { epoch, previous, older }
    return { epoch: epoch + 1, previous: [{ wrappedKey: someWrappedKey, endedAt: 1 }, ...previous], older }
  }, ring.account)
