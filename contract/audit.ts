import * as z from "zod/mini"
import { role } from "../protocol/practice/claims.ts"
import { category, consentKind, hash, identifier, instant, ordinal, profession } from "../protocol/primitives.ts"
import { problemCodes } from "./errors.ts"

/** What is done to a record, or to a practice's files, and leaves an event. Every name is a route's. */
export const auditActions = [
  "confirm",
  "sign-consent",
  "revoke-consent",
  "commit",
  "download-url",
  "delete-record",
  "publish-manifest",
  "make-card",
  "change-card",
  "revoke-card",
  "strike-card",
  "set-open-part",
  "remove-open-part",
  "read-open-part",
  "emergency-access",
  "session",
  "contribute",
  "approve-contribution",
  "reject-contribution",
  "halt-grant",
  "end-access",
  "end-signer",
  "list-records",
  "recover",
  "make-delivery-address",
  "revoke-delivery-address",
  "request-deactivation",
  "cancel-deactivation",
  "deactivate",
  "put-file",
  "sign-in",
  "sign-out",
  "invite",
  "join",
  "change-members",
  "export",
] as const
export type AuditAction = (typeof auditActions)[number]

const hexHash = z.string().check(z.regex(/^[0-9a-f]{64}$/))

/**
 * Who acted: the patient; whoever held the front of a card, of whom nothing is known; or a professional by the hex SHA-256 of their public key (`account`: the same whatever certificate of it
 * is shown) and of the certificate they showed (evidence); or a member of a practice, in the practice's own trail. Never a name.
 */
const hcpActor = z.object({
  kind: z.literal("hcp"),
  account: hexHash,
  certificate: hexHash,
  profession: z.optional(profession),
})
export const auditActor = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("patient") }),
  z.object({ kind: z.literal("holder") }),
  z.object({ kind: z.literal("member"), memberId: identifier }),
  hcpActor,
])
export type AuditActor = z.infer<typeof auditActor>

/** What was acted upon: identifiers, categories, hashes. */
export const auditSubject = z.object({
  recordId: z.optional(identifier),
  version: z.optional(ordinal),
  category: z.optional(category),
  categories: z.optional(z.array(category)),
  records: z.optional(z.array(z.object({ recordId: identifier, version: ordinal }))),
  consent: z.optional(consentKind),
  cardId: z.optional(identifier),
  grantId: z.optional(identifier),
  /** Whom a change of a practice's members is about, and what they are from then on; nothing, where they left. */
  memberId: z.optional(identifier),
  role: z.optional(role),
  /** Of a delivery address. */
  addressId: z.optional(identifier),
  contributionId: z.optional(identifier),
  manifest: z.optional(z.object({ number: ordinal, hash })),
  /** Of the signed statement that asked for it. */
  statementHash: z.optional(hash),
  /** Of the trust policy the certificate was checked against. */
  trustPolicyHash: z.optional(hash),
  expiresAt: z.optional(instant),
})
export type AuditSubject = z.infer<typeof auditSubject>

/** One link of a patient's chain (docs/protocol.md, "Audit trail"). */
export const auditEvent = z.object({
  seq: ordinal,
  at: instant,
  action: z.enum(auditActions),
  outcome: z.enum(["permitted", ...problemCodes]),
  actor: auditActor,
  subject: auditSubject,
  prev: hash,
  hash,
})
export type AuditEvent = z.infer<typeof auditEvent>

/** An event that a professional is given with the provider's receipt: what the patient is told that they did. */
export const receiptedEvent = z.extend(auditEvent, {
  action: z.enum(["emergency-access", "contribute"]),
  outcome: z.literal("permitted"),
  actor: hcpActor,
})

export type NewAuditEvent = Omit<AuditEvent, "seq" | "prev" | "hash" | "at">

/**
 * The index of the audit table that lists events by time, in 16 lanes, so that no partition takes all writes: the first hex digit of a
 * patient's tag (docs/protocol.md, "Checkpoints").
 */
export const auditChangesIndex = "changes"
export const auditLanes = Array.from("0123456789abcdef")

/** `prev` of the first event: 32 zero bytes. */
export const auditOrigin = "A".repeat(43)
