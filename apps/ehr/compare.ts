import type { SummaryItem } from "../../fhir/item.ts"
import type { Summary, SummarySection } from "../../fhir/summary.ts"
import { sayLabel } from "../shared/summary/say.ts"
import { saying } from "../shared/summary/saying.ts"

export interface Compared {
  readonly item: SummaryItem
  /** `new`: nothing of this name stands in the record; `changed`: something does, and says something else. */
  readonly change: "new" | "changed" | "same"
}

export interface ComparedSection {
  readonly section: SummarySection
  readonly before: readonly SummaryItem[]
  readonly after: readonly Compared[]
}

const folded = (label: string) => label.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ").trim()
const labelOf = (item: SummaryItem): string => folded(sayLabel(item, saying()))
/** What an entry says, apart from which resource it was read from. */
const meaning = (item: SummaryItem) => JSON.stringify({ ...item, source: "", aside: [], marks: item.marks.toSorted() })

/** What a document would add to another, section by section: only sections in which it says something. */
export const compareSummaries = (before: Summary | undefined, after: Summary): ComparedSection[] =>
  after.sections
    .filter(({ items }) => items.length > 0)
    .map((section) => {
      const standing = (before?.sections ?? []).filter(({ key }) => key === section.key).flatMap(({ items }) => items)
      return {
        section,
        before: standing,
        after: section.items.map((item) => {
          const named = standing.filter((other) => labelOf(other) === labelOf(item))
          const same = named.some((other) => meaning(other) === meaning(item))
          return { item, change: same ? "same" : named.length > 0 ? "changed" : "new" }
        }),
      }
    })
