/** The patient's category keys and their epochs (docs/protocol.md, "Key ring"). */
import type { AccountPlace } from "./account-key.ts"
import { type Bytes, concat, fromBase64url, toBase64url } from "./crypto/bytes.ts"
import { CryptoFailure, orFailure } from "./crypto/failure.ts"
import { randomKey, unwrapKey, wrapKey } from "./crypto/primitives.ts"
import { type Category, categories } from "./primitives.ts"
import type { KeyRing, RingEntry } from "./record.ts"
import { openSealed, type SealingKeyPair, sealInfo, sealingKeyThumbprint, sealTo } from "./sealing.ts"
import type { SealingKey } from "./sealing-key.ts"

/** How to walk back from the newest key of a category: `previous[i]` is the key of `epoch - 1 - i`, wrapped under the next. */
export type KeyHistory = { readonly epoch: number; readonly previous: readonly string[] }
/** The newest key of a category. */
export type CategoryKey = { readonly epoch: number; readonly key: Bytes }
export type CategoryKeys = Readonly<Record<Category, CategoryKey>>

/** The account key that a ring is sealed to. */
export type RingHolder = { readonly number: number; readonly publicKey: SealingKey }

const keyLength = 32

const infoOf = async (place: AccountPlace, entries: KeyRing["categories"], { number, publicKey }: RingHolder) =>
  sealInfo({
    kind: "key-ring",
    aud: place.cloudId,
    subject: place.patientId,
    recipient: await sealingKeyThumbprint(publicKey),
    object: categories.map((category) => entries[category].epoch).join("."),
    epoch: number,
  })

const sealRing = async (
  place: AccountPlace,
  entries: KeyRing["categories"],
  keys: CategoryKeys,
  holder: RingHolder,
): Promise<KeyRing> => ({
  account: holder.number,
  sealed: await sealTo(
    holder.publicKey,
    await infoOf(place, entries, holder),
    concat(...categories.map((category) => keys[category].key)),
  ),
  categories: entries,
})

const ofEach = <T>(make: (category: Category) => T): Record<Category, T> => ({
  summary: make("summary"),
  laboratory: make("laboratory"),
  imaging: make("imaging"),
  medication: make("medication"),
  document: make("document"),
  sensitive: make("sensitive"),
})

/** A ring of six fresh keys, epoch 1. */
export function createKeyRing(place: AccountPlace, holder: RingHolder): Promise<KeyRing> {
  const keys = ofEach(() => ({ epoch: 1, key: randomKey() }))
  return sealRing(
    place,
    ofEach(() => ({ epoch: 1, previous: [] })),
    keys,
    holder,
  )
}

/** The newest keys of all categories. `CryptoFailure` for a ring that isn't sealed to this account key. */
export function openKeyRing(place: AccountPlace, ring: KeyRing, account: SealingKeyPair): Promise<CategoryKeys> {
  return orFailure(async () => {
    const holder = { number: ring.account, publicKey: account.publicKey }
    const opened = await openSealed(account, await infoOf(place, ring.categories, holder), ring.sealed)
    if (opened.length !== keyLength * categories.length) throw new CryptoFailure()
    return ofEach((category) => {
      const at = categories.indexOf(category) * keyLength
      return { epoch: ring.categories[category].epoch, key: opened.slice(at, at + keyLength) }
    })
  })
}

/** The ring with fresh keys for some categories, sealed to `holder`; `keys` are those it had. `now`: seconds. */
export async function nextEpochs(
  place: AccountPlace,
  ring: KeyRing,
  keys: CategoryKeys,
  { renewed, holder, now }: { renewed: readonly Category[]; holder: RingHolder; now: number },
): Promise<{ ring: KeyRing; keys: CategoryKeys }> {
  for (const category of categories)
    if (keys[category].epoch !== ring.categories[category].epoch)
      throw new RangeError(`not the newest key of ${category}`)
  const next = ofEach((category) =>
    renewed.includes(category) ? { epoch: keys[category].epoch + 1, key: randomKey() } : keys[category],
  )
  const entries: Record<Category, RingEntry> = { ...ring.categories }
  for (const category of renewed) {
    const { epoch, previous } = ring.categories[category]
    const wrappedKey = toBase64url(await wrapKey(next[category].key, keys[category].key))
    entries[category] = { epoch: epoch + 1, previous: [{ wrappedKey, endedAt: now }, ...previous] }
  }
  return { ring: await sealRing(place, entries, next, holder), keys: next }
}

/** How to walk back through a category of the ring. */
export function historyOf({ epoch, previous }: RingEntry): KeyHistory {
  return { epoch, previous: previous.map(({ wrappedKey }) => wrappedKey) }
}

/** The key of `epoch`, walking back from the newest. `CryptoFailure` for an epoch that isn't reached from there. */
export function keyOfEpoch({ epoch: newest, previous }: KeyHistory, key: Bytes, epoch: number): Promise<Bytes> {
  return orFailure(async () => {
    if (!Number.isInteger(epoch) || epoch < 1 || epoch > newest) throw new RangeError("no such epoch")
    if (previous.length !== newest - 1) throw new RangeError("not one key for each epoch")
    let reached = key
    for (const wrapped of previous.slice(0, newest - epoch)) reached = await unwrapKey(reached, fromBase64url(wrapped))
    return reached
  })
}
