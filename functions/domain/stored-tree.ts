import * as z from "zod/mini"
import { auditHead, type HeadProof, shardCount } from "../../protocol/checkpoint.ts"
import { byTag, entryOf, shardLeaf, shardOf, tagOf } from "../../protocol/checkpoint-tree.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { inclusionPath, treeHash } from "../../protocol/crypto/merkle.ts"
import { hash } from "../../protocol/primitives.ts"
import type { AuditHead, CheckpointReads } from "./ports.ts"
import type { PortsOf } from "./writing-ports.ts"

/**
 * The tree of a checkpoint as it is kept: the root's node names 256 branches, a branch names 256 shards, a shard holds the heads of its
 * patients. Each is kept under its own hash and never changed, so that whoever holds a root holds the whole tree as it was
 * (docs/adr/0006-checkpoint-tree.md).
 */
const width = Math.sqrt(shardCount)
const shardNode = z.array(z.object({ tag: hash, ...auditHead.shape }))
type Shard = z.infer<typeof shardNode>
const branchNode = z.array(hash).check(z.length(width))
type Branch = readonly string[]

type Nodes = Pick<CheckpointReads, "node"> & PortsOf<{ checkpoints: "addNode" }>["checkpoints"]

const shardHash = async (shard: Shard): Promise<string> =>
  toBase64url(
    await shardLeaf(
      await Promise.all(shard.map(async (row) => ({ tag: row.tag, entry: await entryOf(row.tag, row) }))),
    ),
  )
const branchHash = async (branch: Branch): Promise<string> =>
  toBase64url(await treeHash(branch.map((child) => fromBase64url(child))))

const makeEmptyNodes = async () => {
  const shard = await shardHash([])
  const branch: Branch = Array.from({ length: width }, () => shard)
  const branchRoot = await branchHash(branch)
  const top: Branch = Array.from({ length: width }, () => branchRoot)
  return { shard, branch, branchRoot, top, root: await branchHash(top) }
}

let emptyNodesMade: ReturnType<typeof makeEmptyNodes> | undefined
/** What is not kept, since there is nothing in it; made once. */
const emptyNodes = () => (emptyNodesMade ??= makeEmptyNodes())

/** What is kept under a hash must have it: a damaged node checkpoints nothing and proves nothing. */
const reader = async (nodes: Pick<Nodes, "node">) => {
  const empty = await emptyNodes()
  const branch = async (named: string): Promise<Branch> => {
    if (named === empty.root) return empty.top
    if (named === empty.branchRoot) return empty.branch
    const found = z.parse(branchNode, await nodes.node(named))
    if ((await branchHash(found)) !== named) throw new Error("a node of the sealed tree is damaged")
    return found
  }
  const shard = async (named: string): Promise<Shard> => {
    if (named === empty.shard) return []
    const found = z.parse(shardNode, await nodes.node(named))
    if ((await shardHash(found)) !== named) throw new Error("a node of the sealed tree is damaged")
    return found
  }
  return { branch, shard }
}

export const emptyRoot = async (): Promise<string> => (await emptyNodes()).root

export interface Sealed {
  readonly root: string
  /** Chains that were not in the tree. */
  readonly added: number
  /** Chains with another event in the place of one that was sealed. Theirs stays as it was sealed. */
  readonly forked: number
}

const childOf = (branch: Branch, place: number): string => {
  const child = branch[place]
  if (child === undefined) throw new RangeError("no such place in the tree")
  return child
}

type Head = AuditHead & { readonly patientId: string }
interface Row {
  readonly tag: string
  readonly head: AuditHead
}

const withRows = (shard: Shard, rows: readonly Row[]) => {
  const byName = new Map(shard.map((row) => [row.tag, row]))
  let [added, forked] = [0, 0]
  for (const { tag, head } of rows) {
    const known = byName.get(tag)
    if (known === undefined) added++
    if (known?.seq === head.seq && known.hash !== head.hash) forked++
    // A chain only grows: an older head was read late.
    if (known === undefined || known.seq < head.seq) byName.set(tag, { tag, seq: head.seq, hash: head.hash })
  }
  return { shard: [...byName.values()].sort(byTag), added, forked }
}

/**
 * The tree with these heads in it. Reads and writes the root's node, and of the rest only what holds one of these patients: what it costs
 * does not grow with those who did nothing.
 */
export const withHeads = async (nodes: Nodes, root: string, heads: readonly Head[]): Promise<Sealed> => {
  const read = await reader(nodes)
  const rows = await Promise.all(heads.map(async (head): Promise<Row> => ({ tag: await tagOf(head.patientId), head })))
  const top = await read.branch(root)
  const sums = { added: 0, forked: 0 }
  const changed = async (branchPlace: number, own: readonly Row[]) => {
    const branch = await read.branch(childOf(top, branchPlace))
    const next = [...branch]
    const byShard = Map.groupBy(own, ({ tag }) => shardOf(tag) % width)
    await Promise.all(
      Array.from(byShard, async ([place, inShard]) => {
        const { shard, added, forked } = withRows(await read.shard(childOf(branch, place)), inShard)
        const named = await shardHash(shard)
        if (named !== next[place]) await nodes.addNode(named, shard)
        next[place] = named
        sums.added += added
        sums.forked += forked
      }),
    )
    const named = await branchHash(next)
    if (named !== top[branchPlace]) await nodes.addNode(named, next)
    return named
  }
  const nextTop = [...top]
  const byBranch = Map.groupBy(rows, ({ tag }) => Math.floor(shardOf(tag) / width))
  await Promise.all(Array.from(byBranch, async ([place, own]) => (nextTop[place] = await changed(place, own))))
  const named = await branchHash(nextTop)
  if (named !== root) await nodes.addNode(named, nextTop)
  return { root: named, ...sums }
}

/** Where a patient's head is in the tree, or that it isn't. */
export const proofOf = async (nodes: Pick<Nodes, "node">, root: string, patientId: string): Promise<HeadProof> => {
  const read = await reader(nodes)
  const tag = await tagOf(patientId)
  const [high, low] = [Math.floor(shardOf(tag) / width), shardOf(tag) % width]
  const top = await read.branch(root)
  const branch = await read.branch(childOf(top, high))
  const shard = await read.shard(childOf(branch, low))
  const own = shard.find((row) => row.tag === tag)
  const path = [
    ...(await inclusionPath(
      low,
      branch.map((child) => fromBase64url(child)),
    )),
    ...(await inclusionPath(
      high,
      top.map((child) => fromBase64url(child)),
    )),
  ]
  return {
    ...(own === undefined ? {} : { head: { seq: own.seq, hash: own.hash } }),
    shard: await Promise.all(shard.map(async (row) => ({ tag: row.tag, entry: await entryOf(row.tag, row) }))),
    path: path.map((sibling) => toBase64url(sibling)),
  }
}
