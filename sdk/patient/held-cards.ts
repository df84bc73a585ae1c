import type { ResponseOf } from "../../contract/routes.ts"
import { type Card, decodeCard, deriveCardKeys } from "../../protocol/card.ts"
import { type Bytes, fromBase64url, fromUtf8, toBase64url } from "../../protocol/crypto/bytes.ts"
import { openSealed } from "../../protocol/crypto/envelope.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { cardHash } from "../../protocol/manifest.ts"
import type { Category } from "../../protocol/primitives.ts"
import { type Contents, readContents } from "./manifest.ts"
import { callAsPatient, type PatientSession, wholeList } from "./session.ts"

/** A card as its patient sees it; `text` is what the QR code holds, for printing it again. */
export interface PatientCard {
  readonly cardId: string
  /**
   * `active`: the patient's signed manifest lists it. `unlisted`: the cloud holds it, but it isn't listed: its making or its revocation was
   * interrupted (`revokeCard` ends it), or it is none of the patient's. It is given no key.
   */
  readonly status: "active" | "revoked" | "unlisted"
  /** Signed where `active`; else the cloud's word. */
  readonly categories: readonly Category[]
  /** The cloud's word. */
  readonly createdAt: string
  /** Of an active card alone. `hash`: as the manifest lists it. */
  readonly secrets?: {
    readonly text: string
    readonly card: Card
    readonly cloudShare: Bytes
    readonly hash: string
  }
}

type ListedCard = ResponseOf<"patient/list-cards">["cards"][number]

const openCard = async (
  { keys, fingerprint }: PatientSession,
  { manifest }: Contents,
  { cloudShare, sealed, ...listed }: ListedCard,
): Promise<PatientCard> => {
  if (listed.status === "revoked" || cloudShare === undefined || sealed === undefined)
    return { ...listed, status: "revoked" }
  return orFail("reply-invalid", async () => {
    const text = fromUtf8(await openSealed(keys.agreement.privateKey, sealed))
    const reading = decodeCard(text)
    if (reading.outcome !== "ok" || reading.card.fingerprint !== fingerprint) throw new Error("no card of theirs")
    const { card } = reading
    // Anybody can seal a card to the patient, the cloud first of all: only what the patient's manifest lists is theirs.
    const { cardId, categories } = listed
    const proofKey = toBase64url((await deriveCardKeys(card.secret)).proofKey)
    const hash = await cardHash({ cardId, categories, cloudShare, proofKey })
    if (manifest.claims.cards?.includes(hash) !== true) return { ...listed, status: "unlisted" }
    return { ...listed, secrets: { text, card, cloudShare: fromBase64url(cloudShare), hash } }
  })
}

/** The patient's cards; every one the manifest lists is among them. */
export const listCards = async (session: PatientSession, contents?: Contents): Promise<PatientCard[]> => {
  const signed = contents ?? (await readContents(session))
  const cards = await wholeList(async (after) => {
    const page = await callAsPatient(session, "patient/list-cards", { after })
    return { items: await Promise.all(page.cards.map((card) => openCard(session, signed, card))), next: page.next }
  })
  const active = cards.flatMap(({ secrets }) => secrets?.hash ?? [])
  const doubled = new Set(cards.map(({ cardId }) => cardId)).size !== cards.length
  if (doubled || active.length !== (signed.manifest.claims.cards ?? []).length)
    throw new IntegrityFailure("cards-differ")
  return cards
}
