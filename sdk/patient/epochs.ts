import {
  type Card,
  cardHash,
  cardKey,
  categoryWrappingKey,
  deriveCardKeys,
  locatorHash,
  sealedHash,
} from "../../protocol/card.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { wrapKey } from "../../protocol/crypto/primitives.ts"
import { type CategoryKeys, nextEpochs } from "../../protocol/key-ring.ts"
import { categories as allCategories, type Category } from "../../protocol/primitives.ts"
import type { WrappedCategoryKey } from "../../protocol/record.ts"
import type { Contents } from "./contents.ts"
import { cardsOf, type PatientCard } from "./held-cards.ts"
import type { Revision } from "./publication.ts"
import { type PatientSession, placeOf } from "./session.ts"

/** Wraps the newest category keys for a card. */
export const wrapFor = async (
  card: Card,
  cloudShare: Uint8Array<ArrayBuffer>,
  categories: readonly Category[],
  keys: CategoryKeys,
): Promise<WrappedCategoryKey[]> => {
  const whole = await cardKey((await deriveCardKeys(card.secret)).qrHalf, cloudShare)
  return Promise.all(
    categories.map(async (category) => {
      const { epoch, key } = keys[category]
      const wrapping = await categoryWrappingKey(whole, category, epoch)
      return { category, epoch, wrappedKey: toBase64url(await wrapKey(wrapping, key)) }
    }),
  )
}

/** What the patient signs of a card beside its keys. */
interface ListedParts {
  readonly cardId: string
  readonly card: Card
  readonly cloudShare: string
  readonly proofKey: string
  readonly sealed: string
}

/** A card as the manifest is to list it. */
export const hashOf = async (
  { cardId, card, cloudShare, proofKey, sealed }: ListedParts,
  keys: readonly WrappedCategoryKey[],
): Promise<string> => {
  const place = { locatorHash: await locatorHash(card.locator), hri: card.hri }
  return cardHash({ cardId, keys, cloudShare, proofKey, ...place, sealedHash: await sealedHash(sealed) })
}

/** An active card with the newest keys of what it opens, and its new hash. */
const renewed = async ({ cardId, categories, secrets }: PatientCard, keys: CategoryKeys) => {
  if (secrets === undefined) throw new Error("a card without its secrets")
  const { card, cloudShare, proofKey, sealed } = secrets
  const wrappedCategoryKeys = await wrapFor(card, cloudShare, categories, keys)
  const parts = { cardId, card, cloudShare: toBase64url(cloudShare), proofKey, sealed }
  const hash = await hashOf(parts, wrappedCategoryKeys)
  return { cardId, wrappedCategoryKeys, hash }
}

/**
 * The revision that starts a new epoch of categories, renews the cards that open them, and strikes what the patient revoked: a professional who had the
 * keys before can't open what is added from now on. `without`: a card that is struck by it. Where it strikes another one, whose revocation was
 * interrupted, every category begins a new epoch: what that card opened, the cloud alone says by then.
 */
export const epochRevision = async (
  session: PatientSession,
  contents: Contents,
  wanted: readonly Category[],
  options: { readonly without?: string } = {},
): Promise<Revision> => {
  const { keyRing, keys, accountKey } = contents
  const now = Math.floor(Date.now() / 1000)
  const { cards, toStrike } = await cardsOf(session, contents)
  const categories = toStrike.some((cardId) => cardId !== options.without) ? allCategories : wanted
  const next = await nextEpochs(placeOf(session), keyRing, keys, { renewed: categories, holder: accountKey, now })
  const active = cards.filter(({ cardId, status }) => status === "active" && cardId !== options.without)
  const touched = active.filter((card) => card.categories.some((category) => categories.includes(category)))
  const made = await Promise.all(touched.map((card) => renewed(card, next.keys)))
  const untouched = active
    .filter((card) => !touched.includes(card))
    .flatMap(({ cardId, secrets }) => (secrets === undefined ? [] : [{ cardId, hash: secrets.hash }]))
  return {
    ring: { keyRing: next.ring, keys: next.keys, keyPages: next.keyPages },
    cards: made.map(({ cardId, wrappedCategoryKeys }) => ({ cardId, wrappedCategoryKeys })),
    listedCards: [...untouched, ...made.map(({ cardId, hash }) => ({ cardId, hash }))],
  }
}
