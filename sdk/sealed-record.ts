import * as z from "zod/mini"
import type { Category } from "../contract/primitives.ts"
import { type Descriptor, type RecordMetadata, recordMetadata } from "../contract/record.ts"
import { type Bytes, fromBase64url, fromUtf8, toBase64url, utf8 } from "./crypto/bytes.ts"
import { openUnder, sealUnder } from "./crypto/envelope.ts"
import { randomBytes, sha256, unwrapKey, wrapKey } from "./crypto/primitives.ts"
import { metadataKey, recordAssociatedData } from "./crypto/record.ts"
import { open, seal } from "./crypto/streaming-aead.ts"
import { orFail } from "./integrity.ts"

/** What is sealed: the bytes of a document and how to show it. */
export interface Plain {
  readonly category: Category
  readonly title: string
  /** A media type, for example `application/fhir+json`. */
  readonly contentType: string
  readonly bytes: Bytes
}

export interface SealedRecord {
  readonly descriptor: Descriptor
  readonly sealed: Bytes
  readonly dataKey: Bytes
}

/** Seals a document under a fresh data key, which the category key wraps (docs/protocol.md, "Sealed record"); `replaces`: the version before. */
export const sealRecord = async (
  patientId: string,
  { replaces, ...place }: { recordId: string; version: number; replaces?: number },
  plain: Plain,
  categoryKey: { epoch: number; key: Bytes },
  now: Date,
): Promise<SealedRecord> => {
  const { category, title, contentType, bytes } = plain
  const dataKey = randomBytes(32)
  const sealed = await seal(dataKey, recordAssociatedData({ patientId, ...place }), bytes)
  const metadata: RecordMetadata = {
    title,
    contentType,
    size: bytes.length,
    createdAt: now.toISOString(),
    ...(replaces === undefined || replaces === place.version - 1 ? {} : { replaces }),
  }
  const descriptor: Descriptor = {
    ...place,
    category,
    epoch: categoryKey.epoch,
    size: sealed.length,
    sha256: toBase64url(await sha256(sealed)),
    wrappedKey: toBase64url(await wrapKey(categoryKey.key, dataKey)),
    metadata: await sealUnder(await metadataKey(dataKey), utf8(JSON.stringify(metadata))),
  }
  return { descriptor, sealed, dataKey }
}

/** The data key of a record, by the category key of the descriptor's epoch. */
export const dataKeyOf = (descriptor: Descriptor, categoryKey: Bytes): Promise<Bytes> =>
  orFail("record-unreadable", () => unwrapKey(categoryKey, fromBase64url(descriptor.wrappedKey)))

export const openMetadata = (descriptor: Descriptor, dataKey: Bytes): Promise<RecordMetadata> =>
  orFail("record-unreadable", async () => {
    const plaintext = await openUnder(await metadataKey(dataKey), descriptor.metadata)
    return z.parse(recordMetadata, JSON.parse(fromUtf8(plaintext)))
  })

/** The document, once its hash is the signed one and every segment is authentic for this patient, record and version. */
export const openRecord = async (
  patientId: string,
  descriptor: Descriptor,
  sealed: Bytes,
  dataKey: Bytes,
): Promise<Bytes> => {
  await orFail("record-differs", async () => {
    if (toBase64url(await sha256(sealed)) !== descriptor.sha256) throw new Error("another hash")
  })
  return orFail("record-unreadable", () => open(dataKey, recordAssociatedData({ patientId, ...descriptor }), sealed))
}
