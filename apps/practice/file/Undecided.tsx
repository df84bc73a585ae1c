import type { ComponentChildren } from "preact"
import { itemsIn, type ProposedItem } from "../../../fhir/proposals.ts"
import { statedSections } from "../../../fhir/stated-summary.ts"
import type { Side } from "../../../sdk/practice/three-way-merge.ts"
import { formatFhirDate } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { nameOfItem, StatedItemView } from "../../shared/summary/ProposalSides.tsx"
import { localDay } from "../../shared/typed-date.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { proposalWords } from "../../shared/words/proposals.ts"
import { language } from "../../shared/words.ts"
import { inPractice } from "../state.ts"
import { words } from "../words/words.ts"
import { factsIn, type Open, type Version } from "./content.ts"
import { decide } from "./save.ts"
import { patientWords } from "./words.ts"

/** A version that says nothing but one side. */
const versionOf = (open: Open, value: unknown): Version =>
  open.kind === "field"
    ? { fields: { [open.name]: { settled: value } }, lists: {} }
    : {
        fields: {},
        lists: { [open.list]: [{ settled: { id: open.id, ...(typeof value === "object" ? value : {}) } }] },
      }

/** What a side says, where it is something that a summary states. */
const statedOn = (open: Open, side: Side<unknown>): ProposedItem | undefined => {
  if (!("is" in side)) return undefined
  try {
    const [item] = itemsIn(factsIn(versionOf(open, side.is), language.value, localDay(new Date())).stated)
    return item
  } catch {
    return undefined
  }
}

/** All texts of a value, in their order: of what no summary states. */
const textsIn = (value: unknown): string[] => {
  if (typeof value === "string") return [/^\d{4}(?:-\d\d){0,2}$/.test(value) ? formatFhirDate(value) : value]
  if (typeof value === "number") return [String(value)]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => (name === "id" || name === "data" ? [] : textsIn(part)))
}

const sectionOf = (open: Open) =>
  open.kind === "field" ? statedSections.find((section) => open.name === `${section}.none`) : undefined

const isSex = (text: unknown): text is keyof typeof words.value.person.sexes =>
  typeof text === "string" && Object.hasOwn(words.value.person.sexes, text)

/** A side in words. */
const SideView = ({ open, side }: { open: Open; side: Side<unknown> }): ComponentChildren => {
  const { open: says } = patientWords.value
  if (sectionOf(open) !== undefined) return <p>{"is" in side ? says.noneSaid : says.listed}</p>
  if (!("is" in side)) return <p>{says.gone}</p>
  const stated = statedOn(open, side)
  if (stated !== undefined) return <StatedItemView of={stated} />
  if (isSex(side.is)) return <p class="strong">{words.value.person.sexes[side.is]}</p>
  return <p class="strong">{textsIn(side.is).join(" · ")}</p>
}

const nameOf = (open: Open): string => {
  const { open: says } = patientWords.value
  const section = sectionOf(open)
  if (section !== undefined) return says.none(proposalWords.value.sections[section])
  for (const side of [...open.undecided.between, open.undecided.before]) {
    const stated = statedOn(open, side)
    if (stated !== undefined) return nameOfItem(stated)
  }
  const name = open.kind === "field" ? open.name.replace(/^person\./, "") : ""
  return new Map<string, string>(Object.entries(says.fields)).get(name) ?? says.other
}

const keyOf = (open: Open): string => (open.kind === "field" ? open.name : `${open.list}/${open.id}`)

const One = ({ fileId, open, isFixed }: { fileId: string; open: Open; isFixed: boolean }) => {
  const { open: says } = patientWords.value
  const { busy, error, run } = useDeed()
  const name = nameOf(open)
  const { before, between } = open.undecided
  return (
    <section class="stack stack-s" aria-label={name}>
      <h3>{name}</h3>
      <div class="sides">
        {between.map((side, i) => (
          <div key={i} class="stack stack-s">
            <p class="small muted">{says.one(i + 1)}</p>
            <SideView open={open} side={side} />
            {!isFixed && (
              <div class="no-print">
                <Button
                  busy={busy}
                  aria-label={`${says.take}: ${says.one(i + 1)}, ${name}`}
                  onClick={() => run(() => inPractice((practice) => decide(practice, fileId, open, side)))}
                >
                  {says.take}
                </Button>
              </div>
            )}
          </div>
        ))}
      </div>
      {sectionOf(open) === undefined && (
        <details>
          <summary>{says.before}</summary>
          {"is" in before ? <SideView open={open} side={before} /> : <p>{says.nothing}</p>}
        </details>
      )}
      <TroubleBanner error={error} />
    </section>
  )
}

/** What two changed at once, each otherwise: both are shown, and neither is taken for the one that holds. */
export const Undecided = ({
  fileId,
  open,
  isFixed = false,
}: {
  fileId: string
  open: readonly Open[]
  /** Of an earlier version, in which nothing is decided any more. */
  isFixed?: boolean
}) => {
  const { open: says } = patientWords.value
  if (open.length === 0) return null
  return (
    <Banner tone="bad" title={says.title(open.length)}>
      <p>{says.text}</p>
      {open.map((each) => (
        <One key={keyOf(each)} fileId={fileId} open={each} isFixed={isFixed} />
      ))}
    </Banner>
  )
}
