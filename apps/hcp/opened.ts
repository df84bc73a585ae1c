import type { ReadRecord } from "../../sdk/hcp/emergency-access.ts"
import { readSummary } from "../../sdk/summary.ts"
import type { OpenedRecord } from "./state.ts"

/** `application/fhir+json; charset=utf-8` is what comes before the semicolon. */
export const mediaType = (contentType: string): string => contentType.split(";")[0]?.trim().toLowerCase() ?? ""

const fhirTypes = new Set(["application/fhir+json", "application/json+fhir", "application/json"])

export const isFhir = (contentType: string): boolean => fhirTypes.has(mediaType(contentType))

export const opened = (record: ReadRecord): OpenedRecord =>
  isFhir(record.contentType) ? { ...record, summary: readSummary(record.bytes) } : record
