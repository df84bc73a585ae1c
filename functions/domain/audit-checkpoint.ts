import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { type CheckpointClaims, checkpointClaims } from "../../protocol/checkpoint.ts"
import { type Checkpoint, verifyCheckpoint } from "../../protocol/checkpoint-tree.ts"
import type { ProviderKeys } from "../../protocol/provider-keys.ts"
import { signAsProvider } from "../../protocol/provider-keys.ts"
import { linksBetween, namedBy } from "../../protocol/skip-links.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import type { SignedInMember } from "./member-names.ts"
import { requireActive } from "./patients.ts"
import type { AuditChanges, Call, ChangedHead, CheckpointReads, Provider, StoreReads } from "./ports.ts"
import { requireMember, requireOwner } from "./practice-account.ts"
import { defineUseCase } from "./runner.ts"
import type { Acting, Step } from "./step.ts"
import { emptyRoot, proofOf, withHeads } from "./stored-tree.ts"

/**
 * How far before the last checkpoint events are read again, milliseconds: one is written some seconds after the moment it names, and the list of
 * what changed may be behind. Once an hour a day is read again, for whatever was later still.
 */
const overlap = 5 * 60 * 1000
const longOverlap = 24 * 60 * 60 * 1000
const longEvery = 60

/** Heads that are put into the tree at once. All of them together cost one hashing of the tree's upper levels. */
const headsAtOnce = 4000

export interface CheckpointSigner {
  readonly changes: AuditChanges
  readonly checkpoints: CheckpointReads
  readonly provider: Provider
  /** By which the checkpoints before were signed. */
  readonly providerKeys: ProviderKeys
}

export type CheckpointOutcome =
  | { outcome: "signed"; number: number; heads: number; behind: boolean; forked: number }
  /** Another signer has made the checkpoint of this number. */
  | { outcome: "taken"; number: number }

const lastCheckpoint = async (checkpoints: CheckpointReads, keys: ProviderKeys): Promise<Checkpoint | undefined> => {
  const number = await checkpoints.newest()
  if (number === 0) return undefined
  const last = await verifyCheckpoint(await checkpoints.checkpoint(number), keys)
  if (last.claims.number !== number) throw new Error("a checkpoint stands in the place of another")
  return last
}

const batchesOf = (heads: readonly ChangedHead[], length: number): ChangedHead[][] =>
  Array.from({ length: Math.ceil(heads.length / length) }, (_, i) => heads.slice(i * length, (i + 1) * length))

/** How far one run may go. */
interface Reach {
  /** Whether there is time for another batch; what was not reached is left to the next run. */
  readonly mayContinue: () => boolean
  readonly batch?: number
}
type SigningPorts = { checkpoints: "node" | "addNode" | "addCheckpoint" }

/** The tree of the last checkpoint with these heads, oldest first, or as many of them as there is time for. */
const grow = async (
  { ports }: Acting<SigningPorts>,
  last: Checkpoint | undefined,
  heads: readonly ChangedHead[],
  { mayContinue, batch: length = headsAtOnce }: Reach,
) => {
  let root = last?.claims.root ?? (await emptyRoot())
  let size = last?.claims.size ?? 0
  let forked = 0
  let reached: string | undefined
  for (const batch of batchesOf(heads, length)) {
    if (reached !== undefined && !mayContinue()) return { root, size, forked, behind: reached }
    const grown = await withHeads(ports.checkpoints, root, batch)
    root = grown.root
    size += grown.added
    forked += grown.forked
    reached = batch.at(-1)?.at
  }
  return { root, size, forked }
}

const claimsAfter = async (
  { checkpoints, providerKeys }: Pick<CheckpointSigner, "checkpoints" | "providerKeys">,
  last: Checkpoint | undefined,
  { root, size, behind }: { root: string; size: number; behind?: string },
  now: Date,
): Promise<CheckpointClaims> => {
  const number = (last?.claims.number ?? 0) + 1
  const through = behind ?? now.toISOString()
  const named = await Promise.all(
    namedBy(number).map(async (earlier) =>
      earlier === last?.claims.number ? last.hash : statementHash(await checkpoints.checkpoint(earlier)),
    ),
  )
  const [previous = null, ...skips] = named
  return {
    iss: providerKeys.cloudId,
    successors: [...providerKeys.list.successors],
    iat: Math.floor(now.getTime() / 1000),
    number,
    previous,
    skips,
    root,
    size,
    // A clock that was set back must not make what was covered uncovered.
    through: last !== undefined && last.claims.through > through ? last.claims.through : through,
  }
}

/**
 * Makes the next checkpoint: the tree of the last one, with every head that has changed since, signed. Nothing that is kept is ever
 * changed, and the checkpoint comes last: whatever ends this half-way leaves the last checkpoint as it was, and of two signers one
 * makes the next.
 */
export const signCheckpoint = defineUseCase(
  "system/sign-checkpoint",
  async (
    reading: CheckpointSigner,
    { now }: Pick<Call, "now">,
    reach: Reach,
  ): Promise<Step<"system/sign-checkpoint", CheckpointOutcome, SigningPorts>> => {
    const { changes, checkpoints, provider, providerKeys } = reading
    const last = await lastCheckpoint(checkpoints, providerKeys)
    const number = (last?.claims.number ?? 0) + 1
    const again = number % longEvery === 0 ? longOverlap : overlap
    const since = last === undefined ? "" : new Date(Date.parse(last.claims.through) - again).toISOString()
    const heads = (await changes.since(since)).sort((a, b) => (a.at < b.at ? -1 : 1))
    return {
      because: "own-chain",
      act: async (acting) => {
        const grown = await grow(acting, last, heads, reach)
        const claims = await claimsAfter(reading, last, grown, now)
        const checkpoint = await signAsProvider(provider, "audit-checkpoint", claims)
        // What is put there can't be taken away, and no checkpoint is made upon one that does not verify: it would be the last of all.
        await verifyCheckpoint(checkpoint, providerKeys)
        const added = await acting.ports.checkpoints.addCheckpoint(number, checkpoint)
        if (added === "taken") return { done: { outcome: "taken", number } }
        const { behind, forked } = grown
        return { done: { outcome: "signed", number, heads: heads.length, behind: behind !== undefined, forked } }
      },
    }
  },
)

/** The newest checkpoint, the way from it back to one the device has seen, and where the patient's head is in its tree. */
export const getCheckpoint = async (
  { store, checkpoints }: { store: StoreReads; checkpoints: CheckpointReads },
  patientId: string,
  { after }: RequestOf<"patient/get-checkpoint">,
): Promise<ResponseOf<"patient/get-checkpoint">> => {
  const [[patient], number] = await Promise.all([store.read([{ kind: "patient", patientId }]), checkpoints.newest()])
  requireActive(patient)
  return newestOver(checkpoints, number, patientId, after)
}

/** The same for the owners of a practice. */
export const getPracticeCheckpoint = async (
  { store, checkpoints }: { store: StoreReads; checkpoints: CheckpointReads },
  actor: SignedInMember,
  { after }: RequestOf<"practice/get-checkpoint">,
): Promise<ResponseOf<"practice/get-checkpoint">> => {
  const { practiceId } = actor
  const [[found], number] = await Promise.all([store.read([{ kind: "practice", practiceId }]), checkpoints.newest()])
  requireOwner(requireMember(found, actor))
  return newestOver(checkpoints, number, practiceId, after)
}

const newestOver = async (
  checkpoints: CheckpointReads,
  number: number,
  whose: string,
  after: string | undefined,
): Promise<ResponseOf<"patient/get-checkpoint">> => {
  if (number === 0) return {}
  const checkpoint = await checkpoints.checkpoint(number)
  const numbers = after === undefined ? [] : linksBetween(number, Number(after))
  const { root } = z.parse(checkpointClaims, readStatement(checkpoint).payload)
  const [links, proof] = await Promise.all([
    Promise.all(numbers.map((link) => checkpoints.checkpoint(link))),
    proofOf(checkpoints, root, whose),
  ])
  return { newest: { checkpoint, links, proof } }
}

/** The newest checkpoint, or the one of a number. `not-found` where there is none of this number. */
export const publicCheckpoint = async (
  { checkpoints }: { checkpoints: Pick<CheckpointReads, "newest" | "checkpoint"> },
  { number }: RequestOf<"system/get-checkpoint">,
): Promise<ResponseOf<"system/get-checkpoint">> => {
  const newest = await checkpoints.newest()
  if (number === undefined && newest === 0) return {}
  const wanted = number === undefined ? newest : Number(number)
  if (wanted === 0 || wanted > newest) throw new Problem("not-found")
  return { checkpoint: await checkpoints.checkpoint(wanted) }
}
