import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"
import {
  type Origin,
  type StatedItem,
  type StatedSection,
  type StatedSummary,
  type Statement,
} from "../../../fhir/stated-summary.ts"
import { oneLine } from "../../../text/plain-text.ts"
import { Button } from "../parts/Button.tsx"
import { Combobox, type Option } from "../parts/Combobox.tsx"
import { Choice } from "../parts/Field.tsx"
import type { Chosen } from "../suggestions/suggested.ts"
import { sayStated } from "../summary/say.ts"
import { saying } from "../summary/saying.ts"
import { withParts } from "./fields.tsx"
import { changeStated, forgetTyped, stating, today, useForm } from "./form.ts"

/** Where a section stands in the whole. */
export interface Lens<T> {
  readonly get: (of: StatedSummary) => StatedSection<T>
  readonly put: (into: StatedSummary, section: StatedSection<T>) => StatedSummary
}

/** How one item is changed by its editor. */
export interface Editing<T> {
  readonly item: T
  /** The whole, with parts of this item changed; an undefined part is taken out. */
  readonly with: (parts: { readonly [K in keyof T]?: T[K] | undefined }) => (before: StatedSummary) => StatedSummary
  readonly change: (parts: { readonly [K in keyof T]?: T[K] | undefined }) => void
}

const itemsOf = <T,>(section: StatedSection<T>): readonly T[] => (section.state === "listed" ? section.items : [])
const listing = <T,>(items: readonly T[]): StatedSection<T> =>
  items.length === 0 ? { state: "not-stated" } : { state: "listed", items }

/** Whether two that state something are the same. */
const isSame = (one: Origin, other: Origin): boolean =>
  one.from === other.from && (one.from !== "professional" || (other.from === "professional" && one.name === other.name))

/** Who said it, where it wasn't who fills in the form; whoever changes it says it from then on. */
export const OtherOrigin = ({ statement }: { statement: Statement | undefined }) => {
  const { origin } = useForm()
  return statement === undefined || isSame(statement.origin, origin()) ? null : (
    <p class="small muted">{sayStated(statement, saying())}</p>
  )
}

/** A section of the form: what is stated, each with its editor, and a field to add another. */
export const ItemList = <T extends StatedItem>({
  title,
  lead,
  none,
  add,
  addHint,
  lens,
  stated,
  suggest,
  begin,
  nameOf,
  editor,
}: {
  title: string
  lead?: string
  /** The sentence that says expressly that there are none; absent: this section has no such sentence. */
  none?: string
  add: string
  addHint?: string
  lens: Lens<T>
  stated: StatedSummary
  suggest: (typed: string) => readonly Option<Chosen>[]
  begin: (item: StatedItem, chosen: Chosen) => T
  nameOf: (item: T) => string
  editor: (editing: Editing<T>) => ComponentChildren
}) => {
  const id = useId()
  const form = useForm()
  const { words: formWords } = form
  const { remove, asTyped } = formWords.value
  const section = lens.get(stated)
  const items = itemsOf(section)
  const changeItems = (to: (before: readonly T[]) => readonly T[]) =>
    changeStated(form, (before) => lens.put(before, listing(to(itemsOf(lens.get(before))))))
  const editing = (item: T): Editing<T> => {
    const changed: Editing<T>["with"] = (parts) => (before) =>
      lens.put(
        before,
        listing(
          itemsOf(lens.get(before)).map((each) =>
            each.id === item.id ? { ...withParts(each, parts), origin: form.origin(), on: today() } : each,
          ),
        ),
      )
    return { item, with: changed, change: (parts) => changeStated(form, changed(parts)) }
  }
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {lead !== undefined && <p class="small muted">{lead}</p>}
      {items.length > 0 && (
        <ul class="stack">
          {items.map((item) => (
            <li key={item.id} class="stated-item">
              <fieldset class="stack stack-s">
                <legend class="stated-name">{nameOf(item)}</legend>
                <OtherOrigin statement={item} />
                {editor(editing(item))}
                <div>
                  <Button
                    look="plain"
                    aria-label={`${remove}: ${nameOf(item)}`}
                    onClick={() => {
                      forgetTyped(form, item.id)
                      changeItems((before) => before.filter((each) => each.id !== item.id))
                    }}
                  >
                    {remove}
                  </Button>
                </div>
              </fieldset>
            </li>
          ))}
        </ul>
      )}
      <Combobox
        label={add}
        {...(addHint === undefined ? {} : { hint: addHint })}
        suggest={suggest}
        asTyped={(typed) => {
          const text = oneLine(typed)
          return { value: { what: { text, codes: [] } }, text, also: asTyped }
        }}
        onChoose={(chosen) => changeItems((before) => [...before, begin(stating(form), chosen)])}
      />
      {none !== undefined && items.length === 0 && (
        <Choice
          label={none}
          {...(section.state === "none-known" && !isSame(section.origin, form.origin())
            ? { hint: sayStated(section, saying()) }
            : {})}
          checked={section.state === "none-known"}
          onChecked={(checked) =>
            changeStated(form, (before) =>
              lens.put(
                before,
                checked ? { state: "none-known", origin: form.origin(), on: today() } : { state: "not-stated" },
              ),
            )
          }
        />
      )}
    </section>
  )
}
