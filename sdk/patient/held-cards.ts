import type { Category } from "../../contract/primitives.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { type Bytes, fromBase64url, fromUtf8 } from "../crypto/bytes.ts"
import { type Card, decodeCard } from "../crypto/card.ts"
import { openSealed } from "../crypto/envelope.ts"
import { orFail } from "../integrity.ts"
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
