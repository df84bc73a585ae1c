/** What binds a sealed record to its place, and hides its metadata (docs/protocol.md, "Sealed record"). */
import { type Bytes, utf8 } from "./crypto/bytes.ts"
import { derive } from "./crypto/primitives.ts"

/** Associated data of the sealed record: it opens as this version of this record of this patient only. */
export function recordAssociatedData(record: { patientId: string; recordId: string; version: number }): Bytes {
  return utf8(`${record.patientId}/${record.recordId}/${record.version}`)
}

/** Opens the descriptor's `metadata`. */
export function metadataKey(dataKey: Bytes): Promise<Bytes> {
  return derive(dataKey, "metadata")
}
