import type { Summary } from "../../../fhir/summary.ts"
import { summaryOf } from "./read.ts"
import { useRead } from "./useRead.ts"

/** The summary of a document, as `summaryOf` reads it by its author; `undefined` until it is read. */
export const useSummary = (bytes: Uint8Array, author: string | undefined): Summary | undefined =>
  useRead(bytes, (input, left) => summaryOf(input, author, left))
