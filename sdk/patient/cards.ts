import { isLocal, serviceAddress } from "../../protocol/address.ts"
import {
  type Card,
  cardKey,
  categoryWrappingKey,
  deriveCardKeys,
  encodeCard,
  makeCard as newCard,
} from "../../protocol/card.ts"
import { type Bytes, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sealTo } from "../../protocol/crypto/envelope.ts"
import { randomBytes, wrapKey } from "../../protocol/crypto/primitives.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { type CategoryKey, nextEpoch } from "../../protocol/key-ring.ts"
import { cardHash } from "../../protocol/manifest.ts"
import type { Category } from "../../protocol/primitives.ts"
import type { WrappedCategoryKey } from "../../protocol/record.ts"
import { newestKey } from "./category-keys.ts"
import { listCards } from "./held-cards.ts"
import { type Contents, readContents } from "./manifest.ts"
import { publishManifest } from "./publish-manifest.ts"
import { callAsPatient, type PatientSession } from "./session.ts"
import { putIndexEntry, removeIndexEntry } from "./witness.ts"

/** Wraps the newest category keys for a card. */
const wrapFor = async (
  card: Card,
  cloudShare: Bytes,
  categories: readonly Category[],
  newest: (category: Category) => Promise<CategoryKey>,
): Promise<WrappedCategoryKey[]> => {
  const whole = await cardKey((await deriveCardKeys(card.secret)).qrHalf, cloudShare)
  return Promise.all(
    categories.map(async (category) => {
      const { epoch, key } = await newest(category)
      return {
        category,
        epoch,
        wrappedKey: toBase64url(await wrapKey(await categoryWrappingKey(whole, category, epoch), key)),
      }
    }),
  )
}

const withoutCard = ({ manifest }: Contents, hash: string) =>
  (manifest.claims.cards ?? []).filter((listed) => listed !== hash)

/**
 * Makes an emergency card that opens these categories. `hri`: the address of the index, printed on the card; `address-refused` where it isn't one
 * that any device may be sent to. The cloud keeps a half that opens nothing; the other half is in `text` alone, which goes into the QR code.
 */
export const makeCard = async (
  session: PatientSession,
  { hri, categories }: { hri: string; categories: readonly Category[] },
): Promise<{ cardId: string; text: string }> => {
  const local = isLocal(session.cloud.api.address)
  if (serviceAddress(hri, { local }) === undefined) throw new IntegrityFailure("address-refused")
  const contents = await readContents(session)
  const card = newCard({ fingerprint: session.fingerprint, hri })
  const text = encodeCard(card)
  const cardId = toBase64url(randomBytes(16))
  const share = randomBytes(32)
  const cloudShare = toBase64url(share)
  const proofKey = toBase64url((await deriveCardKeys(card.secret)).proofKey)
  await callAsPatient(session, "patient/make-card", {
    cardId,
    proofKey,
    cloudShare,
    wrappedCategoryKeys: await wrapFor(card, share, categories, (category) => newestKey(session, contents, category)),
    sealed: await sealTo(session.publicKeys.agreement, utf8(text)),
  })
  // Only a card that the patient's manifest lists is given keys again, or read by.
  const hash = await cardHash({ cardId, categories, cloudShare, proofKey })
  await publishManifest(session, async (newest) => ({ listedCards: [...withoutCard(newest, hash), hash] }))
  await putIndexEntry(session, cardId, card, await readContents(session))
  return { cardId, text }
}

/**
 * Starts a new epoch of categories, and renews the cards that open them: a professional who had the keys before can't open what is
 * added from now on.
 */
export const startEpoch = (session: PatientSession, categories: readonly Category[]): Promise<void> =>
  publishManifest(session, async (contents) => {
    let { keyRing } = contents
    const fresh = new Map<Category, CategoryKey>()
    for (const category of categories) {
      const next = await nextEpoch(
        keyRing,
        category,
        await newestKey(session, contents, category),
        session.publicKeys.agreement,
      )
      keyRing = next.ring
      fresh.set(category, next.newest)
    }
    const touched = (await listCards(session, contents)).filter((card) =>
      card.categories.some((category) => fresh.has(category)),
    )
    const cards = await Promise.all(
      touched.flatMap(({ cardId, categories: opened, secrets }) =>
        secrets === undefined
          ? []
          : [
              wrapFor(
                secrets.card,
                secrets.cloudShare,
                opened,
                async (category) => fresh.get(category) ?? newestKey(session, contents, category),
              ).then((wrappedCategoryKeys) => ({ cardId, wrappedCategoryKeys })),
            ],
      ),
    )
    return { keyRing, cards }
  })

/**
 * Makes a printed card worthless: strikes it from the signed manifest, so that no cloud can have it renewed or used, has the cloud
 * destroy its half, and starts a new epoch of what it opened, for a cloud that kept a copy; then removes the index entry.
 */
export const revokeCard = async (session: PatientSession, cardId: string): Promise<void> => {
  const card = (await listCards(session)).find((held) => held.cardId === cardId)
  const secrets = card?.secrets
  if (secrets !== undefined)
    await publishManifest(session, async (newest) => ({ listedCards: withoutCard(newest, secrets.hash) }))
  await callAsPatient(session, "patient/revoke-card", { cardId })
  if (secrets === undefined) return
  await startEpoch(session, card?.categories ?? [])
  await removeIndexEntry(session, secrets.card)
}
