import type { Summary } from "../../../fhir/summary.ts"
import { summaryOf } from "./read.ts"
import { useRead } from "./useRead.ts"

/** The summary of a document; `undefined` until it is read. */
export const useSummary = (bytes: Uint8Array): Summary | undefined => useRead(bytes, summaryOf)
