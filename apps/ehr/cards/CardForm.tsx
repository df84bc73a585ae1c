import { useState } from "preact/hooks"
import { lazy } from "preact-iso"
import { isCardName } from "../../../protocol/card.ts"
import { type Category, categories } from "../../../protocol/primitives.ts"
import { changeCard } from "../../../sdk/patient/change-card.ts"
import type { PatientCard } from "../../../sdk/patient/held-cards.ts"
import { oneLine } from "../../../text/plain-text.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Dialog } from "../../shared/parts/Dialog.tsx"
import { Choice, Field } from "../../shared/parts/Field.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { newCard } from "../card-actions.ts"
import { documents } from "../record-store.ts"
import { inCloud } from "../state.ts"
import { words } from "../words/words.ts"
import { categoryNames } from "./category-names.ts"
import { cardWords } from "./words.ts"

const Preview = lazy(async () => (await import("./Preview.tsx")).Preview)

/** How many documents a card of these categories opens; `undefined` where this device doesn't know the record yet. */
const countIn = (opened: readonly Category[]): number | undefined =>
  documents.value?.filter(({ descriptor }) => opened.includes(descriptor.category)).length

const Categories = ({
  chosen,
  onChosen,
  legend,
}: {
  chosen: readonly Category[]
  onChosen: (chosen: readonly Category[]) => void
  legend: string
}) => {
  const { categories: names, categoryHints } = sharedWords.value
  const { form } = cardWords.value
  return (
    <fieldset class="stack stack-s">
      <legend class="hidden-visually">{legend}</legend>
      {categories.map((category) => {
        const count = countIn([category])
        return (
          <Choice
            key={category}
            label={names[category]}
            hint={count === undefined ? categoryHints[category] : `${categoryHints[category]} ${form.count(count)}`}
            checked={chosen.includes(category)}
            onChecked={(checked) =>
              onChosen(categories.filter((each) => (each === category ? checked : chosen.includes(each))))
            }
          />
        )
      })}
    </fieldset>
  )
}

/** What a choice means, before it is made. */
const Meaning = ({ chosen, lost }: { chosen: readonly Category[]; lost: readonly Category[] }) => {
  const { card: says } = words.value
  const { form } = cardWords.value
  const count = countIn(chosen)
  if (chosen.length === 0)
    return (
      <Banner tone="warn">
        <p>{says.chooseOne}</p>
      </Banner>
    )
  return (
    <>
      {!chosen.includes("summary") && (
        <Banner tone="warn">
          <p>{says.needSummary}</p>
        </Banner>
      )}
      {lost.length > 0 && (
        <Banner tone="warn">
          <p>{form.loses(categoryNames(lost))}</p>
        </Banner>
      )}
      {count !== undefined && (
        <p class="strong" role="status">
          {form.opens(count, chosen.length)}
        </p>
      )}
    </>
  )
}

const PreviewOf = ({ chosen }: { chosen: readonly Category[] }) => {
  const [shown, setShown] = useState(false)
  return (
    <details class="panel" onToggle={({ currentTarget }) => setShown(currentTarget.open)}>
      <summary>{cardWords.value.form.preview}</summary>
      {shown && <Preview opened={chosen} />}
    </details>
  )
}

const firstChoice: readonly Category[] = ["summary", "medication"]

const Body = ({
  card,
  onClose,
  onDone,
}: {
  card?: PatientCard | undefined
  onClose: () => void
  onDone: () => void
}) => {
  const { card: says } = words.value
  const { form } = cardWords.value
  const before = card?.categories ?? []
  const [name, setName] = useState(card?.name ?? "")
  const [chosen, setChosen] = useState<readonly Category[]>(card === undefined ? firstChoice : before)
  const { busy, error, run } = useDeed()
  const called = oneLine(name)
  const isFaulty = !isCardName(called)
  const deed = async () => {
    if (card === undefined) await newCard({ categories: chosen, name: called })
    else await inCloud((by) => changeCard(by, card.cardId, { categories: chosen, name: called }))
    onDone()
  }
  return (
    <>
      <p>{card === undefined ? says.makeLead : form.changeLead}</p>
      <Categories chosen={chosen} onChosen={setChosen} legend={says.makeTitle} />
      <p class="small muted">{says.sensitiveNote}</p>
      <Field
        label={form.name}
        hint={form.nameHint}
        value={name}
        fault={isFaulty ? form.nameFault : undefined}
        autocomplete="off"
        onValue={setName}
      />
      <Meaning chosen={chosen} lost={before.filter((category) => !chosen.includes(category))} />
      {chosen.length > 0 && <PreviewOf chosen={chosen} />}
      <TroubleBanner error={error} />
      <div class="dialog-actions">
        <Button onClick={onClose}>{sharedWords.value.cancel}</Button>
        <Button look="main" busy={busy} disabled={chosen.length === 0 || isFaulty} onClick={() => run(deed)}>
          {card === undefined ? says.go : form.changeGo}
        </Button>
      </div>
    </>
  )
}

/** Asks what a card is to open and what it is called, and shows what that means; of a new card, or of one that is printed already. */
export const CardForm = ({
  open,
  ...body
}: {
  open: boolean
  card?: PatientCard
  onClose: () => void
  onDone: () => void
}) => (
  <Dialog open={open} title={words.value.card.makeTitle} onClose={body.onClose}>
    <Body {...body} />
  </Dialog>
)
