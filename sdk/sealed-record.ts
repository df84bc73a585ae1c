import * as z from "zod/mini"
import { type Bytes, free, fromBase64url, toBase64url, utf8 } from "../protocol/crypto/bytes.ts"
import { openUnder, sealUnder } from "../protocol/crypto/envelope.ts"
import { randomBytes } from "../protocol/crypto/primitives.ts"
import {
  cipherOf,
  newCipher,
  plaintextCapacity,
  type RecordCipher,
  sealedSize,
  sealSegment,
  segmentCount,
} from "../protocol/crypto/streaming-aead.ts"
import { parseJson } from "../protocol/crypto/strict-json.ts"
import { IntegrityFailure, orFail } from "../protocol/integrity.ts"
import { partCount } from "../protocol/parts.ts"
import {
  type Category,
  category,
  hash,
  identifier,
  instant,
  jwe,
  maxParts,
  maxSealedBytes,
  ordinal,
  wrappedKey,
} from "../protocol/primitives.ts"
import { type Descriptor, type RecordMetadata, recordMetadata } from "../protocol/record.ts"
import { metadataKey, recordAssociatedData, unwrapDataKey, wrapDataKey } from "../protocol/record-keys.ts"
import { TransferFailure } from "./transfer/failure.ts"
import { partAt, placeIn, plaintextBefore } from "./transfer/parts.ts"
import { type Content, type Reader, sizeOf } from "./transfer/source.ts"

/** What is sealed: a document and how to show it. */
export interface Plain {
  readonly category: Category
  readonly title: string
  /** A media type, for example `application/fhir+json`. */
  readonly contentType: string
  readonly content: Content
}

/** A document that a professional adds has its author inside its metadata: hex SHA-256 of their certificate. */
export type Authored = Plain & { readonly author?: string }

/** A version of a record that is being sealed: its cipher, and what its descriptor says before a byte is sealed. */
export interface Sealing {
  readonly described: Omit<Descriptor, "size" | "sha256">
  readonly dataKey: Bytes
  readonly cipher: RecordCipher
  /** Bytes of the document. */
  readonly plainSize: number
  /** Bytes of the sealed record. */
  readonly size: number
}

/**
 * What goes on with an upload after a crash or without a network: JSON for the device's own keeping. It opens nothing: the data key is wrapped, the title
 * sealed. **Only the newest state may be resumed, and only once at a time**: part hashes that an older one doesn't know were sent all the
 * same, and another document sealed in their place would share a key and nonce with them.
 */
export const uploadState = z.strictObject({
  recordId: identifier,
  version: ordinal,
  objectId: identifier,
  replaces: z.nullable(hash),
  category,
  epoch: ordinal,
  wrappedKey,
  metadata: jwe(4096),
  /** Salt and nonce prefix, as they stand at the beginning of the sealed record. */
  header: z.string().check(z.regex(/^[\w-]{54}$/)),
  plainSize: z.int().check(z.nonnegative(), z.maximum(maxSealedBytes)),
  /** The cloud's name for an upload in parts; absent for a record of one, or before it was begun. */
  startedAt: z.optional(instant),
  /** Of the first parts, in order. A hash stands here before a byte of its part leaves the device; `sent`: the object store has it. */
  parts: z.array(z.strictObject({ sha256: hash, sent: z.boolean() })).check(z.maxLength(maxParts)),
})
export type UploadState = z.infer<typeof uploadState>

const requireRoom = (plainSize: number): void => {
  if (!Number.isSafeInteger(plainSize) || plainSize < 0 || sealedSize(plainSize) > maxSealedBytes)
    throw new RangeError(`a sealed record has at most ${maxSealedBytes} bytes`)
}

/**
 * Begins a version under a fresh data key, which the category key wraps (docs/protocol.md, "Sealed record"), at a fresh place in the object store.
 * Throws `RangeError` for a document larger than a record can be.
 */
export const beginSealing = async (
  patientId: string,
  place: Pick<Descriptor, "recordId" | "version" | "replaces">,
  { category, title, contentType, content, author }: Authored,
  categoryKey: { epoch: number; key: Bytes },
  now: Date,
): Promise<Sealing> => {
  const plainSize = sizeOf(content)
  requireRoom(plainSize)
  const dataKey = randomBytes(32)
  // What a reader would refuse is not written.
  const metadata = z.parse(recordMetadata, {
    ...place,
    category,
    title,
    contentType,
    size: plainSize,
    createdAt: now.toISOString(),
    ...(author === undefined ? {} : { author }),
  })
  return {
    described: {
      ...place,
      objectId: toBase64url(randomBytes(16)),
      category,
      epoch: categoryKey.epoch,
      wrappedKey: await wrapDataKey(categoryKey.key, place, dataKey),
      metadata: await sealUnder(await metadataKey(dataKey), utf8(JSON.stringify(metadata))),
    },
    dataKey,
    cipher: await newCipher(dataKey, recordAssociatedData({ patientId, ...place })),
    plainSize,
    size: sealedSize(plainSize),
  }
}

/**
 * Goes on with what was begun, under the very key and nonces: only a document of the same size, category, title and author gets so far. `keyAt`: the category's
 * key of any epoch; where a new one has begun since, the data key is wrapped anew, so that who read once can't read what comes later.
 */
export const resumeSealing = async (
  patientId: string,
  state: UploadState,
  { category, title, contentType, content, author }: Authored,
  { newest, keyAt }: { newest: { epoch: number; key: Bytes }; keyAt: (epoch: number) => Promise<Bytes> },
): Promise<Sealing> => {
  const { recordId, version, objectId, replaces, epoch, plainSize } = state
  const size = sealedSize(plainSize)
  if (state.parts.length > partCount(size)) throw new TransferFailure("state-invalid")
  if (category !== state.category || sizeOf(content) !== plainSize) throw new TransferFailure("source-changed")
  const opened = async () => {
    const dataKey = await unwrapDataKey(await keyAt(epoch), state)
    const cipher = await cipherOf(
      dataKey,
      recordAssociatedData({ patientId, recordId, version }),
      fromBase64url(state.header),
    )
    return { dataKey, cipher, metadata: await metadataIn(state, dataKey) }
  }
  const { dataKey, cipher, metadata } = await opened().catch((cause: unknown) => {
    throw new TransferFailure("state-invalid", { cause })
  })
  const sameWords = metadata.title === title && metadata.contentType === contentType && metadata.author === author
  if (!sameWords || metadata.size !== plainSize) throw new TransferFailure("source-changed")
  const wrapped =
    newest.epoch === epoch
      ? { epoch, wrappedKey: state.wrappedKey }
      : { epoch: newest.epoch, wrappedKey: await wrapDataKey(newest.key, state, dataKey) }
  return {
    described: { recordId, version, objectId, replaces, category, ...wrapped, metadata: state.metadata },
    dataKey,
    cipher,
    plainSize,
    size,
  }
}

/** Seals part `number` into the beginning of `into`, from what `reader` gives next. */
export const sealPart = async (
  { cipher, size, plainSize }: Pick<Sealing, "cipher" | "size" | "plainSize">,
  number: number,
  reader: Reader,
  into: Bytes,
): Promise<Bytes> => {
  const span = partAt(size, number)
  const part = into.subarray(0, span.length)
  const segments = segmentCount(size)
  const begin = plaintextBefore(span.firstSegment)
  const end = Math.min(plaintextBefore(span.firstSegment + span.segments), plainSize)
  const plaintext = await reader.read(end - begin)
  // What was read is overwritten by the next reading: all of it is sealed before.
  await Promise.all(
    Array.from({ length: span.segments }, async (_, i) => {
      const index = span.firstSegment + i
      const from = plaintextBefore(index) - begin
      const piece = plaintext.subarray(from, from + plaintextCapacity(index))
      const segment = await sealSegment(cipher, index, index === segments - 1, piece)
      part.set(segment, placeIn(span, index))
      free(segment)
    }),
  )
  if (span.firstSegment === 0) part.set(cipher.header)
  return part
}

/** The data key of a record, by the category key of the descriptor's epoch. */
export const dataKeyOf = (descriptor: Descriptor, categoryKey: Bytes): Promise<Bytes> =>
  orFail("record-unreadable", () => unwrapDataKey(categoryKey, descriptor))

type Place = Pick<Descriptor, "recordId" | "version" | "replaces" | "category" | "metadata">

/** The metadata of this very version; throws for another's. */
const metadataIn = async (of: Place, dataKey: Bytes): Promise<RecordMetadata> => {
  const metadata = z.parse(recordMetadata, parseJson(await openUnder(await metadataKey(dataKey), of.metadata)))
  const same = (["recordId", "version", "replaces", "category"] as const).every(
    (field) => metadata[field] === of[field],
  )
  if (!same) throw new Error("of another version")
  return metadata
}

export const openMetadata = (descriptor: Descriptor, dataKey: Bytes): Promise<RecordMetadata> =>
  orFail("record-unreadable", () => metadataIn(descriptor, dataKey))

/**
 * The metadata of an addition, by whoever signed for it alone: what is sealed tells its author, so that nobody without its data key puts another
 * name on it. `author` as in `Authored`.
 */
export const openAuthored = (descriptor: Descriptor, dataKey: Bytes, author: string): Promise<RecordMetadata> =>
  orFail("record-unreadable", async () => {
    const metadata = await metadataIn(descriptor, dataKey)
    if (metadata.author !== author) throw new Error("by another author")
    return metadata
  })

/** The metadata of a record whose document is to be read: `record-differs` where the sealed record can't be that document by its size. */
export const openDescribed = async (descriptor: Descriptor, dataKey: Bytes): Promise<RecordMetadata> => {
  const metadata = await openMetadata(descriptor, dataKey)
  if (sealedSize(metadata.size) !== descriptor.size) throw new IntegrityFailure("record-differs")
  return metadata
}
