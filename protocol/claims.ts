import * as z from "zod/mini"
import { serviceAddress } from "./address.ts"
import { checkpoint } from "./checkpoint.ts"
import {
  memberListClaims,
  practiceChangeClaims,
  practiceDeactivationClaims,
  practiceHandoverClaims,
  practiceInvitationClaims,
  practiceMemberClaims,
} from "./practice/claims.ts"
import {
  category,
  consentKind,
  ecPublicJwk,
  hash,
  identifier,
  jwe,
  jws,
  maxCards,
  ordinal,
  seconds,
} from "./primitives.ts"
import { descriptor } from "./record.ts"
import { sealedText, sealingKey } from "./sealing-key.ts"

/** Every signed statement: compact JWS, protected `typ` = the key below, payload = the schema (docs/protocol.md, "Statements"). */
const claims = {
  aud: z.string().check(z.maxLength(200)),
  iat: seconds,
  jti: identifier,
  /** The newest checkpoint of the provider's that the signer knows. */
  checkpoint: z.optional(checkpoint),
}
const byPatient = { ...claims, patientId: identifier }

/** Longest list of page hashes of one category: 64 x 256 = 16,384 records. */
/** Which of the patient's numbered lists or keys is meant. */
const numbered = z.strictObject({ number: ordinal, hash })

/** As many devices and carers as a patient can let sign. */
export const maxSigners = 16
/** Those who sign and those who did: an ended signer stays listed, so that what it signed before can still be verified. */
export const maxListedSigners = 64
/** Lists that lead from one by the root to the newest. */
export const maxSignerLists = 16
/** The last ones of a chain end somebody: additions alone must not keep a signer from being ended. */
export const endingSignerLists = 4

/** A list travels to indexes too, which are to learn neither the cloud nor the patient: it names both by a hash. */
export const signerListClaims = z.strictObject({
  iat: seconds,
  jti: identifier,
  /** `recordHash` of the cloud and the patient. */
  record: hash,
  number: ordinal,
  /** Of the list before; null for the first. */
  previous: z.nullable(hash),
  /** `sealing`: thumbprint of the sealing key. */
  root: z.strictObject({ signing: ecPublicJwk, sealing: hash }),
  signers: z
    .array(z.strictObject({ signing: ecPublicJwk, sealing: hash, since: seconds, until: z.optional(seconds) }))
    .check(z.maxLength(maxListedSigners)),
})
export type SignerListClaims = z.infer<typeof signerListClaims>

/** What ends signers at once. It travels to indexes too, as a list does. */
export const signerEndClaims = z.strictObject({
  iat: seconds,
  jti: identifier,
  /** `recordHash` of the cloud and the patient. */
  record: hash,
  /** The thumbprints of the signing keys of those who end. */
  signers: z.array(hash).check(z.minLength(1), z.maxLength(maxListedSigners)),
})

/** Longest list of decided contributions: 64 pages of 256. */
export const maxDecidedPages = 64
export const decidedPageLength = 256

export const manifestClaims = z.strictObject({
  ...byPatient,
  number: ordinal,
  previous: z.nullable(hash),
  /** Of those of `number - 2`, `- 4`, `- 8`, ... as long as the power of two divides `number` and something is left. */
  skips: z.array(hash).check(z.maxLength(52)),
  /** The list that names who signed this. */
  signers: numbered,
  account: z.strictObject({ number: ordinal, thumbprint: hash }),
  keyRing: hash,
  /** Each card in force (docs/protocol.md, "Card"): by its id, so that none can be kept back in the place of another. */
  cards: z.array(z.strictObject({ cardId: identifier, hash })).check(z.maxLength(maxCards)),
  /** The hash of each category's page list: who isn't given the list learns nothing of what the category has. */
  pages: z.strictObject({
    summary: hash,
    laboratory: hash,
    imaging: hash,
    medication: hash,
    document: hash,
    sensitive: hash,
  }),
  /** The pages of the ids of all contributions that were decided on, so that none comes back. */
  decided: z.array(hash).check(z.maxLength(maxDecidedPages)),
})
export type ManifestClaims = z.infer<typeof manifestClaims>

/** Characters of all lists of a chain: an index entry must hold them. The root begins a new chain where they are more. */
const maxChainLength = 64 * 1024

/** The patient's lists of signers that lead from one by the root to the newest, oldest first. */
export const signerLists = z.array(jws(32 * 1024)).check(
  z.minLength(1),
  z.maxLength(maxSignerLists),
  z.refine((lists) => lists.join("").length <= maxChainLength),
)

const indexed = {
  aud: claims.aud,
  iat: seconds,
  jti: identifier,
  locatorHash: hash,
  sequence: ordinal,
  parent: z.nullable(hash),
  signers: signerLists,
}
const decision = { ...byPatient, contributionId: identifier, statementHash: hash }

const contribution = {
  ...byPatient,
  fingerprint: hash,
  descriptor,
  /** The number of the account key that `sealedKey` is sealed to. */
  account: ordinal,
  sealedKey: sealedText(2048),
}
const address = { ...byPatient, addressId: identifier }

/** `number`: higher than that of whatever was open by this card before. */
const openPart = { ...byPatient, cardId: identifier, number: ordinal }

export const statements = {
  consent: z.strictObject({
    ...byPatient,
    kind: consentKind,
    status: z.enum(["active", "inactive"]),
    documentHash: hash,
  }),
  "signer-list": signerListClaims,
  "signer-end": signerEndClaims,
  manifest: manifestClaims,
  "hri-entry": z.discriminatedUnion("action", [
    z.strictObject({ ...indexed, action: z.literal("put"), entry: jwe(2048) }),
    z.strictObject({ ...indexed, action: z.literal("remove") }),
  ]),
  "emergency-access": z.strictObject({
    ...byPatient,
    cardId: identifier,
    /** Of the card that was scanned: whose card it says it is, and where the index keeps its entry. */
    fingerprint: hash,
    locatorHash: hash,
    /** What the answer is sealed to. */
    ephemeral: sealingKey,
    proof: hash,
  }),
  /** Within an access, or from a practice. */
  contribution: z.union([
    z.strictObject({ ...contribution, grantId: identifier }),
    z.strictObject({ ...contribution, addressId: identifier, practiceId: identifier }),
  ]),
  decision: z.discriminatedUnion("decision", [
    z.strictObject({ ...decision, decision: z.literal("approved"), descriptor }),
    z.strictObject({ ...decision, decision: z.literal("rejected") }),
  ]),
  /** `account`: of the account key; `keptHash`: of what the patient keeps of it. */
  "delivery-address": z.discriminatedUnion("action", [
    z.strictObject({ ...address, action: z.literal("make"), account: ordinal, keptHash: hash }),
    z.strictObject({ ...address, action: z.literal("revoke") }),
  ]),
  halt: z.strictObject({ ...byPatient, grantId: identifier }),
  "card-revocation": z.strictObject({ ...byPatient, cardId: identifier }),
  "open-part": z.discriminatedUnion("action", [
    z.strictObject({ ...openPart, action: z.literal("set"), locatorHash: hash, proofHash: hash, sealedHash: hash }),
    z.strictObject({ ...openPart, action: z.literal("remove") }),
  ]),
  deactivation: z.strictObject(byPatient),
  /** `under`: the number of the root's list that the chain of its signer begins with. */
  "deactivation-request": z.strictObject({ ...byPatient, under: ordinal }),
  "deactivation-cancellation": z.strictObject(byPatient),
  "member-list": memberListClaims,
  "practice-change": practiceChangeClaims,
  "practice-member": practiceMemberClaims,
  "practice-invitation": practiceInvitationClaims,
  "practice-deactivation": practiceDeactivationClaims,
  "practice-handover": practiceHandoverClaims,
} as const

export type StatementType = keyof typeof statements
export type StatementClaims<T extends StatementType> = z.infer<(typeof statements)[T]>

/** A patient's statement, or one with a professional's certificate chain (RSA chains are the longest). */
export const statement = jws(48 * 1024)
/** The end of signers: at most as many as a list has. */
export const signerEndStatement = jws(8 * 1024)
/** A manifest: 256 page hashes a category at most. */
export const manifestStatement = jws(128 * 1024)
/** A practice's list of 64 members. */
export const memberListStatement = jws(64 * 1024)
/** An index entry, with the lists of signers that lead to its signer. */
export const indexStatement = jws(128 * 1024)

/** The provider's countersignature of a consent, `typ: consent-receipt`. */
export const consentReceipt = z.strictObject({ iss: z.string(), iat: seconds, statementHash: hash })

/** The provider's signature under what it did for a professional, `typ: receipt`: the statement, and the event that tells of it. */
export const receiptClaims = z.strictObject({
  iss: z.string().check(z.maxLength(200)),
  iat: seconds,
  statementHash: hash,
  seq: ordinal,
  eventHash: hash,
})
export type ReceiptClaims = z.infer<typeof receiptClaims>
export const receipt = jws(4096)

const entry = {
  /** Whether it may be this very machine is for whoever reads the card. */
  cloud: z.string().check(
    z.maxLength(2048),
    z.refine((address) => serviceAddress(address, { local: true }) !== undefined),
  ),
  cloudId: z.string().check(z.maxLength(200)),
  patientId: identifier,
  cardId: identifier,
}
/** What the HRI keeps for a card, readable with its back alone. `provider`: the thumbprint of the provider's signing key. */
export const hriEntry = z.strictObject({ ...entry, provider: hash, manifest: numbered })
export type HriEntry = z.infer<typeof hriEntry>
/** What the HRI keeps for a card's front: the number and hash of the newest statement on its open part. */
export const frontEntry = z.strictObject({ ...entry, openPart: numbered })
export type FrontEntry = z.infer<typeof frontEntry>
/** What it keeps for a front that hasn't said anything yet: its place is taken, and leads nowhere. */
export const silentEntry = z.strictObject({ silent: z.literal(true) })
export type SilentEntry = z.infer<typeof silentEntry>

export const cardCategories = z.array(category).check(z.minLength(1), z.maxLength(6))
