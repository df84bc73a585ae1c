/** What a professional writes to propose a change of the patient's own summary, and the proposal it makes. */
import { proposedItem } from "../../fhir/check-proposed.ts"
import { type Change, isSingle, type Proposal, type ProposedItem } from "../../fhir/proposals.ts"
import { endedItem, saySame } from "../../fhir/read-proposals.ts"
import type { Named, StatedDose } from "../../fhir/stated-summary.ts"
import { oneLine } from "../../text/plain-text.ts"
import { amountTyped } from "../shared/dose-typed.ts"
import { dateTyped, isAhead } from "../shared/typed-date.ts"

type Section = ProposedItem["section"]

export const fieldNames = [
  "criticality",
  "reaction",
  "status",
  "dose",
  "reason",
  "since",
  "given",
  "due",
  "place",
  "lot",
  "bloodGroup",
  "kilograms",
  "note",
] as const
export type FieldName = (typeof fieldNames)[number]

/** What can be written of an item of each section. A directive is the patient's own: it can be said to be over, and no more. */
export const fieldsOf: Readonly<Record<Section, readonly FieldName[]>> = {
  allergies: ["criticality", "reaction", "status", "note"],
  medicines: ["dose", "status", "reason", "note"],
  illnesses: ["since", "place", "status", "note"],
  devices: ["since", "place", "note"],
  directives: [],
  vaccinations: ["given", "lot", "note"],
  pregnancy: ["status", "due"],
  bloodGroup: ["bloodGroup"],
  weight: ["kilograms", "note"],
}

/** How an item may stand that isn't over or refuted, for which there are changes of their own. */
export const statusesOf = {
  allergies: ["present", "unknown"],
  medicines: ["taking", "paused", "unknown"],
  illnesses: ["present", "unknown"],
  pregnancy: ["pregnant", "not-pregnant", "unknown"],
} as const satisfies Partial<Record<Section, readonly string[]>>

/** Sections to which a professional may propose to add something; of what there is one of, only where there is none yet. */
export const addable = [
  "allergies",
  "medicines",
  "illnesses",
  "devices",
  "vaccinations",
  "pregnancy",
  "bloodGroup",
  "weight",
] as const satisfies readonly Section[]

/** What is being written, as it stands in the fields; an empty field leaves what is there. `before`: the item that changes. */
export interface ChangeDraft {
  readonly change: Change
  readonly section: Section
  readonly id: string
  readonly before?: ProposedItem
  readonly what?: Named | undefined
  readonly category?: string | undefined
  readonly fields: Readonly<Partial<Record<FieldName, string>>>
  readonly because: string
}

export type Fault = FieldName | "what" | "nothing"
export type Written =
  | { readonly outcome: "proposal"; readonly proposal: Proposal }
  | { readonly outcome: "faults"; readonly faults: readonly Fault[] }

/** What is over or isn't so needs no fields. */
export const needsFields = ({ change }: Pick<ChangeDraft, "change">): boolean => change === "add" || change === "alter"

/** The changes that an item can be proposed to have. */
export const changesOf = (item: ProposedItem): Change[] => [
  ...(fieldsOf[item.section].length === 0 ? [] : ["alter" as const]),
  ...(["stop", "refute"] as const).filter((change) => {
    const ended = endedItem(item, change)
    return ended !== undefined && !saySame(ended, item)
  }),
]

const doseOf = (typed: string): StatedDose => {
  const amount = amountTyped(typed)
  return amount === undefined ? { asWritten: typed } : { amount }
}

const dated = (typed: string, now: Date): string | undefined => {
  const date = dateTyped(typed)
  return date === undefined || isAhead(date, now) ? undefined : date
}

/** The parts of an item by what stands in the fields; a field that says nothing of its kind is a fault. */
const partsOf = ({ fields, section }: ChangeDraft, now: Date, fault: (at: FieldName) => void): object => {
  const parts: { [name: string]: unknown } = {}
  const take = (name: FieldName, read: (typed: string) => object | undefined) => {
    const typed = oneLine(fields[name] ?? "")
    if (typed === "" || !fieldsOf[section].includes(name)) return
    const found = read(typed)
    if (found === undefined) fault(name)
    else Object.assign(parts, found)
  }
  const day = (name: FieldName) =>
    take(name, (typed) => {
      const date = dated(typed, now)
      return date === undefined ? undefined : { [name]: date }
    })
  for (const name of ["criticality", "status", "reason", "place", "lot", "note"] as const)
    take(name, (typed) => ({ [name]: typed }))
  take("reaction", (typed) => ({ reactions: [{ what: { text: typed, codes: [] } }] }))
  take("dose", (typed) => ({ doses: [doseOf(typed)] }))
  day("since")
  day("given")
  take("due", (typed) => {
    const due = dateTyped(typed)
    return due?.length === 10 ? { due } : undefined
  })
  take("bloodGroup", (typed) => {
    const [, abo, rhesus] = /^(AB|A|B|O)([+-])?$/.exec(typed) ?? []
    return abo === undefined ? undefined : { abo, rhesus }
  })
  take("kilograms", (typed) => {
    const kilograms = typed.replace(",", ".")
    return /^\d{1,3}(\.\d{1,3})?$/.test(kilograms) ? { kilograms } : undefined
  })
  return parts
}

const emptyOf: Readonly<Record<Section, object>> = {
  allergies: { status: "present", reactions: [] },
  medicines: { status: "taking", doses: [] },
  illnesses: { status: "present" },
  devices: { status: "present" },
  directives: {},
  vaccinations: { status: "given" },
  pregnancy: {},
  bloodGroup: {},
  weight: {},
}

/** What is needed before an item can be added. */
const neededOf: Readonly<Partial<Record<Section, FieldName>>> = {
  pregnancy: "status",
  bloodGroup: "bloodGroup",
  weight: "kilograms",
}

/** What doesn't hold any more where another state is proposed: an end of what goes on, a birth that nobody expects. */
const outdated = (section: Section, said: object): object => {
  const status: unknown = "status" in said ? said.status : undefined
  if (section === "illnesses" && status !== "past") return { until: undefined }
  if (section === "medicines" && status === "taking") return { until: undefined }
  return section === "pregnancy" && status !== "pregnant" ? { due: undefined } : {}
}

const withoutAbsent = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined))

/** The proposal that stands in the fields, or the fields that have to be mended. `author`: as their certificate names them. */
export const proposalOf = (draft: ChangeDraft, author: string, now: Date): Written => {
  const { change, section, before, what, category, id } = draft
  const because = oneLine(draft.because)
  const why = because === "" ? {} : { because }
  const by = { id, origin: { from: "professional", name: author }, on: now.toISOString().slice(0, 10) }
  if (change === "stop" || change === "refute") {
    const ended = before && endedItem(before, change)
    const item = ended && proposedItem(section, { ...ended.item, ...by })
    return item === undefined
      ? { outcome: "faults", faults: ["nothing"] }
      : { outcome: "proposal", proposal: { ...item, change, ...why } }
  }
  const faults: Fault[] = []
  if (change === "add" && !isSingle(section) && what === undefined) faults.push("what")
  const parts = partsOf(draft, now, (at) => faults.push(at))
  const needed = change === "add" ? neededOf[section] : undefined
  if (needed !== undefined && oneLine(draft.fields[needed] ?? "") === "") faults.push(needed)
  if (faults.length > 0) return { outcome: "faults", faults: [...new Set(faults)] }
  const named = change === "add" ? { what, category } : {}
  const said = { ...emptyOf[section], ...before?.item, ...named, ...parts, ...by }
  const item = proposedItem(section, withoutAbsent({ ...said, ...outdated(section, said) }))
  if (item === undefined) return { outcome: "faults", faults: fieldsOf[section].slice(0, 1) }
  return before !== undefined && saySame(item, before)
    ? { outcome: "faults", faults: ["nothing"] }
    : { outcome: "proposal", proposal: { ...item, change, ...why } }
}
