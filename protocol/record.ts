import * as z from "zod/mini"
import { categories, category, hash, identifier, jwe, ordinal, wrappedKey } from "./primitives.ts"

/** What is known of one record version without opening it (docs/protocol.md, "Descriptor"). */
export const descriptor = z.strictObject({
  recordId: identifier,
  version: ordinal,
  category,
  epoch: ordinal,
  /** Bytes of the sealed record. */
  size: z.int().check(z.positive()),
  /** Of the sealed record; where it has more parts than one, of its parts' hashes one after the other (docs/protocol.md, "Parts"). */
  sha256: hash,
  wrappedKey,
  metadata: jwe(4096),
})
export type Descriptor = z.infer<typeof descriptor>

/** Inside `descriptor.metadata`; only the patient and a granted professional read it. */
export const recordMetadata = z.object({
  title: z.string().check(z.maxLength(200)),
  contentType: z.string().check(z.maxLength(100)),
  /** Bytes of the plaintext. */
  size: z.int().check(z.nonnegative()),
  createdAt: z.iso.datetime(),
  /** The version before this one, 0 where there is none; given only where it is not `version - 1`. */
  replaces: z.optional(z.int().check(z.nonnegative())),
})
export type RecordMetadata = z.infer<typeof recordMetadata>

const ringEntry = z.strictObject({ epoch: ordinal, sealed: jwe(1024), previous: z.array(wrappedKey) })

/** The patient's category keys (docs/protocol.md, "Key ring"). */
export const keyRing = z.strictObject({
  summary: ringEntry,
  laboratory: ringEntry,
  imaging: ringEntry,
  medication: ringEntry,
  document: ringEntry,
  sensitive: ringEntry,
})
export type KeyRing = z.infer<typeof keyRing>

/** What a professional needs of the ring: how to walk back from the newest key of a category to an older one. */
export const keyHistory = z
  .array(z.object({ category, epoch: ordinal, previous: z.array(wrappedKey) }))
  .check(z.maxLength(categories.length))

export const wrappedCategoryKey = z.strictObject({ category, epoch: ordinal, wrappedKey })
export const wrappedCategoryKeys = z.array(wrappedCategoryKey).check(z.minLength(1), z.maxLength(categories.length))
export type WrappedCategoryKey = z.infer<typeof wrappedCategoryKey>
