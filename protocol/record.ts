import * as z from "zod/mini"
import {
  categories,
  category,
  hash,
  identifier,
  jwe,
  key32,
  keyPageLength,
  ordinal,
  seconds,
  wrappedKey,
} from "./primitives.ts"
import { sealedText } from "./sealing-key.ts"

/** The hash of the canonical descriptor of the version before, which names the one before that; null: there is none. */
const predecessor = z.nullable(hash)

/** What is known of one record version without opening it (docs/protocol.md, "Descriptor"). */
export const descriptor = z
  .strictObject({
    recordId: identifier,
    version: ordinal,
    /** Names the place of the sealed record in the object store: random, so that nobody who asks for uploads takes it before. */
    objectId: identifier,
    replaces: predecessor,
    category,
    epoch: ordinal,
    /** Bytes of the sealed record. */
    size: z.int().check(z.positive()),
    /** Of the sealed record; where it has more parts than one, of its parts' hashes one after the other (docs/protocol.md, "Parts"). */
    sha256: hash,
    wrappedKey,
    metadata: jwe(4096),
  })
  .check(z.refine(({ version, replaces }) => (version === 1) === (replaces === null)))
export type Descriptor = z.infer<typeof descriptor>

/** Inside `descriptor.metadata`; only the patient and a granted professional read it. Whose metadata it is stands inside. */
export const recordMetadata = z.strictObject({
  recordId: identifier,
  version: ordinal,
  replaces: predecessor,
  category,
  title: z.string().check(z.maxLength(200)),
  contentType: z.string().check(z.maxLength(100)),
  /** Bytes of the plaintext. */
  size: z.int().check(z.nonnegative()),
  createdAt: z.iso.datetime(),
  /** Of what a professional added: hex SHA-256 of their certificate, as in the audit trail. */
  author: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
})
export type RecordMetadata = z.infer<typeof recordMetadata>

/**
 * The hashes of a category's pages, in their order. `salt`: random, another in each manifest, so that the manifest's hash of the list tells neither how many there are,
 * nor whether any has changed.
 */
export const pageList = z.strictObject({ salt: key32, hashes: z.array(hash).check(z.maxLength(256)) })
export type PageList = z.infer<typeof pageList>
export const pageLists = z.strictObject({
  summary: pageList,
  laboratory: pageList,
  imaging: pageList,
  medication: pageList,
  document: pageList,
  sensitive: pageList,
})
export type PageLists = z.infer<typeof pageLists>

/** The key of an epoch that has ended, wrapped under the key of the next; `endedAt`: when the next began. */
const ringKey = z.strictObject({ wrappedKey, endedAt: seconds })
export type RingKey = z.infer<typeof ringKey>

/** Older keys than the ring has itself, newest first. A page never changes. */
const keyPageOf = {
  /** The hash of the page before; null: there is none. */
  older: z.nullable(hash),
  keys: z.array(ringKey).check(z.length(keyPageLength)),
}
export const keyPage = z.strictObject(keyPageOf)
export type KeyPage = z.infer<typeof keyPage>
/** A page and its place; pages of a category count from 0, the oldest. */
export const placedKeyPage = z.strictObject({ category, page: z.int().check(z.nonnegative()), ...keyPageOf })
export type PlacedKeyPage = z.infer<typeof placedKeyPage>

const ringEntry = z.strictObject({
  epoch: ordinal,
  /** The keys of the epochs before, newest first, as many as no page has. */
  previous: z.array(ringKey).check(z.maxLength(keyPageLength)),
  /** The hash of the newest page of keys before those. */
  older: z.nullable(hash),
})
export type RingEntry = z.infer<typeof ringEntry>

/** The patient's category keys (docs/protocol.md, "Key ring"). */
export const keyRing = z.strictObject({
  /** The number of the account key that `sealed` is sealed to. */
  account: ordinal,
  /** The newest key of each category, in the categories' order, 32 bytes each. */
  sealed: sealedText(2048),
  categories: z.strictObject({
    summary: ringEntry,
    laboratory: ringEntry,
    imaging: ringEntry,
    medication: ringEntry,
    document: ringEntry,
    sensitive: ringEntry,
  }),
})
export type KeyRing = z.infer<typeof keyRing>

/** What a professional needs of a category's keys: how to walk back from the newest, at least as far as what is listed beside it needs. */
export const keyHistory = z.object({
  epoch: ordinal,
  /** The keys of `epoch - 1`, `- 2`, ..., each wrapped under the one before. */
  previous: z.array(wrappedKey),
})
export type KeyHistory = z.infer<typeof keyHistory>

export const wrappedCategoryKey = z.strictObject({ category, epoch: ordinal, wrappedKey })
export const wrappedCategoryKeys = z.array(wrappedCategoryKey).check(z.minLength(1), z.maxLength(categories.length))
export type WrappedCategoryKey = z.infer<typeof wrappedCategoryKey>
