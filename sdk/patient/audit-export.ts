import * as z from "zod/mini"
import { type AuditEvent, auditEvent } from "../../contract/audit.ts"
import { type AuditHeadOf, checkpoint, headProof } from "../../protocol/checkpoint.ts"
import { verifyCheckpoint, verifyCheckpointLinks, verifyHead } from "../../protocol/checkpoint-tree.ts"
import { statement } from "../../protocol/claims.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { identifier, ocspAnswer } from "../../protocol/primitives.ts"
import { readProfessional } from "../../protocol/professional.ts"
import { type ProviderKeys, providerKeyList, requireOneList, verifyProviderKeys } from "../../protocol/provider-keys.ts"
import { isWhenSigned, signedAt } from "../../protocol/signed-time.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import type { SignedStatement } from "../certified.ts"
import { type Receipt, verifyReceived } from "../receipt.ts"
import { readTrailAndCheckpoint, verifyAuditTrail, verifyCovered } from "./audit-trail.ts"
import { listedContributions } from "./contributions.ts"
import { listedGrants } from "./grants.ts"
import type { PatientSession } from "./session.ts"

/** A patient's audit trail with all that is needed to verify it without the cloud (docs/protocol.md, "Checkpoints"). */
export const auditExport = z.strictObject({
  format: z.literal("ehr-cloud-audit-export/1"),
  cloudId: z.string(),
  providerKeys: providerKeyList,
  patientId: identifier,
  events: z.array(auditEvent),
  /** What professionals signed, as the cloud keeps it: accesses, with the OCSP answer of each, and additions. */
  signed: z.array(z.strictObject({ statement, ocsp: z.optional(ocspAnswer) })),
  /** `links`: from `checkpoint` back to the first of all. Absent where there was no checkpoint yet. */
  newest: z.optional(z.strictObject({ checkpoint, links: z.array(checkpoint), proof: headProof })),
})
export type AuditExport = z.infer<typeof auditExport>

/** The trail as the cloud gives it; unverified, so that what doesn't hold can be shown to others too. */
export const exportAuditTrail = async (session: PatientSession): Promise<AuditExport> => {
  const { cloud, patientId } = session
  const accesses = (await listedGrants(session)).map(({ statement, ocsp }) => ({ statement, ...(ocsp && { ocsp }) }))
  const additions = (await listedContributions(session)).map(({ statement }) => ({ statement }))
  // Last: whatever is listed is an event already.
  const { events, newest: given } = await readTrailAndCheckpoint(session, [0])
  const [newest] = given
  return {
    format: "ehr-cloud-audit-export/1",
    cloudId: cloud.cloudId,
    providerKeys: cloud.provider.list,
    patientId,
    events,
    signed: [...accesses, ...additions],
    ...(newest === undefined ? {} : { newest }),
  }
}

/** An access or an addition as its professional signed it, and the trail tells of it: for `certifiedBy`. */
export interface ExportedStatement extends SignedStatement {
  readonly did: "access" | "addition"
  readonly at: string
  /** Of the certificate, SHA-256, hex. */
  readonly certificate: string
}

export interface ExportVerdict {
  /** Made of the provider's first key, from which the others follow: to be held against the cloud's, from another source. */
  readonly cloudId: string
  readonly patientId: string
  readonly events: number
  /** In the order of their events. Who signed is for `certifiedBy` to say. */
  readonly signed: readonly ExportedStatement[]
  /** Accesses and additions that the trail tells of, and nothing in the export is signed of. */
  readonly unsigned: number
  /** Absent where nothing vouches for the end of the trail. */
  readonly checkpoint?: { readonly number: number; readonly signedAt: number; readonly covered: number }
}

/** That the event which a professional was given stands in the trail as it was given: by whom, of what, at which place. */
const verifyStands = async (
  events: readonly AuditEvent[],
  provider: ProviderKeys,
  received: Receipt,
): Promise<void> => {
  const own = await verifyProviderKeys(provider.cloudId, received.providerKeys)
  requireOneList(own, provider)
  await verifyReceived(received, { provider: own })
  const { seq, hash } = received.event
  const event = events[seq - 1]
  if (event === undefined) throw new IntegrityFailure("audit-trail-cut")
  if (event.hash !== hash) throw new IntegrityFailure("audit-trail-broken")
}

const deeds = { "emergency-access": "access", contribute: "addition" } as const
const isDeed = (action: AuditEvent["action"]): action is keyof typeof deeds => Object.hasOwn(deeds, action)

/** That what professionals signed is what the trail tells of: by that certificate, at that time. `access-differs` for what it doesn't. */
const signedInTrail = (
  events: readonly AuditEvent[],
  signed: AuditExport["signed"],
): Promise<Pick<ExportVerdict, "signed" | "unsigned">> =>
  orFail("access-differs", async () => {
    const done = events.filter(({ action, outcome }) => isDeed(action) && outcome === "permitted")
    const given = new Map<string, AuditExport["signed"][number]>()
    for (const each of signed) given.set(await statementHash(each.statement), each)
    if (given.size !== signed.length) throw new Error("the same twice")
    const answerOf = (grantId: string | undefined) => {
      const access = done.find(({ action, subject }) => action === "emergency-access" && subject.grantId === grantId)
      const ocsp = given.get(access?.subject.statementHash ?? "")?.ocsp
      return access === undefined || ocsp === undefined ? {} : { answer: { ocsp, at: access.at } }
    }
    const found: ExportedStatement[] = []
    for (const { action, actor, subject, at } of done) {
      const own = given.get(subject.statementHash ?? "")
      if (own === undefined || !isDeed(action)) continue
      const typ = action === "contribute" ? "contribution" : action
      const { thumbprint: certificate } = await readProfessional(typ, own.statement)
      if (actor.kind !== "hcp" || actor.certificate !== certificate) throw new Error("by another")
      if (!isWhenSigned(at, signedAt(readStatement(own.statement).payload))) throw new Error("of another time")
      found.push({ did: deeds[action], at, certificate, statement: own.statement, ...answerOf(subject.grantId) })
    }
    if (found.length !== signed.length) throw new Error("not in the trail, or there twice")
    return { signed: found, unsigned: done.length - found.length }
  })

/**
 * Verifies an export without any cloud: the chain, the checkpoint's signature, the way back to the first checkpoint, and that the trail stands under
 * it, and that what professionals signed is what it tells of. `seen`: where events are known to stand, from a device's memory; `receipts`: what the provider signed for professionals. Throws an `IntegrityFailure` for whatever
 * does not hold.
 */
export const verifyAuditExport = async (
  value: unknown,
  { seen = [], receipts = [] }: { readonly seen?: readonly AuditHeadOf[]; readonly receipts?: readonly Receipt[] } = {},
): Promise<ExportVerdict> => {
  const {
    cloudId,
    providerKeys,
    patientId,
    events,
    signed,
    newest: given,
  } = await orFail("reply-invalid", () => z.parse(auditExport, value))
  await verifyAuditTrail(events)
  for (const head of seen) await verifyAuditTrail(events, head)
  const provider = await verifyProviderKeys(cloudId, providerKeys)
  for (const receipt of receipts) await verifyStands(events, provider, receipt)
  const verdict = { cloudId, patientId, events: events.length, ...(await signedInTrail(events, signed)) }
  if (given === undefined) return verdict
  const newest = await verifyCheckpoint(given.checkpoint, provider)
  await verifyCheckpointLinks(newest, given.links, { number: 0, hash: null })
  const head = await verifyHead(newest.claims.root, patientId, given.proof)
  verifyCovered(events, newest, head)
  const { number, iat } = newest.claims
  return { ...verdict, checkpoint: { number, signedAt: iat, covered: head?.seq ?? 0 } }
}
