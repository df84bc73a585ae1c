import type { Summary } from "../../fhir/summary.ts"
import { summaryOf } from "../shared/summary/read.ts"
import { documents, type Listed, readDocument } from "./record-store.ts"

/** The newest summary of the record. */
export const newestSummary = (): Listed | undefined =>
  documents.value
    ?.filter(({ descriptor, metadata }) => descriptor.category === "summary" && metadata !== undefined)
    .at(-1)

/** What an addition is held against. */
export const currentSummary = async (): Promise<Summary | undefined> => {
  const newest = newestSummary()
  return newest === undefined ? undefined : summaryOf(await readDocument(newest.descriptor), newest.metadata?.author)
}
