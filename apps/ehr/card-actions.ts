import type { Category } from "../../protocol/primitives.ts"
import { makeCard, revokeCard } from "../../sdk/patient/cards.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { readConfig } from "../shared/config.ts"
import { inCloud } from "./state.ts"

export const newCard = async (opened: readonly Category[]): Promise<void> => {
  const { hri } = await readConfig()
  await inCloud((by) => makeCard(by, { hri, categories: opened }))
}

/** Revokes a card that somebody has used whom its patient didn't want to, then makes another that opens the same; one that is revoked already stays so. */
export const replaceUsedCard = async (cardId: string): Promise<void> => {
  const card = (await inCloud(listCards)).find((each) => each.cardId === cardId && each.status === "active")
  if (card === undefined) return
  await inCloud((by) => revokeCard(by, cardId))
  await newCard(card.categories)
}
