import { checkStated } from "./check-stated.ts"
import type {
  StatedAllergy,
  StatedBloodGroup,
  StatedDevice,
  StatedDirective,
  StatedIllness,
  StatedItem,
  StatedMedicine,
  StatedPregnancy,
  StatedSection,
  StatedSummary,
  StatedVaccination,
  StatedWeight,
  Statement,
} from "./stated-summary.ts"

/** An item with its section. */
export type ProposedItem =
  | { readonly section: "allergies"; readonly item: StatedAllergy }
  | { readonly section: "medicines"; readonly item: StatedMedicine }
  | { readonly section: "illnesses"; readonly item: StatedIllness }
  | { readonly section: "devices"; readonly item: StatedDevice }
  | { readonly section: "directives"; readonly item: StatedDirective }
  | { readonly section: "vaccinations"; readonly item: StatedVaccination }
  | { readonly section: "pregnancy"; readonly item: StatedPregnancy }
  | { readonly section: "bloodGroup"; readonly item: StatedBloodGroup }
  | { readonly section: "weight"; readonly item: StatedWeight }

/**
 * One change of a summary that somebody proposes. `item`: as it would be; its id is the one that changes, or a new one where it is added. What is
 * stopped or refuted keeps its place, with the status that says so: nothing disappears. `because`: why, in a line.
 */
export type Proposal = ProposedItem & { readonly change: Change; readonly because?: string }
export const changes = ["add", "alter", "stop", "refute"] as const
export type Change = (typeof changes)[number]

/** `gone`: the item isn't there any more. `there`: it was added already. `contradicts`: the item doesn't say what the change does. */
export type AppliedProposals =
  | { readonly outcome: "applied"; readonly stated: StatedSummary }
  | { readonly outcome: "refused"; readonly because: "gone" | "there" | "contradicts" | "invalid"; readonly id: string }

const statuses: Readonly<Record<Change, readonly string[] | undefined>> = {
  add: undefined,
  alter: undefined,
  stop: ["past", "stopped", "removed", "revoked", "not-pregnant"],
  refute: ["refuted", "not-taken", "not-given"],
}

/** Every item of a summary that can be proposed, with its section. */
export const itemsIn = (stated: StatedSummary): ProposedItem[] => {
  const { pregnancy, bloodGroup, weight } = stated
  return [
    ...listed(stated.allergies).map((item) => ({ section: "allergies" as const, item })),
    ...listed(stated.medicines).map((item) => ({ section: "medicines" as const, item })),
    ...listed(stated.illnesses).map((item) => ({ section: "illnesses" as const, item })),
    ...listed(stated.devices).map((item) => ({ section: "devices" as const, item })),
    ...listed(stated.directives).map((item) => ({ section: "directives" as const, item })),
    ...listed(stated.vaccinations).map((item) => ({ section: "vaccinations" as const, item })),
    ...(pregnancy === undefined ? [] : [{ section: "pregnancy" as const, item: pregnancy }]),
    ...(bloodGroup === undefined ? [] : [{ section: "bloodGroup" as const, item: bloodGroup }]),
    ...(weight === undefined ? [] : [{ section: "weight" as const, item: weight }]),
  ]
}

const listed = <T>(section: StatedSection<T>): readonly T[] => (section.state === "listed" ? section.items : [])

/** What there is at most one of. */
export const isSingle = (section: ProposedItem["section"]): boolean =>
  section === "pregnancy" || section === "bloodGroup" || section === "weight"

/** The item that a proposal would change, as it is; absent where it is added, or isn't there any more. */
export const itemBefore = (stated: StatedSummary, { section, item }: ProposedItem): ProposedItem | undefined =>
  itemsIn(stated).find((one) => one.section === section && one.item.id === item.id)

/**
 * A summary with the changes that the patient approved, all or none. `by`: who really proposed them, and when; it becomes the origin of every changed
 * item, whatever the proposal says of itself. What comes out has passed `checkStated`; the patient confirms it by signing the next version.
 */
export function applyProposals(stated: StatedSummary, approved: readonly Proposal[], by: Statement): AppliedProposals {
  let result = stated
  for (const proposal of approved) {
    const { change, item } = proposal
    const wanted = statuses[change]
    if (wanted !== undefined && !("status" in item && wanted.includes(item.status)))
      return { outcome: "refused", because: "contradicts", id: item.id }
    const { section } = proposal
    // Of what there is one of, another is no addition.
    const ours = itemsIn(result).filter((one) => one.section === section)
    const isThere = ours.some((one) => one.item.id === item.id || (change === "add" && isSingle(section)))
    if (isThere === (change === "add")) return { outcome: "refused", because: isThere ? "there" : "gone", id: item.id }
    result = putItem(result, proposal, by)
    if (checkStated(result).outcome === "refused") return { outcome: "refused", because: "invalid", id: item.id }
  }
  return { outcome: "applied", stated: result }
}

/** A summary with an item in the place of the one of its id, or as the last of its section; `by` is its origin. */
export function putItem(stated: StatedSummary, proposed: ProposedItem, { origin, on }: Statement): StatedSummary {
  const by = { origin, on }
  switch (proposed.section) {
    case "allergies":
      return { ...stated, allergies: changed(stated.allergies, { ...proposed.item, ...by }) }
    case "medicines":
      return { ...stated, medicines: changed(stated.medicines, { ...proposed.item, ...by }) }
    case "illnesses":
      return { ...stated, illnesses: changed(stated.illnesses, { ...proposed.item, ...by }) }
    case "devices":
      return { ...stated, devices: changed(stated.devices, { ...proposed.item, ...by }) }
    case "directives":
      return { ...stated, directives: changed(stated.directives, { ...proposed.item, ...by }) }
    case "vaccinations":
      return { ...stated, vaccinations: changed(stated.vaccinations, { ...proposed.item, ...by }) }
    case "pregnancy":
      return { ...stated, pregnancy: { ...proposed.item, ...by } }
    case "bloodGroup":
      return { ...stated, bloodGroup: { ...proposed.item, ...by } }
    case "weight":
      break
  }
  return { ...stated, weight: { ...proposed.item, ...by } }
}

/** With the item in its place, or as the last. */
function changed<T extends StatedItem>(section: StatedSection<T>, item: T): StatedSection<T> {
  const items = section.state === "listed" ? section.items : []
  const isThere = items.some(({ id }) => id === item.id)
  return {
    state: "listed",
    items: isThere ? items.map((one) => (one.id === item.id ? item : one)) : [...items, item],
  }
}

/** A summary in which an item is as it was `before`: in its place, or not there. */
export function asBefore(stated: StatedSummary, id: string, before: StatedSummary): StatedSummary {
  const { pregnancy, bloodGroup, weight, ...rest } = stated
  return {
    ...rest,
    allergies: returned(rest.allergies, id, before.allergies),
    medicines: returned(rest.medicines, id, before.medicines),
    illnesses: returned(rest.illnesses, id, before.illnesses),
    devices: returned(rest.devices, id, before.devices),
    directives: returned(rest.directives, id, before.directives),
    vaccinations: returned(rest.vaccinations, id, before.vaccinations),
    ...(pregnancy?.id === id ? part("pregnancy", before.pregnancy) : part("pregnancy", pregnancy)),
    ...(bloodGroup?.id === id ? part("bloodGroup", before.bloodGroup) : part("bloodGroup", bloodGroup)),
    ...(weight?.id === id ? part("weight", before.weight) : part("weight", weight)),
  }
}

const part = <K extends string, T>(name: K, value: T | undefined): { [name in K]?: T } => {
  const none: { [name in K]?: T } = {}
  return value === undefined ? none : { ...none, [name]: value }
}

function returned<T extends StatedItem>(
  section: StatedSection<T>,
  id: string,
  before: StatedSection<T>,
): StatedSection<T> {
  const items = listed(section)
  if (items.every((item) => item.id !== id)) return section
  const earlier = listed(before).find((item) => item.id === id)
  const rest = items.flatMap((item) => (item.id === id ? (earlier ?? []) : item))
  if (rest.length > 0) return { state: "listed", items: rest }
  return before.state === "listed" ? { state: "not-stated" } : before
}
