/** One look at a cloud's checkpoints from outside: whether the newest one continues what was seen before. */
import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import { checkpoint as compact } from "../../protocol/checkpoint.ts"
import { type Checkpoint, verifyCheckpoint, verifyCheckpointLinks } from "../../protocol/checkpoint-tree.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { knownOf, knownProvider } from "../../protocol/provider-keys.ts"
import { linksBetween } from "../../protocol/skip-links.ts"
import type { Cloud } from "../../sdk/cloud.ts"
import { requireKnown } from "../../sdk/known-provider.ts"

/** What a watcher remembers of a cloud. */
export const seenState = z.strictObject({
  format: z.literal("ehr-cloud-checkpoints-seen/1"),
  provider: knownProvider,
  /** The newest checkpoint that was seen, as it travels. */
  checkpoint: compact,
})
export type SeenState = z.infer<typeof seenState>

/** `evidence`: what the provider signed and can't have signed in one history. */
export type Look =
  | { readonly outcome: "none-yet" }
  | { readonly outcome: "unbroken"; readonly state: SeenState; readonly newest: Checkpoint["claims"] }
  | { readonly outcome: "fork"; readonly because: string; readonly evidence: readonly string[] }
  | { readonly outcome: "gap"; readonly because: string }

/** Ends a look; never leaves this file. */
class Found extends Error {
  override readonly name = "Found"
  readonly look: Exclude<Look, { outcome: "unbroken" }>
  constructor(look: Found["look"]) {
    super(look.outcome)
    this.look = look
  }
}

/** The checkpoint of a number, signed by this provider. */
const checkpointOf = async (cloud: Cloud, number: number): Promise<{ text: string; verified: Checkpoint }> => {
  const { checkpoint: text } = await cloud.api
    .call("system/get-checkpoint", { number: String(number) })
    .catch((error: unknown) => {
      if (error instanceof Problem && error.code === "not-found") return { checkpoint: undefined }
      throw error
    })
  if (text === undefined) throw new Found({ outcome: "gap", because: `the cloud has no checkpoint ${number}` })
  const verified = await verifyCheckpoint(text, cloud.provider)
  if (verified.claims.number !== number)
    throw new Found({ outcome: "gap", because: `in the place of checkpoint ${number} stands another` })
  return { text, verified }
}

/** That an earlier checkpoint lies in the past of a later one, by those that lead from one to the other. */
const requirePast = async (
  cloud: Cloud,
  newest: { text: string; verified: Checkpoint },
  earlier: { number: number; hash: string | null; text?: string },
): Promise<void> => {
  const { claims, hash } = newest.verified
  const evidence = [newest.text, ...(earlier.text === undefined ? [] : [earlier.text])]
  if (claims.number < earlier.number)
    throw new Found({
      outcome: "fork",
      because: `the newest checkpoint is ${claims.number}, after ${earlier.number} was seen`,
      evidence,
    })
  if (claims.number === earlier.number && hash !== earlier.hash)
    throw new Found({ outcome: "fork", because: `there are two checkpoints ${claims.number}`, evidence })
  const links = []
  for (const number of linksBetween(claims.number, earlier.number)) links.push((await checkpointOf(cloud, number)).text)
  try {
    await verifyCheckpointLinks(newest.verified, links, earlier)
  } catch (error) {
    if (!(error instanceof IntegrityFailure)) throw error
    const because = `checkpoint ${claims.number} does not lead back to the ${earlier.number} that is known`
    throw new Found({ outcome: "fork", because, evidence: [...evidence, ...links] })
  }
}

const readNewest = async (cloud: Cloud): Promise<{ text: string; verified: Checkpoint }> => {
  const { checkpoint: text } = await cloud.api.call("system/get-checkpoint", {})
  if (text === undefined) throw new Found({ outcome: "none-yet" })
  return { text, verified: await verifyCheckpoint(text, cloud.provider) }
}

/**
 * Looks once. `seen`: what was seen before, by this watcher or others; each must lie in the past of the newest checkpoint, and without any the
 * first of all must. Throws an `IntegrityFailure` for what is not this provider's.
 */
export const lookAt = async (cloud: Cloud, seen: readonly SeenState[]): Promise<Look> => {
  try {
    const known: { number: number; hash: string; text: string }[] = []
    for (const state of seen) {
      requireKnown(state.provider, cloud)
      const { checkpoint: text } = state
      const { claims, hash } = await verifyCheckpoint(text, cloud.provider)
      known.push({ number: claims.number, hash, text })
    }
    const newest = await readNewest(cloud).catch((error: unknown) => {
      const [last] = known
      if (!(error instanceof Found) || error.look.outcome !== "none-yet" || last === undefined) throw error
      throw new Found({
        outcome: "gap",
        because: `the cloud has no checkpoint any more, after ${last.number} was seen`,
      })
    })
    for (const earlier of known.length === 0 ? [{ number: 0, hash: null }] : known)
      await requirePast(cloud, newest, earlier)
    const provider = knownOf(cloud.provider)
    const state = { format: "ehr-cloud-checkpoints-seen/1", provider, checkpoint: newest.text } as const
    return { outcome: "unbroken", state, newest: newest.verified.claims }
  } catch (error) {
    if (error instanceof Found) return error.look
    throw error
  }
}
