import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { Publication } from "../../contract/publication.ts"
import { cardHash, sealedHash } from "../../protocol/card.ts"
import type { ManifestClaims } from "../../protocol/claims.ts"
import { categories } from "../../protocol/primitives.ts"
import type { KeyRing } from "../../protocol/record.ts"
import type { Change, StoreReads } from "./ports.ts"
import { revoked } from "./revoked-card.ts"

type Card = ItemOf<"card">

/** What a publication does to the cards, beside giving them new keys. */
export interface CardChange {
  readonly made?: Card
  readonly changed?: { readonly before: Card; readonly after: Card }
  readonly struck?: Pick<Card, "cardId" | "categories">
}

const allCards = async (store: StoreReads, patientId: string): Promise<Card[]> => {
  const cards: Card[] = []
  let after: string | undefined
  do {
    const { items, next } = await store.list("card", patientId, { after })
    cards.push(...items)
    after = next
  } while (after !== undefined)
  return cards
}

/** Cards as a manifest lists them, in one order. */
const namesOf = (cards: ManifestClaims["cards"]): string =>
  cards
    .map(({ cardId, hash }) => `${cardId} ${hash}`)
    .sort()
    .join()

/** Whether a publication has anything to do with cards: an epoch must reach each of them. */
const touchesCards = (
  { cards, keyRing }: Publication,
  claims: ManifestClaims,
  before: { claims: ManifestClaims; keyRing: KeyRing } | undefined,
  { made, changed, struck }: CardChange,
): boolean => {
  const listed = before?.claims.cards ?? []
  const sameList = namesOf(claims.cards) === namesOf(listed)
  const sameEpochs = categories.every(
    (category) => keyRing.categories[category].epoch === (before?.keyRing.categories[category].epoch ?? 1),
  )
  const isAsked = made !== undefined || changed !== undefined || struck !== undefined
  return isAsked || cards.length > 0 || !sameList || !sameEpochs
}

/** The card with the keys that were sent for it; it keeps its categories. */
const rewrapped = (card: Card, sent: Publication["cards"][number]): Card => {
  const { wrappedCategoryKeys } = sent
  const named = wrappedCategoryKeys.map(({ category }) => category)
  if (named.length !== card.categories.length || !card.categories.every((category) => named.includes(category)))
    throw new Problem("manifest-invalid")
  return { ...card, revision: card.revision + 1, wrappedCategoryKeys }
}

/** As the manifest lists it. */
const hashOf = async (card: Card, { categories }: KeyRing): Promise<string> => {
  const { cardId, proofKey, cloudShare, wrappedCategoryKeys, locatorHash, hri, sealed } = card
  if (proofKey === undefined || cloudShare === undefined || wrappedCategoryKeys === undefined || sealed === undefined)
    throw new Error("an active card without its keys")
  for (const { category, epoch } of wrappedCategoryKeys)
    if (epoch !== categories[category].epoch) throw new Problem("manifest-invalid")
  const signed = { cardId, keys: wrappedCategoryKeys, cloudShare, proofKey, locatorHash, hri }
  return cardHash({ ...signed, sealedHash: await sealedHash(sealed) })
}

interface Publishing {
  readonly patientId: string
  readonly sent: Publication
  readonly claims: ManifestClaims
  readonly before: { readonly claims: ManifestClaims; readonly keyRing: KeyRing } | undefined
  /** A signer ends by it. */
  readonly ended: boolean
}

/** What becomes of the cards. */
export interface CardsAfter {
  readonly changes: readonly Change[]
  /** How many of those in force die with a signer. */
  readonly died: number
}

/** Who ended could have kept the secrets of any card: all die, and none is made or renewed. */
const cardsWithoutSigner = async (
  store: StoreReads,
  { patientId, sent, claims }: Publishing,
  { made, changed, struck }: CardChange,
): Promise<CardsAfter> => {
  const isAsked = made !== undefined || changed !== undefined || struck !== undefined
  if (isAsked || sent.cards.length > 0 || claims.cards.length > 0) throw new Problem("manifest-invalid")
  const active = (await allCards(store, patientId)).filter(({ status }) => status === "active")
  return { changes: active.map((card) => ({ put: revoked(card) })), died: active.length }
}

/** That whatever a card could open, and can't from now on, has new keys with the same manifest: for whoever kept a copy of its half. */
const requireNewEpochs = ({ sent, before }: Publishing, categories: Card["categories"]): void => {
  for (const category of categories)
    if (sent.keyRing.categories[category].epoch <= (before?.keyRing.categories[category].epoch ?? 0))
      throw new Problem("manifest-invalid")
}

/**
 * Returns the cards that get new keys, or that die with a signer. Refuses a manifest that doesn't list exactly the cards that are in force once it is applied, each with the
 * newest epoch of each of its categories; and one by which a card leaves the list, or opens less, while the keys of what it opened stay as they were. A card that is
 * revoked stays listed as it was until then.
 */
export const cardsAfter = async (
  store: StoreReads,
  publishing: Publishing,
  change: CardChange,
): Promise<CardsAfter> => {
  const { patientId, sent, claims, before } = publishing
  if (publishing.ended) return cardsWithoutSigner(store, publishing, change)
  if (!touchesCards(sent, claims, before, change)) return { changes: [], died: 0 }
  const { made, changed, struck } = change
  const stored = await allCards(store, patientId)
  const active = stored.filter(({ cardId, status }) => status === "active" && cardId !== struck?.cardId)
  const renewed = sent.cards.map((each) => {
    const card = active.find(({ cardId }) => cardId === each.cardId)
    if (card === undefined) throw new Problem("card-refused")
    if (card.cardId === changed?.after.cardId) throw new Problem("manifest-invalid")
    return rewrapped(card, each)
  })
  const anew = changed === undefined ? renewed : [...renewed, changed.after]
  const after = active.map((card) => anew.find(({ cardId }) => cardId === card.cardId) ?? card)
  const inForce = await Promise.all(
    [...after, ...(made === undefined ? [] : [made])].map(async (card) => ({
      cardId: card.cardId,
      hash: await hashOf(card, sent.keyRing),
    })),
  )
  const listed = new Set(claims.cards.map(({ cardId }) => cardId))
  const ended = (before?.claims.cards ?? []).filter(({ cardId }) => !active.some((card) => card.cardId === cardId))
  const kept = ended.filter(({ cardId }) => listed.has(cardId) && cardId !== struck?.cardId)
  if (namesOf([...inForce, ...kept]) !== namesOf(claims.cards)) throw new Problem("manifest-invalid")
  const gone = stored.filter(({ cardId }) => ended.some((each) => each.cardId === cardId) && !listed.has(cardId))
  for (const { categories: opened } of struck === undefined ? gone : [...gone, struck])
    requireNewEpochs(publishing, opened)
  if (changed !== undefined) {
    const { before: wider, after: narrower } = changed
    requireNewEpochs(
      publishing,
      wider.categories.filter((category) => !narrower.categories.includes(category)),
    )
  }
  return { changes: renewed.map((put) => ({ put })), died: 0 }
}
