import type { ComponentChildren } from "preact"
import { useEffect, useMemo, useRef } from "preact/hooks"
import type { SummaryItem } from "../../../fhir/item.ts"
import type { Offered, Standing } from "../../../fhir/offers.ts"
import { isSingle, putItem } from "../../../fhir/proposals.ts"
import { emptyStated } from "../../../fhir/stated-summary.ts"
import { Button } from "../../shared/parts/Button.tsx"
import { Item } from "../../shared/summary/SummaryView.tsx"
import { sayLabel, sayStated } from "../../shared/summary/say.ts"
import { saying } from "../../shared/summary/saying.ts"
import { shownItems } from "../../shared/summary/shown-items.ts"
import { proposalWords } from "../../shared/words/proposals.ts"
import { language } from "../../shared/words.ts"
import { offerWords } from "./words.ts"

/**
 * One thing that is offered, and what the patient does with it. When it is decided, the focus goes to what takes that back. `outcomes`: what is said of
 * what was decided.
 */
export const Choosing = ({
  name,
  decided,
  onUndo,
  actions,
  outcomes = { taken: offerWords.value.taken, left: offerWords.value.leftOne },
  children,
}: {
  name: string
  decided: "taken" | "left" | undefined
  outcomes?: { readonly taken: string; readonly left: string }
  onUndo: () => void
  actions: readonly (readonly [label: string, act: () => void])[]
  children: ComponentChildren
}) => {
  const { undo } = offerWords.value
  const row = useRef<HTMLDivElement>(null)
  const was = useRef(decided)
  useEffect(() => {
    if (was.current !== decided) row.current?.querySelector("button")?.focus()
    was.current = decided
  }, [decided])
  return (
    <li class="panel" aria-label={name}>
      <div class="stack stack-s">
        {children}
        <div class="row" ref={row}>
          {decided === undefined ? (
            actions.map(([label, act]) => (
              <Button key={label} aria-label={`${label}: ${name}`} onClick={act}>
                {label}
              </Button>
            ))
          ) : (
            <>
              <span class={decided === "taken" ? "badge badge-good" : "badge"}>{outcomes[decided]}</span>
              <Button look="plain" aria-label={`${undo}: ${name}`} onClick={onUndo}>
                {undo}
              </Button>
            </>
          )}
        </div>
      </div>
    </li>
  )
}

/** What the summary says beside what the document says. */
export const Sides = ({
  ours,
  none,
  children,
}: {
  ours: readonly SummaryItem[]
  none: string
  children: ComponentChildren
}) => {
  const { yours, theirs } = offerWords.value
  return (
    <div class="sides">
      <div>
        <p class="small muted">{yours}</p>
        {ours.length === 0 ? (
          <p>{none}</p>
        ) : (
          ours.map((item) => (
            <div key={item.source}>
              <ul>
                <Item item={item} />
              </ul>
              {item.statement !== undefined && <p class="small muted">{sayStated(item.statement, saying())}</p>}
            </div>
          ))
        )}
      </div>
      <div>
        <p class="small muted">{theirs}</p>
        {children}
      </div>
    </div>
  )
}

const Theirs = ({ offer }: { offer: Offered }) => {
  const { incomplete } = offerWords.value
  const { source, item, isIncomplete } = offer
  const { value: spoken } = language
  const taken = useMemo(
    () => (isIncomplete ? shownItems(putItem(emptyStated(spoken, item.on), offer, item)).get(item.id) : undefined),
    [offer, spoken],
  )
  return (
    <>
      <ul>
        <Item item={source} />
      </ul>
      {taken !== undefined && (
        <>
          <p class="small strong">{incomplete}</p>
          <ul>
            <Item item={taken} />
          </ul>
        </>
      )}
      <p class="small muted">{sayStated(item, saying())}</p>
    </>
  )
}

export const nameOfOffer = ({ section, source }: Offered): string =>
  `${proposalWords.value.sections[section]}: ${sayLabel(source, saying())}`

/** `standing`: how it stands to the draft as it is now. `replaces`: the id of ours in whose place it goes; absent: beside what is there. */
export const OfferedItem = ({
  offer,
  standing,
  ours,
  decided,
  onTake,
  onLeave,
  onUndo,
}: {
  offer: Offered
  standing: Standing
  ours: readonly SummaryItem[]
  decided: "taken" | "left" | undefined
  onTake: (replaces?: string) => void
  onLeave: () => void
  onUndo: () => void
}) => {
  const { sections } = proposalWords.value
  const { take, replace, beside, leave, noneInYours, same } = offerWords.value
  const { says, concerns } = standing
  const [only, another] = concerns
  const leaving = [leave, onLeave] as const
  const replacing = only === undefined || another !== undefined ? [] : [[replace, () => onTake(only)] as const]
  const adding = isSingle(offer.section) ? [] : [[beside, () => onTake()] as const]
  const actions =
    says === "same"
      ? []
      : concerns.length === 0
        ? [[take, () => onTake()] as const, leaving]
        : [...replacing, ...adding, leaving]
  const conflicts = decided !== "taken" && says === "differs"
  return (
    <Choosing name={nameOfOffer(offer)} decided={decided} onUndo={onUndo} actions={actions}>
      <p class="small muted">{sections[offer.section]}</p>
      {conflicts ? (
        <Sides ours={ours} none={noneInYours}>
          <Theirs offer={offer} />
        </Sides>
      ) : (
        <Theirs offer={offer} />
      )}
      {decided === undefined && says === "same" && <p class="small">{same(1)}</p>}
    </Choosing>
  )
}
