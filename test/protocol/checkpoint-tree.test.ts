import { beforeAll, describe, expect, test } from "vitest"
import { type CheckpointClaims, type HeadProof, headProof, shardCount } from "../../protocol/checkpoint.ts"
import {
  byTag,
  type Checkpoint,
  entryOf,
  shardLeaf,
  shardOf,
  tagOf,
  verifyCheckpoint,
  verifyCheckpointLinks,
  verifyHead,
} from "../../protocol/checkpoint-tree.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { leafHash, nodeHash } from "../../protocol/crypto/merkle.ts"
import { linksBetween, namedBy } from "../../protocol/skip-links.ts"
import { statementHash } from "../../protocol/statement.ts"
import { aHash, integrityOf, now, patientId, tampered } from "../kit/holders.ts"
import { newProvider, type OwnProvider } from "../kit/provider.ts"

const tag = await tagOf(patientId)
const head = { seq: 4, hash: aHash("H") }
/** Another tag in the same shard, before or after. */
const beside = (byte: number) => {
  const bytes = fromBase64url(tag)
  bytes.fill(byte, 2)
  return toBase64url(bytes)
}

/** The proof that this is the patient's shard, in a tree whose other shards are empty. */
async function proofOf(
  shard: HeadProof["shard"],
  own?: HeadProof["head"],
): Promise<{ root: string; proof: HeadProof }> {
  let [root, empty, at] = [await shardLeaf(shard), await leafHash(new Uint8Array(0)), shardOf(tag)]
  const path: string[] = []
  for (let size = shardCount; size > 1; size /= 2) {
    path.push(toBase64url(empty))
    root = at % 2 === 1 ? await nodeHash(empty, root) : await nodeHash(root, empty)
    ;[empty, at] = [await nodeHash(empty, empty), Math.floor(at / 2)]
  }
  return { root: toBase64url(root), proof: { ...(own === undefined ? {} : { head: own }), shard, path } }
}

describe("the head of a patient's chain", () => {
  const neighbours = [
    { tag: beside(0), entry: aHash("N") },
    { tag: beside(255), entry: aHash("M") },
  ]
  let own: { tag: string; entry: string }
  beforeAll(async () => {
    own = { tag, entry: await entryOf(tag, head) }
  })

  test("is in the tree where the proof says", async () => {
    expect(shardOf(tag)).toBe(Buffer.from(tag, "base64url").readUInt16BE(0))
    expect(own.entry).toBe(await canonicalHash({ tag, ...head }))
    const { root, proof } = await proofOf([neighbours[0]!, own, neighbours[1]!], head)
    expect(headProof.parse(proof)).toEqual(proof)
    expect(await verifyHead(root, patientId, proof)).toEqual(head)
    const alone = await proofOf([own], head)
    expect(await verifyHead(alone.root, patientId, alone.proof)).toEqual(head)
  })

  test("isn't in the tree where the proof shows the shard without it", async () => {
    for (const shard of [[], neighbours]) {
      const { root, proof } = await proofOf(shard)
      expect(await verifyHead(root, patientId, proof)).toBeUndefined()
    }
  })

  test("is refused where anything of the proof is another", async () => {
    const { root, proof } = await proofOf([neighbours[0]!, own], head)
    const { head: _, ...headless } = proof
    const bad: HeadProof[] = [
      headless,
      { ...proof, head: { ...head, seq: 5 } },
      { ...proof, head: { ...head, hash: aHash("x") } },
      { ...proof, shard: [neighbours[0]!] },
      { ...proof, shard: [own] },
      { ...proof, shard: [neighbours[0]!, { ...own, entry: aHash("x") }] },
      { ...proof, path: proof.path.toReversed() },
      { ...proof, path: proof.path.slice(1) },
      { ...proof, path: proof.path.with(15, aHash("x")) },
      { ...proof, path: proof.path.with(0, "=") },
    ]
    for (const each of bad) expect(await integrityOf(verifyHead(root, patientId, each))).toBe("checkpoint-invalid")
    expect(await integrityOf(verifyHead(aHash("x"), patientId, proof))).toBe("checkpoint-invalid")
    expect(await integrityOf(verifyHead(root, "kJGSk5SVlpeYmZqbnJ2enw", proof))).toBe("checkpoint-invalid")
    const absent = await proofOf([neighbours[0]!], head)
    expect(await integrityOf(verifyHead(absent.root, patientId, absent.proof))).toBe("checkpoint-invalid")
  })

  test("has one place in a shard: tags stand in the order of their bytes, none twice", async () => {
    const rows = [neighbours[1]!, own, neighbours[0]!]
    expect(rows.toSorted(byTag)).toEqual([neighbours[0], own, neighbours[1]])
    expect(byTag(own, own)).toBe(0)
    expect(() => shardLeaf(rows)).toThrow(TypeError)
    expect(() => shardLeaf([own, own])).toThrow(TypeError)
    expect(() => shardLeaf([own, { ...own, entry: aHash("x") }])).toThrow(TypeError)
    expect(await shardLeaf([])).toEqual(await leafHash(new Uint8Array(0)))
    expect(byTag({ tag: "AAAA" }, { tag: "AAAAAA" })).toBeLessThan(0)
    expect(byTag({ tag: "AAAAAA" }, { tag: "AAAA" })).toBeGreaterThan(0)
  })
})

describe("a checkpoint", () => {
  let provider: OwnProvider
  let line: string[]
  let all: Checkpoint[]
  const claims: CheckpointClaims = {
    iss: "",
    iat: now,
    number: 1,
    previous: null,
    skips: [],
    root: aHash("R"),
    size: 3,
    through: "2026-01-02T03:04:05.678Z",
    successors: [],
  }
  const sign = (payload: object, by: Pick<OwnProvider, "state"> = provider, typ = "audit-checkpoint") =>
    by.state(typ, { ...claims, ...payload })
  const verify = (compact: string, by = provider) => verifyCheckpoint(compact, by.keys)

  beforeAll(async () => {
    provider = await newProvider()
    claims.iss = provider.cloudId
    ;[line, all] = [[], []]
    for (let number = 1; number <= 12; number++) {
      const [previous = null, ...skips] = namedBy(number).map((named) => all[named - 1]!.hash)
      line.push(await sign({ number, previous, skips }))
      all.push(await verify(line.at(-1)!))
    }
  })

  test("is the provider's, with number and hash", async () => {
    expect(all[0]).toEqual({ claims, hash: await statementHash(line[0]!) })
    expect(all[11]!.claims.skips).toHaveLength(2)
  })

  test("is refused by another key, of another cloud or type, changed, or with links that don't fit its number", async () => {
    const stranger = await newProvider()
    const refused = async (attempt: Promise<unknown>) => expect(await integrityOf(attempt)).toBe("checkpoint-invalid")
    await refused(verify(line[0]!, stranger))
    await refused(verify(await sign({}, stranger)))
    await refused(verify(await sign({ iss: stranger.cloudId })))
    await refused(verify(await sign({}, provider, "receipt")))
    for (const change of [{ iat: 1 }, { root: aHash("x") }, { size: 4 }, { number: 2 }])
      await refused(verify(tampered(line[0]!, change)))
    for (const odd of [{ more: 1 }, { number: 0 }, { previous: aHash("x") }, { skips: [aHash("x")] }, { size: -1 }])
      await refused(verify(await sign(odd)))
    await refused(verify(await sign({ number: 4, previous: all[2]!.hash, skips: [] })))
    await refused(verify(await sign({ number: 3, previous: null })))
    await refused(verify(""))
  })

  test("has every earlier one in its past, and the beginning", async () => {
    const way = (to: number) => linksBetween(12, to).map((number) => line[number - 1]!)
    for (let to = 1; to <= 12; to++)
      await verifyCheckpointLinks(all[11]!, way(to), { number: to, hash: all[to - 1]!.hash })
    await verifyCheckpointLinks(all[11]!, way(0), { number: 0, hash: null })
    for (const to of [
      { number: 3, hash: all[3]!.hash },
      { number: 13, hash: all[0]!.hash },
    ])
      expect(await integrityOf(verifyCheckpointLinks(all[11]!, way(3), to))).toBe("checkpoint-invalid")
    const unlike = verifyCheckpointLinks(all[11]!, way(3).with(0, ""), { number: 3, hash: all[2]!.hash })
    expect(await integrityOf(unlike)).toBe("checkpoint-invalid")
  })
})
