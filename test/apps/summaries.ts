import type { SectionKey, Summary, SummaryItem } from "../../fhir/summary.ts"

export const item = (label: string, more: Partial<SummaryItem> = {}): SummaryItem => ({
  label,
  source: `Resource/${label}`,
  marks: [],
  ...more,
})

export const emptySections: Partial<Record<SectionKey, SummaryItem[]>> = { allergies: [], medications: [] }

export const summaryWith = (sections: Partial<Record<SectionKey, SummaryItem[]>>): Summary => ({
  document: {},
  sections: Object.entries(sections).map(([key, items]) => ({
    key: key as SectionKey,
    title: key,
    state: items.length > 0 ? "listed" : "no-information",
    items,
    narrative: [],
  })),
  other: [],
  warnings: [],
})
