import * as z from "zod/mini"
import { type AuditEvent, auditEvent } from "../../contract/audit.ts"
import { type AuditHeadOf, checkpoint, headProof } from "../../protocol/checkpoint.ts"
import { verifyCheckpoint, verifyCheckpointLinks, verifyHead } from "../../protocol/checkpoint-tree.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { type EcPublicJwk, ecPublicJwk, identifier } from "../../protocol/primitives.ts"
import { type Receipt, verifyReceived } from "../receipt.ts"
import { readTrailAndCheckpoint, verifyAuditTrail, verifyCovered } from "./audit-trail.ts"
import type { PatientSession } from "./session.ts"

/** A patient's audit trail with all that is needed to verify it without the cloud (docs/protocol.md, "Checkpoints"). */
export const auditExport = z.strictObject({
  format: z.literal("ehr-cloud-audit-export/1"),
  cloudId: z.string(),
  providerKey: ecPublicJwk,
  patientId: identifier,
  events: z.array(auditEvent),
  /** `links`: from `checkpoint` back to the first of all. Absent where there was no checkpoint yet. */
  newest: z.optional(z.strictObject({ checkpoint, links: z.array(checkpoint), proof: headProof })),
})
export type AuditExport = z.infer<typeof auditExport>

/** The trail as the cloud gives it; unverified, so that what doesn't hold can be shown to others too. */
export const exportAuditTrail = async (session: PatientSession): Promise<AuditExport> => {
  const { cloud, patientId } = session
  const { events, newest: given } = await readTrailAndCheckpoint(session, [0])
  const [newest] = given
  return {
    format: "ehr-cloud-audit-export/1",
    cloudId: cloud.cloudId,
    providerKey: cloud.providerKey,
    patientId,
    events,
    ...(newest === undefined ? {} : { newest }),
  }
}

export interface ExportVerdict {
  readonly cloudId: string
  readonly patientId: string
  readonly events: number
  /** Of the key that the checkpoints are signed with: to be held against the provider's, from another source. */
  readonly provider: string
  /** Absent where nothing vouches for the end of the trail. */
  readonly checkpoint?: { readonly number: number; readonly signedAt: number; readonly covered: number }
}

/** That the event which a professional was given stands in the trail as it was given: by whom, of what, at which place. */
const verifyStands = async (
  events: readonly AuditEvent[],
  provider: { cloudId: string; key: EcPublicJwk },
  received: Receipt,
): Promise<void> => {
  await verifyReceived(received, provider)
  const { seq, hash } = received.event
  const event = events[seq - 1]
  if (event === undefined) throw new IntegrityFailure("audit-trail-cut")
  if (event.hash !== hash) throw new IntegrityFailure("audit-trail-broken")
}

/**
 * Verifies an export without any cloud: the chain, the checkpoint's signature, the way back to the first checkpoint, and that the trail stands under
 * it. `seen`: where events are known to stand, from a device's memory; `receipts`: what the provider signed for professionals. Throws an `IntegrityFailure` for whatever
 * does not hold.
 */
export const verifyAuditExport = async (
  value: unknown,
  { seen = [], receipts = [] }: { readonly seen?: readonly AuditHeadOf[]; readonly receipts?: readonly Receipt[] } = {},
): Promise<ExportVerdict> => {
  const {
    cloudId,
    providerKey,
    patientId,
    events,
    newest: given,
  } = await orFail("reply-invalid", () => z.parse(auditExport, value))
  await verifyAuditTrail(events)
  for (const head of seen) await verifyAuditTrail(events, head)
  for (const receipt of receipts) await verifyStands(events, { cloudId, key: providerKey }, receipt)
  const provider = await orFail("reply-invalid", () => thumbprint(providerKey))
  const verdict = { cloudId, patientId, events: events.length, provider }
  if (given === undefined) return verdict
  const newest = await verifyCheckpoint(given.checkpoint, { cloudId, key: providerKey })
  await verifyCheckpointLinks(newest, given.links, { number: 0, hash: null })
  const head = await verifyHead(newest.claims.root, patientId, given.proof)
  verifyCovered(events, newest, head)
  const { number, iat } = newest.claims
  return { ...verdict, checkpoint: { number, signedAt: iat, covered: head?.seq ?? 0 } }
}
