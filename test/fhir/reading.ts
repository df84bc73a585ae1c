import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type SaidItem, sayItem } from "../../apps/shared/summary/say.ts"
import facts from "../../apps/shared/words/facts-en.ts"
import type { SummaryItem } from "../../fhir/item.ts"
import type { SectionKey } from "../../fhir/section-key.ts"
import type { Summary, SummarySection } from "../../fhir/summary.ts"

/** A small file of a kind that was misread once. */
export const caseFile = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(join(import.meta.dirname, "cases", name)))

/** As an English reader sees it, with dates as written. */
export const said = (item: SummaryItem | undefined): SaidItem => sayItem(item!, { facts, date: (written) => written })

export const section = (summary: Summary, key: SectionKey): SummarySection =>
  summary.sections.find((one) => one.key === key)!

export const items = (summary: Summary, key: SectionKey): SummaryItem[] => section(summary, key)?.items ?? []

export const labels = (summary: Summary, key: SectionKey): string[] =>
  items(summary, key).map((item) => said(item).label)

export const warnings = (summary: Summary): string[] => summary.warnings.map(({ code }) => code)
