import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import { writeSummary } from "../../../fhir/write-summary.ts"

export const documentOf = (stated: StatedSummary): Blob =>
  new Blob([JSON.stringify(writeSummary(stated))], { type: "application/fhir+json" })
