import * as z from "zod/mini"
import { hash, instant, jws, ordinal, seconds } from "./primitives.ts"
import { successors } from "./provider-keys.ts"

/** The provider's signature over every patient's chain at a moment, `typ: audit-checkpoint` (docs/protocol.md, "Checkpoints"). */
export const checkpointClaims = z.strictObject({
  iss: z.string().check(z.maxLength(200)),
  iat: seconds,
  number: ordinal,
  /** Of the compact JWS of `number - 1`; null for the first. */
  previous: z.nullable(hash),
  /** Of those of `number - 2`, `- 4`, `- 8`, ... as long as the power of two divides `number` and something is left. */
  skips: z.array(hash).check(z.maxLength(52)),
  root: hash,
  /** How many chains the tree holds. */
  size: z.int().check(z.nonnegative()),
  /** Events up to here are in the tree. */
  through: instant,
  /** By which keys the provider has signed after its first one: whoever hears of a checkpoint may know fewer of them. */
  successors,
})
export type CheckpointClaims = z.infer<typeof checkpointClaims>
export const checkpoint = jws(16 * 1024)

/** The end of a chain. */
export const auditHead = z.object({ seq: ordinal, hash })
export type AuditHeadOf = z.infer<typeof auditHead>

/** The tree has this many shards, each at the place that the first two bytes of its patients' tags name. */
export const shardCount = 65_536

/** Where a patient's head is in the tree of a checkpoint, or that it isn't: the whole of their shard, and its path to the root. */
export const headProof = z.object({
  /** Absent where the patient is not in the tree yet. */
  head: z.optional(auditHead),
  shard: z.array(z.object({ tag: hash, entry: hash })).check(z.maxLength(4096)),
  path: z.array(hash).check(z.length(Math.log2(shardCount))),
})
export type HeadProof = z.infer<typeof headProof>
