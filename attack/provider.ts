/** A provider in the operator's hands from a patient's first day on: it signs whatever the operator likes. */
import type { AuditEvent } from "../contract/audit.ts"
import { type AuditHeadOf, type CheckpointClaims, shardCount } from "../protocol/checkpoint.ts"
import { entryOf, shardLeaf, shardOf, tagOf } from "../protocol/checkpoint-tree.ts"
import { toBase64url } from "../protocol/crypto/bytes.ts"
import { canonicalHash } from "../protocol/crypto/canonical.ts"
import { leafHash, nodeHash, rootOf } from "../protocol/crypto/merkle.ts"
import { linksBetween, namedBy } from "../protocol/skip-links.ts"
import { readStatement, statementHash } from "../protocol/statement.ts"
import type { PatientSession } from "../sdk/patient/session.ts"
import { jsonOf, jsonReply, type Network } from "../test/kit/network.ts"
import type { OwnProvider } from "../test/kit/provider.ts"
import type { Ground } from "./ground.ts"

/** A tree with one patient's head in it, and where it is. */
const treeOf = async (patientId: string, head: AuditHeadOf) => {
  const tag = await tagOf(patientId)
  const shard = [{ tag, entry: await entryOf(tag, head) }]
  const path = [await leafHash(new Uint8Array())]
  while (path.length < Math.log2(shardCount)) {
    const last = path.at(-1) ?? new Uint8Array()
    path.push(await nodeHash(last, last))
  }
  const root = await rootOf(await shardLeaf(shard), { index: shardOf(tag), size: shardCount }, path)
  if (root === undefined) throw new Error("no such place in the tree")
  return { root: toBase64url(root), proof: { head, shard, path: path.map((hash) => toBase64url(hash)) } }
}

/** The cloud behind a network with the checkpoints that the operator makes, who has the provider's key. */
export const ownProvider = ({ network, signs }: Pick<Ground, "network" | "signs">) => {
  const statements: string[] = []
  let proof: object | undefined
  const hostile: Network = async (asked) => {
    if (asked.route === "patient/get-checkpoint") {
      const checkpoint = statements.at(-1)
      if (checkpoint === undefined) return jsonReply({})
      const links = linksBetween(statements.length, Number(asked.url.searchParams.get("after") ?? 0))
      return jsonReply({ newest: { checkpoint, links: links.map((number) => statements[number - 1]), proof } })
    }
    return network(asked)
  }
  const claimsFor = async (iss: string, root: string): Promise<CheckpointClaims> => {
    const number = statements.length + 1
    const named = await Promise.all(namedBy(number).map((earlier) => statementHash(statements[earlier - 1] ?? "")))
    const [previous = null, ...skips] = named
    const now = new Date()
    const times = { iat: Math.floor(now.getTime() / 1000), through: now.toISOString() }
    return { iss, ...times, number, previous, skips, root, size: 1, successors: [] }
  }
  return {
    hostile,
    /** What professionals are told of, changed, and receipted as if it stood in the trail. */
    telling:
      (change: (event: AuditEvent) => object): Network =>
      async (asked) => {
        const reply = await hostile(asked)
        if (asked.route !== "hcp/session" && asked.route !== "hcp/contribute") return reply
        const answer = jsonOf(reply) as { receipt: string; event: AuditEvent }
        if (reply.status !== 200) return reply
        const { hash: _, ...unsigned } = { ...change(answer.event), hash: undefined }
        const event = { ...unsigned, hash: await canonicalHash(unsigned) }
        const { header, payload } = readStatement(answer.receipt)
        const receipt = await signs(header.typ, { ...(payload as object), eventHash: event.hash })
        return jsonReply({ ...answer, event, receipt })
      },
    /** The next checkpoint, which covers a patient's trail as far as `last` and no further. */
    sign: async ({ cloud, patientId }: PatientSession, last: Pick<AuditEvent, "seq" | "hash">) => {
      const tree = await treeOf(patientId, { seq: last.seq, hash: last.hash })
      proof = tree.proof
      statements.push(await signs("audit-checkpoint", await claimsFor(cloud.cloudId, tree.root)))
      return statements.length
    },
    /** Another checkpoint in the place of the newest, for others to see. */
    fork: async () => {
      const newest = readStatement(statements.at(-1) ?? "").payload as object
      return signs("audit-checkpoint", { ...newest, size: 2 })
    },
    /** The same by another key, which the provider's signs. */
    forkUnder: async (other: OwnProvider, iss: string) => {
      const newest = readStatement(statements.at(-1) ?? "").payload as CheckpointClaims
      const claims = { iss, iat: newest.iat, number: 2, key: other.keys.list.first }
      const successors = [await signs("provider-key", claims)]
      return other.state("audit-checkpoint", { ...newest, size: 2, successors })
    },
  }
}
