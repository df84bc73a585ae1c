import * as z from "zod/mini"
import { accountKey } from "../protocol/account-key.ts"
import { decidedPageLength, manifestStatement, maxDecidedPages, signerLists } from "../protocol/claims.ts"
import { categories, category, identifier, manifestPageLength, maxCards } from "../protocol/primitives.ts"
import { descriptor, keyRing, pageLists, placedKeyPage, wrappedCategoryKeys } from "../protocol/record.ts"

/** Pages that one publication may change. */
export const maxPublishedPages = 16
/** Items and bytes that one publication may write with all that it changes: DynamoDB takes 100 items and 4 MB in one transaction. */
export const maxPublicationItems = 90
export const maxPublicationBytes = 3_000_000

/**
 * A new signed manifest with all that it changes (docs/protocol.md, "Publication"). It travels with what it is published for, and both are
 * applied or neither.
 */
export const publication = z.strictObject({
  manifest: manifestStatement,
  keyRing,
  /** The pages of older category keys that the ring names and the one before didn't: at most one of each category. */
  keyPages: z.array(placedKeyPage).check(z.maxLength(categories.length)),
  /** What the manifest names of the pages, each with a salt of its own. */
  pageLists,
  /** The pages whose hash differs from the manifest before. */
  pages: z
    .array(
      z.strictObject({
        category,
        page: z.int().check(z.nonnegative(), z.maximum(255)),
        descriptors: z.array(descriptor).check(z.maxLength(manifestPageLength)),
      }),
    )
    .check(z.maxLength(maxPublishedPages)),
  /** The pages of decided contributions whose hash differs. */
  decided: z
    .array(
      z.strictObject({
        page: z.int().check(z.nonnegative(), z.maximum(maxDecidedPages - 1)),
        ids: z.array(identifier).check(z.minLength(1), z.maxLength(decidedPageLength)),
      }),
    )
    .check(z.maxLength(2)),
  /** The cards' keys made anew, where an epoch was started. */
  cards: z.array(z.strictObject({ cardId: identifier, wrappedCategoryKeys })).check(z.maxLength(maxCards)),
  /** Where the manifest names another list of signers than the one before. */
  signers: z.optional(signerLists),
  /** Where it names another account key, or the same one is sealed to other signers. */
  accountKey: z.optional(accountKey),
})
export type Publication = z.infer<typeof publication>
