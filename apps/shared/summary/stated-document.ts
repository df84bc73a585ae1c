import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import { type SummaryWords, writeSummary } from "../../../fhir/write-summary.ts"
import { sharedWords } from "../words/shared.ts"
import { statedWords } from "../words/stated.ts"
import { saying } from "./saying.ts"
import { summaryWords } from "./summary-words.ts"

/** The words of what is written, in the language of the app. */
export const writingWords = (): SummaryWords => {
  const { summary } = sharedWords.value
  return summaryWords({ saying: saying(), summary, stated: statedWords.value })
}

/** What is stated, as the text of a FHIR document; its narrative is in the language of the app, which `stated.language` must name. */
export const documentText = (stated: StatedSummary): string => writeSummary(stated, writingWords(), new Date())

export const documentOf = (stated: StatedSummary): Blob => new Blob([documentText(stated)])
