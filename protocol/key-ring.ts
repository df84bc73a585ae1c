/** The patient's category keys and their epochs (docs/protocol.md, "Key ring"). */

import { type Bytes, fromBase64url, toBase64url } from "./crypto/bytes.ts"
import { openSealed, sealTo } from "./crypto/envelope.ts"
import { CryptoFailure, orFailure } from "./crypto/failure.ts"
import { randomKey, unwrapKey, wrapKey } from "./crypto/primitives.ts"
import type { Category, EcPublicJwk } from "./primitives.ts"
import type { KeyRing } from "./record.ts"

/** How to walk back from the newest key of a category: `previous[i]` is the key of `epoch - 1 - i`, wrapped under the next. */
export type KeyHistory = { readonly epoch: number; readonly previous: readonly string[] }
/** The newest key of a category. */
export type CategoryKey = { readonly epoch: number; readonly key: Bytes }

/** A ring of six fresh keys, epoch 1. */
export async function createKeyRing(agreement: EcPublicJwk): Promise<KeyRing> {
  const first = async () => ({ epoch: 1, sealed: await sealTo(agreement, randomKey()), previous: [] })
  const [summary, laboratory, imaging, medication, document, sensitive] = await Promise.all([
    first(),
    first(),
    first(),
    first(),
    first(),
    first(),
  ])
  return { summary, laboratory, imaging, medication, document, sensitive }
}

/** The ring with a fresh key for the category; `newest` is the one it had until now. */
export async function nextEpoch(
  ring: KeyRing,
  category: Category,
  newest: CategoryKey,
  agreement: EcPublicJwk,
): Promise<{ ring: KeyRing; newest: CategoryKey }> {
  const { epoch, previous } = ring[category]
  if (newest.epoch !== epoch) throw new RangeError(`the newest epoch is ${epoch}, not ${newest.epoch}`)
  const key = randomKey()
  const [sealed, wrapped] = await Promise.all([sealTo(agreement, key), wrapKey(key, newest.key)])
  const entry = { epoch: epoch + 1, sealed, previous: [toBase64url(wrapped), ...previous] }
  return { ring: { ...ring, [category]: entry }, newest: { epoch: epoch + 1, key } }
}

/** The newest key of a category, by the patient's agreement key. */
export async function openNewest(ring: KeyRing, category: Category, agreement: CryptoKey): Promise<CategoryKey> {
  const { epoch, sealed } = ring[category]
  const key = await openSealed(agreement, sealed)
  if (key.length !== 32) throw new CryptoFailure()
  return { epoch, key }
}

/** The newest keys of all categories. */
export async function openKeyRing(ring: KeyRing, agreement: CryptoKey): Promise<Record<Category, CategoryKey>> {
  const [summary, laboratory, imaging, medication, document, sensitive] = await Promise.all([
    openNewest(ring, "summary", agreement),
    openNewest(ring, "laboratory", agreement),
    openNewest(ring, "imaging", agreement),
    openNewest(ring, "medication", agreement),
    openNewest(ring, "document", agreement),
    openNewest(ring, "sensitive", agreement),
  ])
  return { summary, laboratory, imaging, medication, document, sensitive }
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
