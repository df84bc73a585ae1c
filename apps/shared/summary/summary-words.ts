import type { SummaryItem } from "../../../fhir/item.ts"
import type { SummarySection } from "../../../fhir/summary.ts"
import { join } from "../../../fhir/value.ts"
import type { SummaryWords } from "../../../fhir/write-summary.ts"
import type english from "../words/en.ts"
import type { StatedWords } from "../words/stated-en.ts"
import { type Saying, sayFact, sayItem, sayStated } from "./say.ts"

/** The words of one language. */
export interface Languages {
  readonly saying: Saying
  readonly summary: typeof english.summary
  readonly stated: StatedWords
}

/** What a patient's own summary says in one language: its narrative is what the reader of its entries is shown. */
export const summaryWords = ({ saying, summary, stated }: Languages): SummaryWords => ({
  ...stated,
  sectionTitle: (key) => summary.sections[key],
  narrate: (section) =>
    section.items.length === 0
      ? [sayNothing(section, stated, saying)]
      : section.items.map((item) => sayLine(item, summary, saying)),
})

const sayNothing = ({ state, statement }: SummarySection, words: StatedWords, saying: Saying): string => {
  if (state !== "none-known") return words.notStated
  return statement === undefined ? words.noneKnown : `${words.noneKnown} (${sayStated(statement, saying)})`
}

const sayLine = (item: SummaryItem, words: Languages["summary"], saying: Saying): string => {
  const said = sayItem(item, saying)
  const { criticality } = item
  const statement = item.aside.find(({ name }) => name === "stated-origin")
  const known = criticality === "high" || criticality === "low" || criticality === "unable-to-assess"
  return (
    join(
      "; ",
      said.label,
      ...item.marks.map((mark) => words.marks[mark]),
      known ? words.criticality[criticality] : criticality,
      said.severity,
      said.status,
      said.detail,
      said.onset,
      statement && sayFact(statement, saying),
    ) ?? item.source
  )
}
