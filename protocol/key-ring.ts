/** The patient's category keys and their epochs (docs/protocol.md, "Key ring"). */
import type { AccountPlace } from "./account-key.ts"
import { type Bytes, concat, fromBase64url, toBase64url } from "./crypto/bytes.ts"
import { canonicalHash } from "./crypto/canonical.ts"
import { CryptoFailure, orFailure } from "./crypto/failure.ts"
import { derive, randomKey, unwrapKey, wrapKey } from "./crypto/primitives.ts"
import { type Category, categories, keyPageLength, ofEach } from "./primitives.ts"
import type { KeyPage, KeyRing, PlacedKeyPage, RingEntry, RingKey } from "./record.ts"
import { openSealed, type SealingKeyPair, sealInfo, sealingKeyThumbprint, sealTo } from "./sealing.ts"
import type { SealingKey } from "./sealing-key.ts"

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

/** A ring of six fresh keys, epoch 1. */
export function createKeyRing(place: AccountPlace, holder: RingHolder): Promise<KeyRing> {
  const keys = ofEach(() => ({ epoch: 1, key: randomKey() }))
  return sealRing(
    place,
    ofEach(() => ({ epoch: 1, previous: [], older: null })),
    keys,
    holder,
  )
}

/** Wraps the key of `epoch`, under the key of the next. A data key is wrapped otherwise, so that neither passes for the other. */
const wrappingKeyOf = (next: Bytes, category: Category, epoch: number): Promise<Bytes> =>
  derive(next, "category-key-before", category, epoch)

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

/** Fresh keys in the place of a ring's newest, which nobody opens: a ring can be begun upon them, and nothing of before opens by them. */
export const keysInPlaceOf = (ring: KeyRing): CategoryKeys =>
  ofEach((category) => ({ epoch: ring.categories[category].epoch, key: randomKey() }))

/** How many full pages of older keys there are at an epoch: a key that would be one too many for the ring makes a page of those it has. */
export const keyPagesAt = (epoch: number): number => Math.max(0, Math.floor((epoch - 2) / keyPageLength))

/** A ring's entry with a new epoch, and the page that its keys become where they are too many. */
const entryAfter = async ({ epoch, previous, older }: RingEntry, ended: RingKey) => {
  if (previous.length < keyPageLength)
    return { entry: { epoch: epoch + 1, previous: [ended, ...previous], older }, page: undefined }
  const page: KeyPage = { older, keys: previous }
  return { entry: { epoch: epoch + 1, previous: [ended], older: await canonicalHash(page) }, page }
}

/**
 * The ring with fresh keys for some categories, sealed to `holder`, and the pages that it names anew; `keys` are those it had. `now`: seconds.
 */
export async function nextEpochs(
  place: AccountPlace,
  ring: KeyRing,
  keys: CategoryKeys,
  { renewed, holder, now }: { renewed: readonly Category[]; holder: RingHolder; now: number },
): Promise<{ ring: KeyRing; keys: CategoryKeys; keyPages: PlacedKeyPage[] }> {
  for (const category of categories)
    if (keys[category].epoch !== ring.categories[category].epoch)
      throw new RangeError(`not the newest key of ${category}`)
  const next = ofEach((category) =>
    renewed.includes(category) ? { epoch: keys[category].epoch + 1, key: randomKey() } : keys[category],
  )
  const entries: Record<Category, RingEntry> = { ...ring.categories }
  const keyPages: PlacedKeyPage[] = []
  for (const category of renewed) {
    const before = ring.categories[category]
    const wrapping = await wrappingKeyOf(next[category].key, category, before.epoch)
    const wrappedKey = toBase64url(await wrapKey(wrapping, keys[category].key))
    const { entry, page } = await entryAfter(before, { wrappedKey, endedAt: now })
    entries[category] = entry
    if (page !== undefined) keyPages.push({ category, page: keyPagesAt(before.epoch), ...page })
  }
  return { ring: await sealRing(place, entries, next, holder), keys: next, keyPages }
}

/** The way back through a category's keys. */
export interface KeyWalk {
  /**
   * The key of `epoch`. `previous[i]` is the key of `newest - 1 - i`, wrapped under the next; it may end where it has led far enough. `CryptoFailure`
   * for an epoch that isn't reached by it.
   */
  at(epoch: number, previous: readonly string[]): Promise<Bytes>
  /** Overwrites every key it has reached. */
  forget(): void
}

/** Walks back from the newest key of a category. It unwraps each key once, however many are asked for. */
export function walkBack(category: Category, { epoch: newest, key }: CategoryKey): KeyWalk {
  const reached = [key]
  const walk = async (epoch: number, previous: readonly string[]): Promise<Bytes> => {
    if (!Number.isInteger(epoch) || epoch < 1 || epoch > newest) throw new RangeError("no such epoch")
    for (let last = reached.at(-1); reached.length <= newest - epoch; reached.push(last)) {
      const wrapped = previous[reached.length - 1]
      if (wrapped === undefined || last === undefined) throw new RangeError("not so far back")
      const wrapping = await wrappingKeyOf(last, category, newest - reached.length)
      last = await unwrapKey(wrapping, fromBase64url(wrapped))
    }
    const found = reached[newest - epoch]
    if (found === undefined) throw new RangeError("not so far back")
    return found
  }
  let turn: Promise<unknown> = Promise.resolve()
  return {
    at: (epoch, previous) => {
      const found = turn.then(() => orFailure(() => walk(epoch, previous)))
      turn = found.catch(() => undefined)
      return found
    },
    forget: () => {
      for (const each of reached) each.fill(0)
    },
  }
}
