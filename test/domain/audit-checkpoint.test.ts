import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { NewAuditEvent } from "../../contract/audit.ts"
import { getCheckpoint, signCheckpoint } from "../../functions/domain/audit-checkpoint.ts"
import type { ChangedHead } from "../../functions/domain/ports.ts"
import { emptyRoot, proofOf, withHeads } from "../../functions/domain/stored-tree.ts"
import { shardCount } from "../../protocol/checkpoint.ts"
import {
  entryOf,
  shardLeaf,
  shardOf,
  tagOf,
  verifyCheckpoint,
  verifyCheckpointLinks,
  verifyHead,
} from "../../protocol/checkpoint-tree.ts"
import { concat, fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { leafHash, rootOf } from "../../protocol/crypto/merkle.ts"
import { linksBetween, namedBy } from "../../protocol/skip-links.ts"
import { newId, newKey } from "../fakes/call.ts"
import { memoryCheckpoints } from "../fakes/checkpoints.ts"
import { type MemoryCloud, memoryCloud, noon } from "../fakes/cloud.ts"

const event: NewAuditEvent = { action: "recover", outcome: "permitted", actor: { kind: "patient" }, subject: {} }
const minutes = (n: number) => new Date(noon.getTime() + n * 60_000)
const append = async (cloud: MemoryCloud, patientId: string, at = noon) => {
  const { seq, hash } = await cloud.audit.append(patientId, event, at)
  return { seq, hash }
}
const always = { mayContinue: () => true }
const sign = (cloud: MemoryCloud, at: Date) => signCheckpoint(cloud, { now: at }, always)
const checkpointOf = async (cloud: MemoryCloud, number: number) =>
  verifyCheckpoint(cloud.kept.signed.get(number) ?? "", cloud.providerKeys)
const newest = async (cloud: MemoryCloud) => checkpointOf(cloud, await cloud.kept.checkpoints.newest())
const sealedHead = async (cloud: MemoryCloud, patientId: string) => {
  const { root } = (await newest(cloud)).claims
  return verifyHead(root, patientId, await proofOf(cloud.kept.checkpoints, root, patientId))
}

describe("a checkpoint", () => {
  test("holds the head of every chain, signed by the provider", async () => {
    const cloud = await memoryCloud()
    const patients = [newId(), newId(), newId()]
    for (const patientId of patients) await append(cloud, patientId)
    const head = await append(cloud, patients[0] ?? "")
    expect(await sign(cloud, minutes(1))).toEqual({ outcome: "signed", number: 1, heads: 3, behind: false, forked: 0 })
    const { claims } = await newest(cloud)
    expect(claims).toMatchObject({ number: 1, previous: null, skips: [], size: 3, through: minutes(1).toISOString() })
    expect(await sealedHead(cloud, patients[0] ?? "")).toEqual(head)
    expect(await sealedHead(cloud, newId())).toBeUndefined()
  })

  test("is made where nothing happened too, over the same tree", async () => {
    const cloud = await memoryCloud()
    expect(await sign(cloud, minutes(1))).toMatchObject({ heads: 0, behind: false })
    await sign(cloud, minutes(2))
    const [one, two] = [await checkpointOf(cloud, 1), await checkpointOf(cloud, 2)]
    expect(one.claims.root).toBe(await emptyRoot())
    expect(two.claims).toMatchObject({ number: 2, root: one.claims.root, size: 0, previous: one.hash })
    expect(cloud.kept.nodes.size).toBe(0)
  })

  test("takes up what came since the last, and keeps the rest", async () => {
    const cloud = await memoryCloud()
    const [quiet, busy] = [newId(), newId()]
    const first = await append(cloud, quiet)
    await append(cloud, busy)
    await sign(cloud, minutes(20))
    const last = await append(cloud, busy, minutes(30))
    expect(await sign(cloud, minutes(31))).toMatchObject({ heads: 1 })
    expect(await sealedHead(cloud, busy)).toEqual(last)
    expect(await sealedHead(cloud, quiet)).toEqual(first)
    expect((await newest(cloud)).claims.size).toBe(2)
  })

  test("takes up an event that was written minutes after the moment it names", async () => {
    const cloud = await memoryCloud()
    const patientId = newId()
    await sign(cloud, minutes(10))
    const late = await append(cloud, patientId, minutes(6))
    await sign(cloud, minutes(11))
    expect(await sealedHead(cloud, patientId)).toEqual(late)
  })

  test("takes up, once an hour, an event that came a day late", async () => {
    const cloud = await memoryCloud()
    const patientId = newId()
    for (let number = 1; number < 60; number++) await sign(cloud, minutes(number))
    const late = await append(cloud, patientId, minutes(-60 * 20))
    await sign(cloud, minutes(60))
    expect(await sealedHead(cloud, patientId)).toEqual(late)
  })

  test("that was made in time never shows an older head again", async () => {
    const cloud = await memoryCloud()
    const patientId = newId()
    await append(cloud, patientId)
    const head = await append(cloud, patientId)
    await sign(cloud, minutes(1))
    const [older] = cloud.trail.eventsOf(patientId)
    const changes = { since: async () => [{ patientId, seq: 1, hash: older?.hash ?? "", at: noon.toISOString() }] }
    await signCheckpoint({ ...cloud, changes }, { now: minutes(2) }, always)
    expect(await sealedHead(cloud, patientId)).toEqual(head)
  })

  test("tells of a chain that has another event where one was sealed, and keeps the sealed one", async () => {
    const cloud = await memoryCloud()
    const [forked, other] = [newId(), newId()]
    const head = await append(cloud, forked)
    await sign(cloud, minutes(1))
    const another = await append(cloud, other, minutes(1))
    const at = minutes(1).toISOString()
    const changes = {
      since: async () => [
        { patientId: forked, seq: 1, hash: newKey(), at },
        { patientId: other, ...another, at },
      ],
    }
    const oneByOne = { ...always, batch: 1 }
    expect(await signCheckpoint({ ...cloud, changes }, { now: minutes(2) }, oneByOne)).toMatchObject({ forked: 1 })
    expect(await sealedHead(cloud, forked)).toEqual(head)
    expect(await sealedHead(cloud, other)).toEqual(another)
  })

  test("stops where time runs out, and says how far it came; the next goes on from there", async () => {
    const cloud = await memoryCloud()
    const heads = Array.from({ length: 12 }, (_, i): ChangedHead => {
      return { patientId: newId(), seq: 1, hash: newKey(), at: new Date(noon.getTime() + i).toISOString() }
    })
    const changes = { since: async (at: string) => heads.filter((head) => head.at > at) }
    const limited = { ...cloud, changes }
    expect(await signCheckpoint(limited, { now: minutes(1) }, { mayContinue: () => false, batch: 5 })).toMatchObject({
      behind: true,
    })
    const { claims } = await newest(cloud)
    expect(claims).toMatchObject({ size: 5, through: heads[4]?.at })
    expect(await signCheckpoint(limited, { now: minutes(2) }, { mayContinue: () => true, batch: 5 })).toMatchObject({
      behind: false,
    })
    expect((await newest(cloud)).claims).toMatchObject({ size: 12, through: minutes(2).toISOString() })
  })

  test("takes changes in the order of their moments, however they come", async () => {
    const cloud = await memoryCloud()
    const heads = Array.from({ length: 9 }, (_, i): ChangedHead => {
      return { patientId: newId(), seq: 1, hash: newKey(), at: new Date(noon.getTime() + i).toISOString() }
    })
    for (const order of [heads.toReversed(), [...heads.slice(3), ...heads.slice(0, 3)]]) {
      const changes = { since: async () => [...order] }
      await signCheckpoint({ ...cloud, changes }, { now: minutes(1) }, { mayContinue: () => false, batch: 4 })
      expect((await newest(cloud)).claims.through).toBe(heads[3]?.at)
      cloud.kept.signed.clear()
    }
  })

  test("goes no further back when the clock does", async () => {
    const cloud = await memoryCloud()
    await sign(cloud, minutes(10))
    await sign(cloud, minutes(5))
    expect((await newest(cloud)).claims.through).toBe(minutes(10).toISOString())
  })

  test("adds nothing to the tree for heads that stand in it", async () => {
    const cloud = await memoryCloud()
    await append(cloud, newId())
    await sign(cloud, minutes(1))
    cloud.calls.steps.length = 0
    expect(await sign(cloud, minutes(2))).toMatchObject({ heads: 1, forked: 0 })
    expect(cloud.calls.steps).toContain("checkpoints.addCheckpoint")
    expect(cloud.calls.steps).not.toContain("checkpoints.addNode")
    const [one, two] = [await checkpointOf(cloud, 1), await checkpointOf(cloud, 2)]
    expect([two.claims.root, two.claims.size]).toEqual([one.claims.root, one.claims.size])
  })

  test("is not made upon one that the provider didn't sign, or that stands in another's place", async () => {
    const cloud = await memoryCloud()
    await sign(cloud, minutes(1))
    const stranger = await memoryCloud()
    await sign(stranger, minutes(1))
    const own = cloud.kept.signed.get(1) ?? ""
    cloud.kept.signed.set(1, stranger.kept.signed.get(1) ?? "")
    await expect(sign(cloud, minutes(2))).rejects.toMatchObject({ code: "checkpoint-invalid" })
    cloud.kept.signed.set(1, own)
    cloud.kept.signed.set(2, own)
    await expect(sign(cloud, minutes(2))).rejects.toThrow(/in the place of another/)
  })

  test("is not kept where its signature does not verify, and the next is made as if nothing had been", async () => {
    const cloud = await memoryCloud()
    await sign(cloud, minutes(1))
    const broken: typeof cloud.provider.sign = () => cloud.provider.sign(new Uint8Array(3))
    const failing = {
      ...cloud,
      provider: { ...cloud.provider, sign: broken },
    }
    await expect(signCheckpoint(failing, { now: minutes(2) }, always)).rejects.toMatchObject({
      code: "checkpoint-invalid",
    })
    expect(cloud.kept.signed.size).toBe(1)
    expect(await sign(cloud, minutes(3))).toMatchObject({ outcome: "signed", number: 2 })
  })

  test("is not made upon a damaged tree", async () => {
    const cloud = await memoryCloud()
    const patientId = newId()
    await append(cloud, patientId)
    await sign(cloud, minutes(1))
    await append(cloud, patientId, minutes(1))
    for (const [hash, node] of cloud.kept.nodes) {
      cloud.kept.nodes.set(hash, node.replace(/[A-Za-z0-9_-]{42}/, "B".repeat(42)))
      await expect(sign(cloud, minutes(2))).rejects.toThrow(/damaged/)
      cloud.kept.nodes.set(hash, node)
    }
    expect(await sign(cloud, minutes(2))).toMatchObject({ outcome: "signed" })
  })
})

describe("signers", () => {
  test("of two at once one makes the checkpoint, and the other changes nothing", async () => {
    const cloud = await memoryCloud()
    const patientId = newId()
    const head = await append(cloud, patientId)
    const outcomes = await Promise.all([sign(cloud, minutes(1)), sign(cloud, minutes(1))])
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(["signed", "taken"])
    expect(cloud.kept.signed.size).toBe(1)
    expect(await sealedHead(cloud, patientId)).toEqual(head)
  })

  test("ended at any of their calls, or with any answer lost, leave a state that the next one mends", async () => {
    const whole = await memoryCloud()
    await append(whole, newId())
    await sign(whole, minutes(1))
    const calls = whole.calls.steps.filter((step) => !step.startsWith("audit."))
    expect(calls).toContain("provider.sign")
    for (const when of ["asked", "answered"] as const)
      for (let at = 1; at <= calls.length; at++) {
        const cloud = await memoryCloud()
        const [patientId, other] = [newId(), newId()]
        await append(cloud, patientId)
        await sign(cloud, minutes(1))
        const head = await append(cloud, patientId, minutes(1))
        const another = await append(cloud, other, minutes(1))
        const before = await newest(cloud)
        cloud.calls.failAt(at, when)
        await sign(cloud, minutes(2)).catch(() => {})
        cloud.calls.mend()
        const after = await newest(cloud)
        if (after.claims.number === 1) expect(after).toEqual(before)
        await sign(cloud, minutes(3))
        expect(await sealedHead(cloud, patientId)).toEqual(head)
        expect(await sealedHead(cloud, other)).toEqual(another)
        expect((await newest(cloud)).claims.size).toBe(2)
      }
  })
})

describe("the proof of a head", () => {
  const grow = async () => {
    const { checkpoints } = memoryCheckpoints()
    const heads = Array.from({ length: 60 }, () => ({ patientId: newId(), seq: 7, hash: newKey() }))
    const { root } = await withHeads(checkpoints, await emptyRoot(), heads)
    return { checkpoints, heads, root }
  }
  let grown: ReturnType<typeof grow> | undefined
  const forest = () => (grown ??= grow())

  test("shows each patient's head, and nobody's who has none", async () => {
    const { checkpoints, heads, root } = await forest()
    for (const { patientId, seq, hash } of heads.slice(0, 20))
      expect(await verifyHead(root, patientId, await proofOf(checkpoints, root, patientId))).toEqual({ seq, hash })
    const nobody = newId()
    const none = await proofOf(checkpoints, root, nobody)
    expect(await verifyHead(root, nobody, none)).toBeUndefined()
    await expect(verifyHead(root, nobody, { ...none, head: { seq: 1, hash: newKey() } })).rejects.toMatchObject({
      code: "checkpoint-invalid",
    })
  })

  test("names no other patient", async () => {
    const { checkpoints, heads, root } = await forest()
    const [own] = heads
    const proof = JSON.stringify(await proofOf(checkpoints, root, own?.patientId ?? ""))
    for (const { patientId } of heads) expect(proof).not.toContain(patientId)
  })

  test("holds with nothing in it changed: head, shard, any level of the path, root, patient", async () => {
    const { checkpoints, heads, root } = await forest()
    const [own, other] = heads
    if (own === undefined || other === undefined) throw new Error("no heads")
    const proof = await proofOf(checkpoints, root, own.patientId)
    const refusedAs = (changed: Promise<unknown>) =>
      expect(changed).rejects.toMatchObject({ name: "IntegrityFailure", code: "checkpoint-invalid" })
    const head = { seq: own.seq, hash: own.hash }
    await refusedAs(verifyHead(root, own.patientId, { ...proof, head: { ...head, seq: 8 } }))
    await refusedAs(verifyHead(root, own.patientId, { ...proof, head: { ...head, hash: newKey() } }))
    const { head: _, ...headless } = proof
    await refusedAs(verifyHead(root, own.patientId, headless))
    await refusedAs(verifyHead(root, own.patientId, { ...headless, shard: [] }))
    await refusedAs(verifyHead(root, own.patientId, { ...proof, shard: [...proof.shard, ...proof.shard] }))
    await refusedAs(verifyHead(newKey(), own.patientId, proof))
    await refusedAs(verifyHead(root, other.patientId, proof))
    expect(proof.path).toHaveLength(16)
    for (const level of proof.path.keys())
      await refusedAs(
        verifyHead(root, own.patientId, { ...proof, path: proof.path.map((old, i) => (i === level ? newKey() : old)) }),
      )
    for (const i of proof.shard.keys())
      for (const field of ["tag", "entry"] as const)
        await refusedAs(
          verifyHead(root, own.patientId, {
            ...proof,
            shard: proof.shard.map((row, at) => (at === i ? { ...row, [field]: newKey() } : row)),
          }),
        )
  })
})

test("a tree that has two heads of one patient, to show one to each device, is refused whichever it shows", async () => {
  const patientId = newId()
  const tag = await tagOf(patientId)
  const heads = [
    { seq: 1, hash: newKey() },
    { seq: 1, hash: newKey() },
  ]
  const shard = await Promise.all(heads.map(async (head) => ({ tag, entry: await entryOf(tag, head) })))
  const { path } = await proofOf(memoryCheckpoints().checkpoints, await emptyRoot(), patientId)
  const place = { index: shardOf(tag), size: shardCount }
  const siblings = path.map((sibling) => fromBase64url(sibling))
  const rows = (of: typeof shard) =>
    concat(...of.flatMap((row) => [row.tag, row.entry].map((text) => fromBase64url(text))))
  const rootWith = async (of: typeof shard) =>
    toBase64url((await rootOf(await leafHash(rows(of)), place, siblings)) ?? new Uint8Array())
  const [one] = shard
  if (one === undefined) throw new Error("no entry")
  // With one of them alone the same tree is in order.
  expect(await verifyHead(await rootWith([one]), patientId, { head: heads[0], shard: [one], path })).toEqual(heads[0])
  const root = await rootWith(shard)
  for (const head of heads)
    await expect(verifyHead(root, patientId, { head, shard, path })).rejects.toMatchObject({
      code: "checkpoint-invalid",
    })
})

describe("the way back", () => {
  const history = async () => {
    const cloud = await memoryCloud()
    for (let number = 1; number <= 20; number++) await sign(cloud, minutes(number))
    const links = (from: number, to: number) =>
      linksBetween(from, to).map((number) => cloud.kept.signed.get(number) ?? "")
    return { cloud, links }
  }

  test("leads from each checkpoint to each before it, and to the first of all", async () => {
    const { cloud, links } = await history()
    for (let from = 1; from <= 20; from++) {
      const later = await checkpointOf(cloud, from)
      await verifyCheckpointLinks(later, links(from, 0), { number: 0, hash: null })
      for (let to = 1; to <= from; to++) {
        const { hash } = await checkpointOf(cloud, to)
        await verifyCheckpointLinks(later, links(from, to), { number: to, hash })
      }
    }
  })

  test("is refused where it leads elsewhere, has a link missing, doubled, changed, or is of an older checkpoint", async () => {
    const { cloud, links } = await history()
    const [later, earlier] = [await checkpointOf(cloud, 19), await checkpointOf(cloud, 5)]
    const to = { number: 5, hash: earlier.hash }
    const way = links(19, 5)
    expect(way.length).toBeGreaterThan(1)
    const refused = (attempt: Promise<void>) => expect(attempt).rejects.toMatchObject({ code: "checkpoint-invalid" })
    await refused(verifyCheckpointLinks(later, way, { number: 5, hash: newKey() }))
    await refused(verifyCheckpointLinks(later, way, { number: 6, hash: earlier.hash }))
    await refused(verifyCheckpointLinks(later, way.slice(1), to))
    await refused(verifyCheckpointLinks(later, [...way, ...way.slice(-1)], to))
    await refused(verifyCheckpointLinks(later, way.toReversed(), to))
    for (const i of way.keys())
      await refused(
        verifyCheckpointLinks(
          later,
          way.map((link, at) => (at === i ? (cloud.kept.signed.get(3) ?? "") : link)),
          to,
        ),
      )
    await refused(verifyCheckpointLinks(earlier, [], { number: 19, hash: later.hash }))
  })
})

describe("of patients in one shard", () => {
  /** As many as asked for, in the order of their tags. */
  const neighbours = async (wanted: number) => {
    const shards = new Map<number, { patientId: string; tag: string }[]>()
    for (;;) {
      const patientId = newId()
      const tag = await tagOf(patientId)
      const own = [...(shards.get(shardOf(tag)) ?? []), { patientId, tag }]
      if (own.length === wanted)
        return own.sort((a, b) => Buffer.compare(Buffer.from(a.tag, "base64url"), Buffer.from(b.tag, "base64url")))
      shards.set(shardOf(tag), own)
    }
  }

  test("each head stands in the tree, the tree being one whichever came first", async () => {
    const both = (await neighbours(2)).map(({ patientId }) => ({ patientId, seq: 1, hash: newKey() }))
    const roots = []
    for (const order of [both, both.toReversed()]) {
      const { checkpoints } = memoryCheckpoints()
      let root = await emptyRoot()
      for (const head of order) {
        const sealed = await withHeads(checkpoints, root, [head])
        expect(sealed).toMatchObject({ added: 1, forked: 0 })
        root = sealed.root
      }
      for (const { patientId, seq, hash } of both)
        expect(await verifyHead(root, patientId, await proofOf(checkpoints, root, patientId))).toEqual({ seq, hash })
      roots.push(root)
    }
    const { checkpoints } = memoryCheckpoints()
    expect(await withHeads(checkpoints, await emptyRoot(), both)).toEqual({ root: roots[0], added: 2, forked: 0 })
    expect(roots[1]).toBe(roots[0])
  })

  test("a tree that has them in another order, which could hide one of two heads, is refused", async () => {
    const tags = (await neighbours(2)).map(({ tag }) => tag)
    const rows = tags.map((tag) => ({ tag, entry: newKey() }))
    await shardLeaf(rows)
    expect(() => shardLeaf(rows.toReversed())).toThrow(TypeError)
    expect(() => shardLeaf([...rows, ...rows.slice(-1)])).toThrow(TypeError)
  })
})

describe("patient/get-checkpoint", () => {
  test("gives nothing before the first checkpoint, and refuses whoever has no account", async () => {
    const cloud = await memoryCloud()
    const patientId = newId()
    await expect(getCheckpoint(cloud, patientId, {})).rejects.toMatchObject({ code: "not-found" })
  })
})

// What takes longest comes last: a mutation test ends with the first that notices.

describe("what a checkpoint costs", () => {
  test("does not grow with the patients who did nothing", async () => {
    const counted = async (idle: number) => {
      const { checkpoints } = memoryCheckpoints()
      const heads = Array.from({ length: idle }, () => ({ patientId: newId(), seq: 1, hash: newKey() }))
      const { root } = await withHeads(checkpoints, await emptyRoot(), heads)
      const calls = { node: 0, addNode: 0 }
      const counting = {
        node: (hash: string) => {
          calls.node++
          return checkpoints.node(hash)
        },
        addNode: (hash: string, node: unknown) => {
          calls.addNode++
          return checkpoints.addNode(hash, node)
        },
      }
      await withHeads(counting, root, [{ patientId: newId(), seq: 1, hash: newKey() }])
      return calls
    }
    const few = await counted(10)
    expect(few.addNode).toBe(3)
    const many = await counted(300)
    expect(many.addNode).toBe(3)
    expect(many.node).toBeLessThanOrEqual(3)
  })

  test("and no checkpoint is more than 48 others away from any before it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000_000 }), fc.nat(), (from, back) => {
        const to = Math.max(0, from - back)
        const links = linksBetween(from, to)
        expect(links.length).toBeLessThanOrEqual(48)
        let at = from
        for (const link of [...links, to]) {
          if (at === to) break
          expect([...namedBy(at), at - 1]).toContain(link)
          at = link
        }
        expect(at).toBe(to)
      }),
    )
  })
})

describe("signers in any order", () => {
  test("racing writers, one another and failures in any order, lose no head and never go back", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("append" as const), patient: fc.nat(3) }),
      fc.record({ do: fc.constant("sign" as const), signers: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ do: fc.constant("fail" as const), at: fc.integer({ min: 1, max: 20 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const cloud = await memoryCloud()
        const patients = [newId(), newId(), newId(), newId()]
        const sealedOnce = new Map<string, number>()
        let minute = 0
        for (const next of steps) {
          minute++
          if (next.do === "append") await append(cloud, patients[next.patient] ?? "", minutes(minute))
          if (next.do === "fail") {
            cloud.calls.failAt(next.at, "answered")
            await sign(cloud, minutes(minute)).catch(() => {})
            cloud.calls.mend()
          }
          if (next.do === "sign")
            await Promise.all(Array.from({ length: next.signers }, () => sign(cloud, minutes(minute))))
          if (cloud.kept.signed.size === 0) continue
          for (const patientId of patients) {
            const seq = (await sealedHead(cloud, patientId))?.seq ?? 0
            expect(seq).toBeGreaterThanOrEqual(sealedOnce.get(patientId) ?? 0)
            sealedOnce.set(patientId, seq)
          }
        }
        await sign(cloud, minutes(minute + 1))
        for (const patientId of patients) {
          const last = cloud.trail.eventsOf(patientId).at(-1)
          expect(await sealedHead(cloud, patientId)).toEqual(last && { seq: last.seq, hash: last.hash })
        }
      }),
      { numRuns: 6 },
    )
  }, 120_000)
})
