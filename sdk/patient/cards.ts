import type { Category } from "../../contract/primitives.ts"
import type { WrappedCategoryKey } from "../../contract/record.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import type { HriEntry } from "../../contract/statements.ts"
import { openIndex } from "../cloud.ts"
import { type Bytes, fromBase64url, fromUtf8, toBase64url, utf8 } from "../crypto/bytes.ts"
import {
  type Card,
  cardKey,
  categoryWrappingKey,
  decodeCard,
  deriveCardKeys,
  encodeCard,
  locatorHash,
  makeCard as newCard,
} from "../crypto/card.ts"
import { openSealed, sealTo, sealUnder } from "../crypto/envelope.ts"
import { type CategoryKey, nextEpoch } from "../crypto/key-ring.ts"
import { randomBytes, wrapKey } from "../crypto/primitives.ts"
import { signStatement } from "../crypto/statement.ts"
import { orFail } from "../integrity.ts"
import { stamp } from "../stamp.ts"
import { type Contents, publishManifest, readContents } from "./manifest.ts"
import { newestKey } from "./records.ts"
import { callAsPatient, type PatientSession, wholeList } from "./session.ts"

/** A card as its patient sees it; `text` is what the QR code holds, for printing it again. */
export interface PatientCard {
  readonly cardId: string
  readonly status: "active" | "revoked"
  readonly categories: readonly Category[]
  readonly createdAt: string
  /** Absent once revoked. */
  readonly secrets?: { readonly text: string; readonly card: Card; readonly cloudShare: Bytes }
}

type ListedCard = ResponseOf<"patient/list-cards">["cards"][number]

const openCard = async (
  { keys }: PatientSession,
  { cloudShare, sealed, ...listed }: ListedCard,
): Promise<PatientCard> => {
  if (listed.status === "revoked" || cloudShare === undefined || sealed === undefined) return listed
  return orFail("reply-invalid", async () => {
    const text = fromUtf8(await openSealed(keys.agreement.privateKey, sealed))
    const reading = decodeCard(text)
    if (reading.outcome !== "ok") throw new Error("no card")
    return { ...listed, secrets: { text, card: reading.card, cloudShare: fromBase64url(cloudShare) } }
  })
}

export const listCards = (session: PatientSession): Promise<PatientCard[]> =>
  wholeList(async (after) => {
    const { cards, next } = await callAsPatient(session, "patient/list-cards", { after })
    return { items: await Promise.all(cards.map((card) => openCard(session, card))), next }
  })

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

/** The last sequence used by this program, so that two statements of one millisecond still follow one another. */
let lastSequence = 0
const nextSequence = (): number => (lastSequence = Math.max(lastSequence + 1, Date.now()))

const signForIndex = async (session: PatientSession, hriId: string, own: object): Promise<string> =>
  signStatement({
    typ: "hri-entry",
    alg: "ES256",
    privateKey: session.keys.signing.privateKey,
    jwk: session.publicKeys.signing,
    payload: { aud: hriId, ...stamp(), sequence: nextSequence(), ...own },
  })

/** Writes the card's entry into its HRI: where the record is, and, as a witness, which manifest is the newest. */
const putIndexEntry = async (
  session: PatientSession,
  cardId: string,
  card: Card,
  { manifest }: Contents,
): Promise<void> => {
  const { cloud, patientId } = session
  const index = await openIndex(card.hri)
  const { entryKey } = await deriveCardKeys(card.secret)
  const entry: HriEntry = {
    cloud: cloud.api.address,
    cloudId: cloud.cloudId,
    patientId,
    cardId,
    manifest: { number: manifest.number, hash: manifest.hash },
  }
  const statement = await signForIndex(session, index.hriId, {
    action: "put",
    locatorHash: await locatorHash(card.locator),
    entry: await sealUnder(entryKey, utf8(JSON.stringify(entry))),
  })
  await index.api.call("hri/put-entry", { statement })
}

const removeIndexEntry = async (session: PatientSession, card: Card): Promise<void> => {
  const index = await openIndex(card.hri)
  const statement = await signForIndex(session, index.hriId, {
    action: "remove",
    locatorHash: await locatorHash(card.locator),
  })
  await index.api.call("hri/remove-entry", { statement })
}

/** Tells the HRI of the newest manifest, for every card in force. Repeating it does no harm. */
export const updateWitnesses = async (session: PatientSession): Promise<void> => {
  const contents = await readContents(session)
  for (const { cardId, secrets } of await listCards(session))
    if (secrets !== undefined) await putIndexEntry(session, cardId, secrets.card, contents)
}

export const removeIndexEntries = async (session: PatientSession): Promise<void> => {
  for (const { secrets } of await listCards(session))
    if (secrets !== undefined) await removeIndexEntry(session, secrets.card)
}

/**
 * Makes an emergency card that opens these categories. `hri`: the address of the index, printed on the card. The
 * cloud keeps a half that opens nothing; the other half is in `text` alone, which goes into the QR code.
 */
export const makeCard = async (
  session: PatientSession,
  { hri, categories }: { hri: string; categories: readonly Category[] },
): Promise<{ cardId: string; text: string }> => {
  const contents = await readContents(session)
  const card = newCard({ fingerprint: session.fingerprint, hri })
  const text = encodeCard(card)
  const cardId = toBase64url(randomBytes(16))
  const cloudShare = randomBytes(32)
  await callAsPatient(session, "patient/make-card", {
    cardId,
    proofKey: toBase64url((await deriveCardKeys(card.secret)).proofKey),
    cloudShare: toBase64url(cloudShare),
    wrappedCategoryKeys: await wrapFor(card, cloudShare, categories, (category) =>
      newestKey(session, contents, category),
    ),
    sealed: await sealTo(session.publicKeys.agreement, utf8(text)),
  })
  await putIndexEntry(session, cardId, card, contents)
  return { cardId, text }
}

/** Makes a printed card worthless: the cloud's half first, then the index entry. */
export const revokeCard = async (session: PatientSession, cardId: string): Promise<void> => {
  const revoked = (await listCards(session)).find((card) => card.cardId === cardId)
  await callAsPatient(session, "patient/revoke-card", { cardId })
  if (revoked?.secrets !== undefined) await removeIndexEntry(session, revoked.secrets.card)
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
    const touched = (await listCards(session)).filter((card) => card.categories.some((category) => fresh.has(category)))
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
