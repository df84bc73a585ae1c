import type { Category } from "../../protocol/primitives.ts"
import { makeCard, revokeCard } from "../../sdk/patient/cards.ts"
import { listCards, type PatientCard } from "../../sdk/patient/held-cards.ts"
import { setOpenPart } from "../../sdk/patient/open-part.ts"
import { readConfig } from "../shared/config.ts"
import { inCloud } from "./state.ts"

export const newCard = async (wanted: { categories: readonly Category[]; name: string }): Promise<void> => {
  const { hri } = await readConfig()
  await inCloud((by) => makeCard(by, { hri, ...wanted }))
}

/** Another card that opens the same, is called the same, and says the same to anybody. */
const remakeCard = async ({ categories, name = "", openPart }: PatientCard): Promise<void> => {
  const { hri } = await readConfig()
  await inCloud(async (by) => {
    const { cardId } = await makeCard(by, { hri, categories, name })
    if (openPart?.said !== undefined) await setOpenPart(by, cardId, openPart.said)
  })
}

/** Makes another card like this one, then revokes this. */
export const replaceCard = async (card: PatientCard): Promise<void> => {
  await remakeCard(card)
  await inCloud((by) => revokeCard(by, card.cardId))
}

/** Revokes a card that somebody has used whom its patient didn't want to, then makes another like it; one that is revoked already stays so. */
export const replaceUsedCard = async (cardId: string): Promise<void> => {
  const card = (await inCloud(listCards)).find((each) => each.cardId === cardId && each.status === "active")
  if (card === undefined) return
  await inCloud((by) => revokeCard(by, cardId))
  await remakeCard(card)
}
