import { useMemo } from "preact/hooks"
import type { SummaryItem } from "../../../fhir/item.ts"
import { type Proposal, type ProposedItem, putItem } from "../../../fhir/proposals.ts"
import { emptyStated, type Statement } from "../../../fhir/stated-summary.ts"
import { proposalWords } from "../words/proposals.ts"
import { language } from "../words.ts"
import { Item } from "./SummaryView.tsx"
import { sayLabel, sayStated } from "./say.ts"
import { saying } from "./saying.ts"
import { shownItems } from "./shown-items.ts"

/** An item as it stands, or would stand, in a summary of its own, by whoever states it. */
const shownItem = (of: ProposedItem, by: Statement = of.item): SummaryItem | undefined =>
  shownItems(putItem(emptyStated(language.value, by.on), of, by)).get(of.item.id)

/** What an item is called: `Medicine: Warfarin`. */
export const nameOfItem = (of: ProposedItem): string => {
  const shown = shownItem(of)
  const kind = proposalWords.value.sections[of.section]
  return shown === undefined ? kind : `${kind}: ${sayLabel(shown, saying())}`
}

/** An item with who states it: whom it names itself, or `by`. `undefined`: there is none. */
export const StatedItemView = ({ of, by }: { of: ProposedItem | undefined; by?: Statement | undefined }) => {
  const { value: spoken } = language
  const shown = useMemo(() => of && shownItem(of, by), [of, by?.on, spoken])
  if (shown === undefined) return <p>{proposalWords.value.nothing}</p>
  return (
    <>
      <ul>
        <Item item={shown} />
      </ul>
      {of !== undefined && <p class="small muted">{sayStated(by ?? of.item, saying())}</p>}
    </>
  )
}

const Side = ({ title, of, by }: { title: string; of: ProposedItem | undefined; by?: Statement | undefined }) => (
  <div>
    <p class="small muted">{title}</p>
    <StatedItemView of={of} by={by} />
  </div>
)

/** What a proposal changes: before, after, why. `seen`: as the professional saw it, where that is not how it is now. `by`: who proposes it. */
export const ProposalSides = ({
  proposal,
  now,
  seen,
  by,
}: {
  proposal: Proposal
  now: ProposedItem | undefined
  by?: Statement | undefined
  seen?: ProposedItem | undefined
}) => {
  const says = proposalWords.value
  const { because, change } = proposal
  return (
    <>
      <p class="row">
        <span class="badge">{says.changes[change]}</span>
      </p>
      <div class="sides">
        <Side title={says.before} of={now} />
        {seen !== undefined && <Side title={says.seen} of={seen} />}
        <Side title={says.after} of={proposal} by={by} />
      </div>
      {because !== undefined && <p>{says.because(because)}</p>}
    </>
  )
}
