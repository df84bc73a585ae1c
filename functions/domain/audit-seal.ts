import * as z from "zod/mini"
import { type CheckpointClaims, checkpointClaims, linksBetween, namedBy } from "../../contract/checkpoint.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { readStatement, statementHash } from "../../sdk/crypto/statement.ts"
import { type Checkpoint, verifyCheckpoint } from "../../sdk/seal.ts"
import type { CloudIdentity } from "./consents.ts"
import { requireActive } from "./patients.ts"
import type { AuditChanges, Call, ChangedHead, Provider, Seals, Store } from "./ports.ts"
import { signAsProvider } from "./provider-statement.ts"
import { emptyRoot, proofOf, withHeads } from "./seal-tree.ts"

/**
 * How far before the last seal events are read again, milliseconds: one is written some seconds after the moment it names, and the list of
 * what changed may be behind. Once an hour a day is read again, for whatever was later still.
 */
const overlap = 5 * 60 * 1000
const longOverlap = 24 * 60 * 60 * 1000
const longEvery = 60

/** Heads that are put into the tree at once. All of them together cost one hashing of the tree's upper levels. */
const headsAtOnce = 4000

export interface Sealer {
  readonly changes: AuditChanges
  readonly seals: Seals
  readonly provider: Provider
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

export type SealOutcome =
  | { outcome: "sealed"; number: number; heads: number; behind: boolean; forked: number }
  /** Another sealer has made the checkpoint of this number. */
  | { outcome: "taken"; number: number }

type Expected = Parameters<typeof verifyCheckpoint>[1]

const lastCheckpoint = async (seals: Seals, expected: Expected): Promise<Checkpoint | undefined> => {
  const number = await seals.newest()
  if (number === 0) return undefined
  const last = await verifyCheckpoint(await seals.checkpoint(number), expected)
  if (last.claims.number !== number) throw new Error("a checkpoint stands in the place of another")
  return last
}

const batchesOf = (heads: readonly ChangedHead[], length: number): ChangedHead[][] =>
  Array.from({ length: Math.ceil(heads.length / length) }, (_, i) => heads.slice(i * length, (i + 1) * length))

/**
 * Makes the next checkpoint: the tree of the last one, with every head that has changed since, signed. Nothing that is kept is ever
 * changed, and the checkpoint comes last: whatever ends this half-way leaves the last checkpoint as it was, and of two sealers one
 * makes the next. `mayContinue`: whether there is time for another batch; what was not reached is left to the next run.
 */
export const sealAuditTrail = async (
  deps: Sealer,
  { now }: Pick<Call, "now">,
  { mayContinue, batch: length = headsAtOnce }: { mayContinue: () => boolean; batch?: number },
): Promise<SealOutcome> => {
  const { changes, seals, provider, cloud } = deps
  const expected = { cloudId: cloud.cloudId, key: await provider.publicKey() }
  const last = await lastCheckpoint(seals, expected)
  const number = (last?.claims.number ?? 0) + 1
  const again = number % longEvery === 0 ? longOverlap : overlap
  const since = last === undefined ? "" : new Date(Date.parse(last.claims.through) - again).toISOString()
  const heads = (await changes.since(since)).sort((a, b) => (a.at < b.at ? -1 : 1))

  let root = last?.claims.root ?? (await emptyRoot())
  let size = last?.claims.size ?? 0
  let forked = 0
  let reached: string | undefined
  let behind = false
  for (const batch of batchesOf(heads, length)) {
    behind = reached !== undefined && !mayContinue()
    if (behind) break
    const sealed = await withHeads(seals, root, batch)
    root = sealed.root
    size += sealed.added
    forked += sealed.forked
    reached = batch.at(-1)?.at
  }

  const through = behind && reached !== undefined ? reached : now.toISOString()
  const named = await Promise.all(
    namedBy(number).map(async (earlier) =>
      earlier === last?.claims.number ? last.hash : statementHash(await seals.checkpoint(earlier)),
    ),
  )
  const [previous = null, ...skips] = named
  const claims: CheckpointClaims = {
    iss: cloud.cloudId,
    iat: Math.floor(now.getTime() / 1000),
    number,
    previous,
    skips,
    root,
    size,
    // A clock that was set back must not make what was sealed unsealed.
    through: last !== undefined && last.claims.through > through ? last.claims.through : through,
  }
  const checkpoint = await signAsProvider(provider, "audit-checkpoint", claims)
  // What is put there can't be taken away, and no checkpoint is made upon one that does not verify: it would be the last of all.
  await verifyCheckpoint(checkpoint, expected)
  if ((await seals.addCheckpoint(number, checkpoint)) === "taken") return { outcome: "taken", number }
  return { outcome: "sealed", number, heads: heads.length, behind, forked }
}

/** The newest checkpoint, the way from it back to one the device has seen, and where the patient's head is in its tree. */
export const getCheckpoint = async (
  { store, seals }: { store: Store; seals: Omit<Seals, "addCheckpoint" | "addNode"> },
  patientId: string,
  { after }: RequestOf<"patient/get-checkpoint">,
): Promise<ResponseOf<"patient/get-checkpoint">> => {
  const [[patient], number] = await Promise.all([store.read([{ kind: "patient", patientId }]), seals.newest()])
  requireActive(patient)
  if (number === 0) return {}
  const checkpoint = await seals.checkpoint(number)
  const numbers = after === undefined ? [] : linksBetween(number, Number(after))
  const { root } = z.parse(checkpointClaims, readStatement(checkpoint).payload)
  const [links, proof] = await Promise.all([
    Promise.all(numbers.map((link) => seals.checkpoint(link))),
    proofOf(seals, root, patientId),
  ])
  return { sealed: { checkpoint, links, proof } }
}
