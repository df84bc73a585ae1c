import { useEffect, useState } from "preact/hooks"
import { frontAddress } from "../../../protocol/card-front.ts"
import type { CardSecrets, PatientCard } from "../../../sdk/patient/held-cards.ts"
import { readConfig } from "../../shared/config.ts"
import { cardBack, cardFront } from "../card-picture.ts"
import { words } from "../words/words.ts"
import { categoryNames } from "./category-names.ts"

interface Shown {
  readonly card: Pick<PatientCard, "categories" | "openPart">
  readonly secrets: Pick<CardSecrets, "text" | "front">
}

interface Sides {
  readonly front?: string
  readonly back: string
}

/** The sides of a card as pictures. The front leads to the card page, where the site has one whose address can be printed. */
const picturesOf = async (
  { categories: opened, openPart }: Shown["card"],
  { text, front }: Shown["secrets"],
): Promise<Sides> => {
  const { card: page, hcp } = await readConfig()
  const back = URL.createObjectURL(cardBack(text, opened, hcp))
  if (page === undefined) return { back }
  return { front: URL.createObjectURL(cardFront(frontAddress(front, page), openPart?.said)), back }
}

/** A card as it is printed. */
export const CardPicture = ({ card, secrets }: Shown) => {
  const [sides, setSides] = useState<Sides>()
  const { card: says } = words.value
  useEffect(() => {
    let left = false
    let made: Sides | undefined
    const revoke = () => {
      for (const url of [made?.front, made?.back]) if (url !== undefined) URL.revokeObjectURL(url)
    }
    const draw = async () => {
      made = await picturesOf(card, secrets)
      if (left) revoke()
      else setSides(made)
    }
    void draw()
    return () => {
      left = true
      revoke()
    }
  }, [card, says])
  if (sides === undefined) return null
  return (
    <div class={sides.front === undefined ? "card-sheet" : "card-sheet card-sheet-both"}>
      {sides.front !== undefined && <img class="card-picture" src={sides.front} alt={says.frontAlt} />}
      <img
        class="card-picture"
        src={sides.back}
        alt={`${says.alt}. ${says.opensLine(categoryNames(card.categories))}`}
      />
      <span class="cut-marks" aria-hidden="true" />
    </div>
  )
}
