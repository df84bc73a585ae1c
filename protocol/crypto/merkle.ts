/**
 * Merkle trees as RFC 9162, section 2.1, has them (and RFC 6962 before it), with SHA-256: a leaf is hashed after a zero byte, a node after a
 * one, so that neither can be passed off as the other.
 */
import { type Bytes, concat, equal } from "./bytes.ts"
import { sha256 } from "./primitives.ts"

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

/** HASH(0x00 || data). */
export function leafHash(data: Uint8Array): Promise<Bytes> {
  return sha256(concat(leafPrefix, data))
}

/** HASH(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(concat(nodePrefix, left, right))
}

/** The largest power of two smaller than `size`, which is at least 2. */
function splitOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1))
}

/** MTH of section 2.1.1, over leaves hashed already. The root of no leaves is the hash of nothing. */
export async function treeHash(leaves: readonly Uint8Array[]): Promise<Bytes> {
  const [only] = leaves
  if (only === undefined) return sha256(new Uint8Array(0))
  if (leaves.length === 1) return concat(only)
  const split = splitOf(leaves.length)
  const [left, right] = await Promise.all([treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split))])
  return nodeHash(left, right)
}

/** PATH of section 2.1.3.1: what `rootOf` needs beside the leaf, from the leaf up. */
export async function inclusionPath(index: number, leaves: readonly Uint8Array[]): Promise<Bytes[]> {
  if (index < 0 || index >= leaves.length) throw new RangeError("no such leaf")
  if (leaves.length === 1) return []
  const split = splitOf(leaves.length)
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)]
  return index < split
    ? [...(await inclusionPath(index, left)), await treeHash(right)]
    : [...(await inclusionPath(index - split, right)), await treeHash(left)]
}

/** The root that a leaf and its path lead to (section 2.1.3.2); `undefined` where a path of this length can't be of this leaf. */
export async function rootOf(
  leaf: Uint8Array,
  place: { index: number; size: number },
  path: readonly Uint8Array[],
): Promise<Bytes | undefined> {
  let [index, last] = [place.index, place.size - 1]
  if (!Number.isSafeInteger(index) || index < 0 || index > last) return undefined
  let root = concat(leaf)
  for (const sibling of path) {
    if (last === 0) return undefined
    if (index % 2 === 1 || index === last) {
      root = await nodeHash(sibling, root)
      while (index % 2 === 0 && index !== 0) [index, last] = [index / 2, Math.floor(last / 2)]
    } else {
      root = await nodeHash(root, sibling)
    }
    ;[index, last] = [Math.floor(index / 2), Math.floor(last / 2)]
  }
  return last === 0 ? root : undefined
}

/** Whether the leaf is in the tree of this root, at this place. */
export async function isIncluded(
  root: Uint8Array,
  leaf: Uint8Array,
  place: { index: number; size: number },
  path: readonly Uint8Array[],
): Promise<boolean> {
  const found = await rootOf(leaf, place, path)
  return found !== undefined && equal(found, root)
}
