/** What a reader must know besides the content, gravest first. */
const codes = [
  "too-large",
  "too-deep",
  "not-json",
  "not-json-but-xml",
  "unreadable",
  "patient-missing",
  "several-patients",
  "other-patient",
  "subject-unclear",
  "patient-incomplete",
  "patient-inactive",
  "summary-entered-in-error",
  "test-data",
  "contradicting-absence",
  "dose-contradiction",
  "do-not-give",
  "meaning-modified",
  "deleted",
  "subsetted",
  "section-changes",
  "date-impossible",
  "subject-unresolved",
  "reference-unresolved",
  "reference-ambiguous",
  "section-missing",
  "entered-in-error",
  "refuted",
  "superseded",
  "not-taken",
  "inactive",
  "not-done",
  "planned",
  "restricted",
  "not-a-bundle",
  "not-a-document",
  "not-a-summary",
  "composition-missing",
  "composition-not-first",
  "several-compositions",
  "composition-incomplete",
  "summary-not-final",
  "narrative-additional",
  "unlisted",
  "subject-missing",
  "entry-unreadable",
  "entry-repeated",
  "item-unnamed",
  "characters-replaced",
  "characters-removed",
] as const

export type SummaryWarningCode = (typeof codes)[number]
/** `names`: what it is about, in the document's own words or FHIR's codes; `more`: how many others. */
export type SummaryWarning = { code: SummaryWarningCode; names: string[]; more: number }

const most = 8

/** Collects what warnings are about, so that each code is said once. */
export class Warnings {
  readonly #noted = new Map<SummaryWarningCode, Set<string>>()

  note(code: SummaryWarningCode, name?: string): void {
    const names = this.#noted.get(code) ?? new Set()
    if (name !== undefined) names.add(name)
    this.#noted.set(code, names)
  }

  list(): SummaryWarning[] {
    return codes.flatMap((code) => {
      const names = this.#noted.get(code)
      if (names === undefined) return []
      return { code, names: [...names].slice(0, most), more: Math.max(0, names.size - most) }
    })
  }
}
