import { Problem } from "../../contract/errors.ts"
import { sealToAccount } from "../../protocol/account-key.ts"
import { isCardName, sealedCard } from "../../protocol/card.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { categories as allCategories, type Category } from "../../protocol/primitives.ts"
import type { WrappedCategoryKey } from "../../protocol/record.ts"
import type { Contents } from "./contents.ts"
import { epochRevision, hashOf, wrapFor } from "./epochs.ts"
import { type ActiveCard, cardsOf, isActive } from "./held-cards.ts"
import { publish } from "./publication.ts"
import { callAsPatient, type PatientSession, placeOf } from "./session.ts"

/** What a change makes of a card, sealed anew where it is called otherwise; nothing where it is that already. */
const changedCard = async (
  session: PatientSession,
  contents: Contents,
  { cardId, categories: opened, name = "", secrets }: ActiveCard,
  change: CardChange,
) => {
  const { categories = opened, name: called = name } = change
  const lost = opened.filter((category) => !categories.includes(category))
  if (called === name && lost.length === 0 && categories.length === opened.length) return undefined
  const { cloudShare, front, text } = secrets
  const object = { kind: "card", object: cardId, epoch: 0 } as const
  const content = sealedCard({ cloudShare, frontSecret: front.secret, name: called, text })
  const sealed = await sealToAccount(placeOf(session), contents.accountKey.publicKey, object, content)
  return { categories: allCategories.filter((category) => categories.includes(category)), lost, sealed }
}

/** What of a card can be changed without printing it again. */
export interface CardChange {
  readonly categories?: readonly Category[]
  /** Empty: none. */
  readonly name?: string
}

/**
 * Changes what a printed card opens, and what the patient calls it. What it opens no longer begins a new epoch with the same publication: its old keys, which
 * the cloud may have kept, open nothing that is added from now on. What it opens from now on it opens as a whole, what was added before too. `not-found`
 * for a card that isn't in force; `TypeError` for no category, and for what no card can be called.
 */
export const changeCard = async (session: PatientSession, cardId: string, change: CardChange): Promise<void> => {
  if (change.categories?.length === 0 || !isCardName(change.name ?? "")) throw new TypeError("no such card")
  let made: { wrappedCategoryKeys: WrappedCategoryKey[]; sealed: string } | undefined
  await publish(
    session,
    async (contents) => {
      const { cards, toStrike } = await cardsOf(session, contents)
      const card = cards.find(isActive(cardId))
      if (card === undefined) throw new Problem("not-found")
      const changed = await changedCard(session, contents, card, change)
      if (changed === undefined) return undefined
      const { categories, lost, sealed } = changed
      const begins = lost.length > 0 || toStrike.length > 0
      const revision = begins ? await epochRevision(session, contents, lost, { without: cardId }) : undefined
      const { card: parts, cloudShare, proofKey } = card.secrets
      const wrappedCategoryKeys = await wrapFor(parts, cloudShare, categories, revision?.ring?.keys ?? contents.keys)
      made = { wrappedCategoryKeys, sealed }
      const signed = { cardId, card: parts, cloudShare: toBase64url(cloudShare), proofKey, sealed }
      const others = revision?.listedCards ?? contents.manifest.claims.cards.filter((each) => each.cardId !== cardId)
      return { ...revision, listedCards: [...others, { cardId, hash: await hashOf(signed, wrappedCategoryKeys) }] }
    },
    async (publication) => {
      if (made === undefined) throw new Error("nothing was prepared")
      await callAsPatient(session, "patient/change-card", { cardId, ...made, publication })
    },
  )
}
