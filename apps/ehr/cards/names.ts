import { signal } from "@preact/signals"
import { listCards, type PatientCard } from "../../../sdk/patient/held-cards.ts"
import { formatDate } from "../../shared/format.ts"
import { inCloud } from "../state.ts"
import { cardWords } from "./words.ts"

/** What the patient calls their active cards, by id, as far as this page has asked for them. */
export const cardNames = signal<Readonly<Record<string, string>>>({})

export const learnNames = (cards: readonly PatientCard[]): void => {
  const named = cards.flatMap(({ cardId, name }) => (name === undefined ? [] : [[cardId, name] as const]))
  cardNames.value = { ...cardNames.value, ...Object.fromEntries(named) }
}

/** Asks for the name of a card that isn't known. A name that can't be had is left out. */
export const askForName = async (cardId: string): Promise<void> => {
  if (Object.hasOwn(cardNames.value, cardId)) return
  await inCloud(listCards).then(learnNames, () => undefined)
}

/** What a card is called on the screen. */
export const titleOf = ({ name = "", createdAt }: Pick<PatientCard, "name" | "createdAt">): string =>
  name === "" ? cardWords.value.unnamed(formatDate(createdAt)) : name
