import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import { writeSummary } from "../../../fhir/write-summary.ts"
import { saying } from "../../shared/summary/saying.ts"
import { summaryWords } from "../../shared/summary/summary-words.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { statedWords } from "../../shared/words/stated.ts"

/** What is stated, as a FHIR document ; its narrative is in the language of the app, which `stated.language` must name. */
export const documentOf = (stated: StatedSummary): Blob => {
  const { summary } = sharedWords.value
  const words = summaryWords({ saying: saying(), summary, stated: statedWords.value })
  return new Blob([writeSummary(stated, words, new Date())])
}
