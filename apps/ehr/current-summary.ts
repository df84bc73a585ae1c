import { readSummary, type Summary } from "../../sdk/summary.ts"
import { documents, type Listed, readDocument } from "./record-store.ts"

/** The newest summary of the record. */
export const newestSummary = (): Listed | undefined =>
  documents.value
    ?.filter(({ descriptor, metadata }) => descriptor.category === "summary" && metadata !== undefined)
    .at(-1)

/** What an addition is held against. */
export const currentSummary = async (): Promise<Summary | undefined> => {
  const newest = newestSummary()
  return newest === undefined ? undefined : readSummary(await readDocument(newest.descriptor))
}
