/** What binds a sealed record to its place, and hides its metadata (docs/protocol.md, "Sealed record"). */
import { type Bytes, fromBase64url, toBase64url, utf8 } from "./crypto/bytes.ts"
import { derive, unwrapKey, wrapKey } from "./crypto/primitives.ts"

/** Associated data of the sealed record: it opens as this version of this record of this patient only. */
export function recordAssociatedData(record: { patientId: string; recordId: string; version: number }): Bytes {
  return utf8(`${record.patientId}/${record.recordId}/${record.version}`)
}

type Version = { readonly recordId: string; readonly version: number }

const wrappingKeyOf = (categoryKey: Bytes, { recordId, version }: Version): Promise<Bytes> =>
  derive(categoryKey, "data-key", recordId, version)

/** The data key of this version alone, wrapped for whoever has the category key: it passes neither for another version's nor for a category key. */
export async function wrapDataKey(categoryKey: Bytes, of: Version, dataKey: Bytes): Promise<string> {
  return toBase64url(await wrapKey(await wrappingKeyOf(categoryKey, of), dataKey))
}

/** What `wrapDataKey` wrapped for this version; throws for anything else. */
export async function unwrapDataKey(categoryKey: Bytes, of: Version & { readonly wrappedKey: string }): Promise<Bytes> {
  return unwrapKey(await wrappingKeyOf(categoryKey, of), fromBase64url(of.wrappedKey))
}

/** Opens the descriptor's `metadata`. */
export function metadataKey(dataKey: Bytes): Promise<Bytes> {
  return derive(dataKey, "metadata")
}
