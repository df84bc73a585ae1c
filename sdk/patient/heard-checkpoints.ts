/** Gossip (docs/protocol.md, "Statements"): the checkpoints inside the statements that this device verifies. */
import { verifyCheckpoint } from "../../protocol/checkpoint-tree.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import type { Witness } from "../../protocol/manifest.ts"
import type { PatientSession } from "./session.ts"

/** As many wait to be held against the cloud's newest. Reading the trail empties the list. */
const maxHeard = 64
/** Of as many, the last ones, it is remembered that they are in the provider's line. */
const maxLinked = 256

/**
 * A checkpoint that came inside somebody's statement is known from now on: the newest that the cloud gives must lead back to it. What isn't the provider's
 * is ignored, and another of the number of one that is known accuses the provider: `provider-forked`.
 */
export const heedCheckpoint = async ({ cloud, memory }: PatientSession, compact: string | undefined): Promise<void> => {
  if (compact === undefined) return
  const told = await verifyCheckpoint(compact, cloud.provider).catch(() => undefined)
  if (told === undefined) return
  const { hash, claims } = told
  const { checkpoint, heard = [], linked = [] } = memory
  const known = [...heard, ...linked, ...(checkpoint === undefined ? [] : [checkpoint])]
  if (known.some((each) => each.number === claims.number && each.hash !== hash))
    throw new IntegrityFailure("provider-forked")
  if (known.some((each) => each.hash === hash) || heard.length >= maxHeard) return
  memory.heard = [...heard, { number: claims.number, hash }]
}

/** These were found in the provider's line: they wait no more, and need no way back when they are heard of again. */
export const rememberLinked = ({ memory }: PatientSession, found: readonly Witness[]): void => {
  const hashes = new Set(found.map(({ hash }) => hash))
  const { heard = [], linked = [] } = memory
  const waiting = heard.filter(({ hash }) => !hashes.has(hash))
  if (waiting.length > 0) memory.heard = waiting
  else delete memory.heard
  const others = linked.filter(({ hash }) => !hashes.has(hash))
  memory.linked = [...others, ...found.map(({ number, hash }) => ({ number, hash }))].slice(-maxLinked)
}
