import { type Bytes, concat } from "../../protocol/crypto/bytes.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { beginSealing, type Plain, sealPart } from "../../sdk/sealed-record.ts"
import { hashOf, partsFrom } from "../../sdk/transfer/parts.ts"
import { readerOf } from "../../sdk/transfer/source.ts"

export interface SealedRecord {
  readonly descriptor: Descriptor
  readonly sealed: Bytes
  readonly dataKey: Bytes
}

/** What the SDK would upload, in memory and without a cloud. */
export const sealRecord = async (
  patientId: string,
  place: { recordId: string; version: number; replaces?: string | null },
  plain: Plain,
  categoryKey: { epoch: number; key: Bytes },
  now: Date,
): Promise<SealedRecord> => {
  const sealing = await beginSealing(patientId, { replaces: null, ...place }, plain, categoryKey, now)
  const { described, dataKey, size } = sealing
  const reader = readerOf(plain.content)
  const parts: Bytes[] = []
  for (const [i, { length }] of partsFrom(size).entries())
    parts.push(await sealPart(sealing, i + 1, reader, new Uint8Array(length)))
  const sealed = concat(...parts)
  return { descriptor: { ...described, size, sha256: await hashOf(sealed) }, sealed, dataKey }
}
