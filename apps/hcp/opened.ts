import type { ReadRecord } from "../../sdk/hcp/emergency-access.ts"
import { kindOf } from "../shared/kind.ts"
import { summaryOf } from "../shared/summary/read.ts"
import type { OpenedRecord } from "./state.ts"

/** A record with its summary, where it is a FHIR document. When `left` is aborted meanwhile, nothing of it is left. */
export const opened = async (record: ReadRecord, left: AbortSignal): Promise<OpenedRecord> => {
  if (kindOf(record.contentType) !== "fhir") return record
  try {
    return { ...record, summary: await summaryOf(record.bytes, record.author, left) }
  } catch (error) {
    record.bytes.fill(0)
    throw error
  }
}
