import { useEffect, useState } from "preact/hooks"
import { formatMoment } from "../../shared/format.ts"
import { CardPicture } from "./CardPicture.tsx"
import { CardPrint } from "./CardPrint.tsx"
import { readKeptCards } from "./kept-cards.ts"
import { titleOf } from "./names.ts"
import { cardWords } from "./words.ts"

/** The cards that lie on this device, while the cloud can't be asked: shown, printed, and taken to the lock screen. */
export const KeptCards = () => {
  const { kept: says } = cardWords.value
  const [kept, setKept] = useState<Awaited<ReturnType<typeof readKeptCards>>>()
  useEffect(() => {
    let wanted = true
    readKeptCards().then(
      (found) => wanted && setKept(found),
      // What can't be opened is as if it weren't there: the cloud has it.
      () => undefined,
    )
    return () => {
      wanted = false
    }
  }, [])
  if (kept === undefined || kept.cards.length === 0) return null
  return (
    <section class="stack" aria-label={says.title}>
      <h2 class="no-print">{says.title}</h2>
      <p class="no-print">{says.asOf(formatMoment(kept.at))}</p>
      {kept.cards.map((card) => (
        <article key={card.cardId} class="panel card-panel" aria-label={titleOf(card)}>
          <h3 class="no-print item">{titleOf(card)}</h3>
          <CardPicture card={card} secrets={card.secrets} />
          <CardPrint secrets={card.secrets} />
        </article>
      ))}
    </section>
  )
}
