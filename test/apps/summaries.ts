import type { SummaryItem } from "../../fhir/item.ts"
import type { SectionKey } from "../../fhir/section-key.ts"
import type { Summary } from "../../fhir/summary.ts"

export const item = (label: string, more: Partial<SummaryItem> = {}): SummaryItem => ({
  type: "Basic",
  name: { kind: "text", text: label },
  states: [],
  facts: [],
  aside: [],
  source: `Resource/${label}`,
  marks: [],
  ...more,
})

export const emptySections: Partial<Record<SectionKey, SummaryItem[]>> = { allergies: [], medications: [] }

export const summaryWith = (sections: Partial<Record<SectionKey, SummaryItem[]>>): Summary => ({
  document: {},
  sections: Object.entries(sections).map(([key, items]) => ({
    key: key as SectionKey,
    state: items.length > 0 ? "listed" : "no-information",
    parts: [],
    changesOnly: false,
    items,
    narrative: [],
    narrativeSaysMore: false,
  })),
  other: [],
  warnings: [],
})
