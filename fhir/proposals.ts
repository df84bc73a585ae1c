import { checkStated } from "./check-stated.ts"
import type {
  StatedAllergy,
  StatedDevice,
  StatedIllness,
  StatedItem,
  StatedMedicine,
  StatedSection,
  StatedSummary,
  StatedVaccination,
  Statement,
} from "./stated-summary.ts"

/** An item with its section. */
export type ProposedItem =
  | { readonly section: "allergies"; readonly item: StatedAllergy }
  | { readonly section: "medicines"; readonly item: StatedMedicine }
  | { readonly section: "illnesses"; readonly item: StatedIllness }
  | { readonly section: "devices"; readonly item: StatedDevice }
  | { readonly section: "vaccinations"; readonly item: StatedVaccination }

/**
 * One change of a summary that somebody proposes. `item`: as it would be; its id is the one that changes, or a new one where it is added. What is
 * stopped or refuted keeps its place, with the status that says so: nothing disappears.
 */
export type Proposal = ProposedItem & { readonly change: "add" | "alter" | "stop" | "refute" }

/** `gone`: the item isn't there any more. `there`: it was added already. `contradicts`: the item doesn't say what the change does. */
export type AppliedProposals =
  | { readonly outcome: "applied"; readonly stated: StatedSummary }
  | { readonly outcome: "refused"; readonly because: "gone" | "there" | "contradicts" | "invalid"; readonly id: string }

const statuses: Readonly<Record<Proposal["change"], readonly string[] | undefined>> = {
  add: undefined,
  alter: undefined,
  stop: ["past", "stopped", "removed"],
  refute: ["refuted", "not-taken", "not-given"],
}

/** The item that a proposal would change, as it is; absent where it is added, or isn't there any more. */
export const itemBefore = (stated: StatedSummary, { section, item }: ProposedItem): StatedItem | undefined => {
  const found: StatedSection<StatedItem> = stated[section]
  return found.state === "listed" ? found.items.find(({ id }) => id === item.id) : undefined
}

/**
 * A summary with the changes that the patient approved, all or none. `by`: who really proposed them, and when; it becomes the origin of every changed
 * item, whatever the proposal says of itself. What comes out has passed `checkStated`; the patient confirms it by signing the next version.
 */
export function applyProposals(stated: StatedSummary, approved: readonly Proposal[], by: Statement): AppliedProposals {
  let result = stated
  for (const proposal of approved) {
    const { change, item } = proposal
    const wanted = statuses[change]
    if (wanted !== undefined && !wanted.includes(item.status))
      return { outcome: "refused", because: "contradicts", id: item.id }
    const isThere = itemBefore(result, proposal) !== undefined
    if (isThere === (change === "add")) return { outcome: "refused", because: isThere ? "there" : "gone", id: item.id }
    result = withItem(result, proposal, by)
    if (checkStated(result).outcome === "refused") return { outcome: "refused", because: "invalid", id: item.id }
  }
  return { outcome: "applied", stated: result }
}

function withItem(stated: StatedSummary, proposed: ProposedItem, { origin, on }: Statement): StatedSummary {
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
    case "vaccinations":
      break
  }
  return { ...stated, vaccinations: changed(stated.vaccinations, { ...proposed.item, ...by }) }
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
