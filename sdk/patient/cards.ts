import { sealToAccount } from "../../protocol/account-key.ts"
import { isLocal, serviceAddress } from "../../protocol/address.ts"
import { deriveCardKeys, encodeCard, locatorHash, makeCard as newCard, sealedCard } from "../../protocol/card.ts"
import { type CardFront, makeFront } from "../../protocol/card-front.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { categories as allCategories, type Category } from "../../protocol/primitives.ts"
import { epochRevision, hashOf, wrapFor } from "./epochs.ts"
import { cardsOf, listCards } from "./held-cards.ts"
import { publish } from "./publication.ts"
import { rememberCard, rememberFront } from "./remembered.ts"
import { callAsPatient, type PatientSession, placeOf, signAsPatient } from "./session.ts"
import { renewWitnesses, requireEntries } from "./witness.ts"

/**
 * Makes an emergency card that opens these categories. `name`: what the patient calls it, which the cloud can't read. `hri`: the address of the index, printed on the card; `address-refused` where it isn't one
 * that any device may be sent to. The cloud keeps a half that opens nothing; the other half is in `text` alone, which goes into the QR code of the back. What the card says to anybody who holds its `front` is nothing, until `setOpenPart`.
 */
export const makeCard = async (
  session: PatientSession,
  { hri, categories, name = "" }: { hri: string; categories: readonly Category[]; name?: string },
): Promise<{ cardId: string; text: string; front: CardFront }> => {
  const local = isLocal(session.cloud.api.address)
  if (serviceAddress(hri, { local }) === undefined) throw new IntegrityFailure("address-refused")
  const card = newCard({ fingerprint: session.fingerprint, hri })
  const front = makeFront(session)
  const text = encodeCard(card)
  const cardId = toBase64url(randomBytes(16))
  const share = randomBytes(32)
  const cloudShare = toBase64url(share)
  const proofKey = toBase64url((await deriveCardKeys(card.secret)).proofKey)
  let made: { wrappedCategoryKeys: Awaited<ReturnType<typeof wrapFor>>; sealed: string } | undefined
  await publish(
    session,
    async (contents) => {
      const { toStrike } = await cardsOf(session, contents)
      // A card and its epoch go together, also one whose revocation was interrupted.
      const struck = toStrike.length === 0 ? undefined : await epochRevision(session, contents, allCategories)
      const wrappedCategoryKeys = await wrapFor(card, share, categories, struck?.ring?.keys ?? contents.keys)
      const object = { kind: "card", object: cardId, epoch: 0 } as const
      const sealed = await sealToAccount(
        placeOf(session),
        contents.accountKey.publicKey,
        object,
        sealedCard({ cloudShare: share, frontSecret: front.secret, name, text }),
      )
      made = { wrappedCategoryKeys, sealed }
      const hash = await hashOf({ cardId, card, cloudShare, proofKey, sealed }, wrappedCategoryKeys)
      const standing = struck?.listedCards ?? contents.manifest.claims.cards
      return { ...struck, listedCards: [...standing, { cardId, hash }] }
    },
    async (publication) => {
      if (made === undefined) throw new Error("nothing was prepared")
      const half = { cardId, proofKey, cloudShare, locatorHash: await locatorHash(card.locator), hri, ...made }
      await callAsPatient(session, "patient/make-card", { ...half, publication })
      await rememberCard(session, cardId, card)
      await rememberFront(session, cardId, front.secret)
    },
  )
  await requireEntries(session, cardId)
  return { cardId, text, front }
}

/** Starts a new epoch of categories, at once. */
export const startEpoch = (session: PatientSession, categories: readonly Category[]): Promise<void> =>
  publish(
    session,
    (contents) => epochRevision(session, contents, categories),
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
  )

/**
 * Makes a printed card worthless. The patient's statement has the cloud destroy its half at once, whatever other devices publish meanwhile; then one
 * publication strikes the card from the manifest and starts a new epoch of what it opened, for a cloud that kept a copy; then its index entry goes, now or,
 * where the index can't be reached, with a later change: it leads to a refusal. Interrupted, it is called again.
 */
export const revokeCard = async (session: PatientSession, cardId: string): Promise<void> => {
  // Whatever else is wrong with the list, as another device can make it, the statement is sent.
  const cards = await listCards(session).catch(() => [])
  const found = cards.find((held) => held.cardId === cardId)
  // What a card opened that is revoked already the cloud alone says: it would leave out what it could go on reading.
  const opened = found?.status === "active" ? found.categories : allCategories
  const { memory } = session
  memory.revoked = [...new Set([...(memory.revoked ?? []), cardId])]
  const statement = await signAsPatient(session, "card-revocation", { cardId })
  await callAsPatient(session, "patient/revoke-card", { cardId, statement })
  await publish(
    session,
    async (contents) => {
      // Whether it is struck the manifest says: the cloud may ignore the statement.
      if (!contents.manifest.claims.cards.some((listed) => listed.cardId === cardId)) return undefined
      return epochRevision(session, contents, opened, { without: cardId })
    },
    (publication) => callAsPatient(session, "patient/strike-card", { cardId, publication }),
  )
  await renewWitnesses(session)
}
