import * as z from "zod/mini"
import { auditEvent } from "../../contract/audit.ts"
import { type AuditHeadOf, checkpoint, sealProof } from "../../contract/checkpoint.ts"
import { ecPublicJwk, identifier } from "../../contract/primitives.ts"
import { thumbprint } from "../crypto/keys.ts"
import { orFail } from "../integrity.ts"
import { verifyCheckpoint, verifyLinks, verifySeal } from "../seal.ts"
import { readTrailAndSeal, verifyAuditTrail, verifySealed } from "./audit-trail.ts"
import type { PatientSession } from "./session.ts"

/** A patient's audit trail with all that is needed to verify it without the cloud (docs/protocol.md, "Checkpoints"). */
export const auditExport = z.strictObject({
  format: z.literal("ehr-cloud-audit-export/1"),
  cloudId: z.string(),
  providerKey: ecPublicJwk,
  patientId: identifier,
  events: z.array(auditEvent),
  /** `links`: from `checkpoint` back to the first of all. Absent where there was no checkpoint yet. */
  sealed: z.optional(z.strictObject({ checkpoint, links: z.array(checkpoint), proof: sealProof })),
})
export type AuditExport = z.infer<typeof auditExport>

/** The trail as the cloud gives it, sealed; unverified, so that what doesn't hold can be shown to others too. */
export const exportAuditTrail = async (session: PatientSession): Promise<AuditExport> => {
  const { cloud, patientId } = session
  const { events, sealed } = await readTrailAndSeal(session, 0)
  return {
    format: "ehr-cloud-audit-export/1",
    cloudId: cloud.cloudId,
    providerKey: cloud.providerKey,
    patientId,
    events,
    ...(sealed === undefined ? {} : { sealed }),
  }
}

export interface ExportVerdict {
  readonly cloudId: string
  readonly patientId: string
  readonly events: number
  /** Of the key that the checkpoints are signed with: to be held against the provider's, from another source. */
  readonly provider: string
  /** Absent where nothing vouches for the end of the trail. */
  readonly seal?: { readonly number: number; readonly signedAt: number; readonly sealed: number }
}

/**
 * Verifies an export without any cloud: the chain, the checkpoint's signature, the way back to the first checkpoint, and that the trail stands under
 * it. `seen`: where events are known to stand, from a device's memory or a professional's evidence. Throws an `IntegrityFailure` for whatever
 * does not hold.
 */
export const verifyAuditExport = async (value: unknown, seen: readonly AuditHeadOf[] = []): Promise<ExportVerdict> => {
  const { cloudId, providerKey, patientId, events, sealed } = await orFail("reply-invalid", () =>
    z.parse(auditExport, value),
  )
  await verifyAuditTrail(events)
  for (const head of seen) await verifyAuditTrail(events, head)
  const provider = await orFail("reply-invalid", () => thumbprint(providerKey))
  const verdict = { cloudId, patientId, events: events.length, provider }
  if (sealed === undefined) return verdict
  const newest = await verifyCheckpoint(sealed.checkpoint, { cloudId, key: providerKey })
  await verifyLinks(newest, sealed.links, { number: 0, hash: null })
  const head = await verifySeal(newest.claims.root, patientId, sealed.proof)
  verifySealed(events, newest, head)
  const { number, iat } = newest.claims
  return { ...verdict, seal: { number, signedAt: iat, sealed: head?.seq ?? 0 } }
}
