/** The secrets of the patient's cards on this device, sealed to it. */
import { type Card, decodeCard, encodeCard } from "../../protocol/card.ts"
import { type CardFront, frontOf } from "../../protocol/card-front.ts"
import { type Bytes, fromUtf8, utf8 } from "../../protocol/crypto/bytes.ts"
import { orFail } from "../../protocol/integrity.ts"
import { openSealed, sealTo } from "../../protocol/sealing.ts"
import { deviceInfo } from "./kept.ts"
import type { PatientSession, RememberedCard, RememberedFront } from "./session.ts"

export const rememberedCards = ({ memory }: PatientSession): Record<string, RememberedCard> => (memory.cards ??= {})

/** Keeps a card's secret on this device, sealed, so that its witness needs nothing of the cloud. */
export const rememberCard = async (session: PatientSession, cardId: string, card: Card): Promise<void> => {
  const cards = rememberedCards(session)
  if (cards[cardId] !== undefined) return
  const info = await deviceInfo(session, `card/${cardId}`)
  cards[cardId] = { sealed: await sealTo(session.keys.sealing.publicKey, info, utf8(encodeCard(card))), witnessed: 0 }
}

export const openRemembered = (session: PatientSession, cardId: string, { sealed }: RememberedCard): Promise<Card> =>
  orFail("record-unreadable", async () => {
    const opened = await openSealed(session.keys.sealing, await deviceInfo(session, `card/${cardId}`), sealed)
    const reading = decodeCard(fromUtf8(opened))
    if (reading.outcome !== "ok") throw new Error("no card")
    return reading.card
  })

/** Keeps the secret of a remembered card's front. */
export const rememberFront = async (session: PatientSession, cardId: string, secret: Bytes): Promise<void> => {
  if (rememberedCards(session)[cardId]?.front !== undefined) return
  const info = await deviceInfo(session, `front/${cardId}`)
  const sealed = await sealTo(session.keys.sealing.publicKey, info, secret)
  const card = rememberedCards(session)[cardId]
  if (card !== undefined) rememberedCards(session)[cardId] = { ...card, front: { sealed, told: -1 } }
}

export const openFront = (session: PatientSession, cardId: string, { sealed }: RememberedFront): Promise<CardFront> =>
  orFail("record-unreadable", async () => {
    const secret = await openSealed(session.keys.sealing, await deviceInfo(session, `front/${cardId}`), sealed)
    return frontOf({ fingerprint: session.fingerprint, secret })
  })
