import { isAnticoagulant } from "../../../fhir/anticoagulants.ts"
import type { SummaryItem } from "../../../fhir/item.ts"
import type { SectionKey } from "../../../fhir/section-key.ts"
import { voidMarks } from "../../../fhir/status.ts"

/** What holds now; the whole list, with what no longer does, stands below. */
export const holds = ({ marks }: SummaryItem): boolean =>
  !marks.some((mark) => mark === "inactive" || voidMarks.has(mark))

const isSevere = ({ severity }: SummaryItem): boolean => severity?.kind === "text" && severity.text === "severe"

/** What can kill. */
export const isGrave = (item: SummaryItem): boolean =>
  item.criticality === "high" || isSevere(item) || item.marks.includes("do-not-give")

/** What nobody has judged comes before what was judged to be harmless; "no known allergies" comes last. */
const gravity = (item: SummaryItem): number => {
  if (item.absence !== undefined) return 3
  if (isGrave(item)) return 0
  return item.criticality === "low" ? 2 : 1
}

/**
 * The items that hold, as they are read in the first seconds: allergies by gravity, and anticoagulants, with what must not be given, before other
 * medicines. All of them: order is all that changes, and only where an item says so of itself. `today`: `2026-11-29`.
 */
export const inOrder = (key: SectionKey, items: readonly SummaryItem[], today: string): SummaryItem[] => {
  const holding = items.filter(holds)
  const rank =
    key === "allergies"
      ? gravity
      : key === "medications"
        ? (item: SummaryItem) => (isGrave(item) || isAnticoagulant(item, today) ? 0 : 1)
        : () => 0
  return holding.toSorted((one, other) => rank(one) - rank(other))
}
