/** The tree over all chains that a checkpoint signs (docs/protocol.md, "Checkpoints"): one head for each patient, and no room for two. */
import * as z from "zod/mini"
import { type AuditHeadOf, type CheckpointClaims, checkpointClaims, type HeadProof, shardCount } from "./checkpoint.ts"
import { type Bytes, concat, fromBase64url, toBase64url, utf8 } from "./crypto/bytes.ts"
import { canonicalHash } from "./crypto/canonical.ts"
import { isIncluded, leafHash } from "./crypto/merkle.ts"
import { sha256 } from "./crypto/primitives.ts"
import { orFail } from "./integrity.ts"
import { knownOf, type ProviderKeys, requireOneList, verifyByProvider, verifyProviderKeys } from "./provider-keys.ts"
import { isLinked, verifyLinks } from "./skip-links.ts"
import { readStatement, statementHash } from "./statement.ts"

/** What a patient is called in the tree. */
export const tagOf = async (patientId: string): Promise<string> => toBase64url(await sha256(utf8(patientId)))

/** The place of the tag's shard, from 0. */
export const shardOf = (tag: string): number => {
  const [high = 0, low = 0] = fromBase64url(tag)
  return high * 256 + low
}

export const entryOf = (tag: string, { seq, hash }: AuditHeadOf): Promise<string> => canonicalHash({ tag, seq, hash })

/** A shard's leaf: tag and entry of each patient, tags in order of their bytes, none twice; throws otherwise. */
export const shardLeaf = (entries: readonly { tag: string; entry: string }[]): Promise<Bytes> => {
  const rows = entries.map(({ tag, entry }) => [fromBase64url(tag), fromBase64url(entry)] as const)
  for (const [i, [tag]] of rows.entries()) {
    const before = rows[i - 1]?.[0]
    if (before !== undefined && compare(before, tag) >= 0) throw new TypeError("tags out of order")
  }
  return leafHash(concat(...rows.flat()))
}

const compare = (a: Uint8Array, b: Uint8Array): number => {
  for (const [i, byte] of a.entries()) {
    const other = b[i] ?? -1
    if (byte !== other) return byte - other
  }
  return a.length - b.length
}

/** Sorted as a shard has them. */
export const byTag = (a: { tag: string }, b: { tag: string }): number =>
  compare(fromBase64url(a.tag), fromBase64url(b.tag))

/** The patient's sealed head, verified against the root; `undefined` where the proof shows that they have none. */
export const verifyHead = (root: string, patientId: string, proof: HeadProof): Promise<AuditHeadOf | undefined> =>
  orFail("checkpoint-invalid", async () => {
    const tag = await tagOf(patientId)
    const index = shardOf(tag)
    const leaf = await shardLeaf(proof.shard)
    const path = proof.path.map((hash) => fromBase64url(hash))
    if (!(await isIncluded(fromBase64url(root), leaf, { index, size: shardCount }, path)))
      throw new Error("another tree")
    const listed = proof.shard.find((other) => other.tag === tag)?.entry
    const shown = proof.head === undefined ? undefined : await entryOf(tag, proof.head)
    if (listed !== shown) throw new Error("another head")
    return proof.head
  })

export interface Checkpoint {
  readonly claims: CheckpointClaims
  /** Of the statement. */
  readonly hash: string
}

/**
 * A checkpoint, signed by this provider: by the newest key of the list in it, of which `provider` may know more or less. `provider-forked` where it is of another
 * list than the known one, signed by the same keys.
 */
export const verifyCheckpoint = (compact: string, provider: ProviderKeys): Promise<Checkpoint> =>
  orFail("checkpoint-invalid", async () => {
    const { header, payload } = readStatement(compact)
    const { successors } = z.parse(checkpointClaims, payload)
    const own = await verifyProviderKeys(provider.cloudId, { ...provider.list, successors }).catch((cause: unknown) => {
      throw new Error("by no list of the provider's", { cause })
    })
    if (header.kid !== knownOf(own).newest) throw new Error("by an older key than it tells of")
    const expected = { typ: "audit-checkpoint", schema: checkpointClaims, code: "checkpoint-invalid" } as const
    const claims = await verifyByProvider(compact, own, expected)
    requireOneList(own, provider)
    if (provider.keys.length > own.keys.length) await verifyByProvider(compact, provider, expected)
    if (!isLinked(claims)) throw new Error("names what isn't before it")
    return { claims, hash: await statementHash(compact) }
  })

/** That an earlier checkpoint lies in the past of a later one. Back to the first of all: `number` 0, `hash` null. */
export const verifyCheckpointLinks = (
  { claims, hash }: Checkpoint,
  links: readonly string[],
  to: { number: number; hash: string | null },
): Promise<void> =>
  orFail("checkpoint-invalid", () =>
    verifyLinks({ ...claims, hash }, links, to, (payload) => z.parse(checkpointClaims, payload)),
  )
