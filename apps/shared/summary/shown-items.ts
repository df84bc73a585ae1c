import type { SummaryItem } from "../../../fhir/item.ts"
import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import { readSummary } from "../../../fhir/summary.ts"
import { language } from "../words.ts"
import { documentText } from "./stated-document.ts"

/** The items of a stated summary as a reader of its document is shown them, by their ids. */
export const shownItems = ({ photo: _photo, ...stated }: StatedSummary): ReadonlyMap<string, SummaryItem> => {
  const { sections } = readSummary(documentText({ ...stated, language: language.value }))
  return new Map(
    sections.flatMap(({ items }) => items.map((item) => [item.source.slice(item.source.indexOf("/") + 1), item])),
  )
}
