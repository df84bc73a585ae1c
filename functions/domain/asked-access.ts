import type { ProblemCode } from "../../contract/errors.ts"
import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf } from "../../contract/routes.ts"
import { cardProof } from "../../protocol/card.ts"
import type { ManifestClaims } from "../../protocol/claims.ts"
import { equal, fromBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { isSealingKey, sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { statementHash } from "../../protocol/statement.ts"
import { isOfOnePublication } from "./manifest-state.ts"
import type { ActivePatient } from "./patients.ts"
import type { Call } from "./ports.ts"
import { type ProfessionalStatement, professionalStatement } from "./professionals.ts"
import { claimsOf } from "./statements.ts"

/** What a professional asks for by an emergency access, verified to be signed by the certificate they show; whose that is, is not certified yet. */
export interface AskedAccess extends ProfessionalStatement<"emergency-access"> {
  readonly statement: string
  readonly statementHash: string
  readonly cloudId: string
  readonly stapled: Uint8Array<ArrayBuffer> | undefined
  /** The number of the manifest that the index has witnessed. */
  readonly witness: number
}

/** Refuses what isn't signed, or asks for an answer that can't be sealed: before anything is looked up, and without an event. */
export const readAsked = async (
  { statement, ocsp, witness }: RequestOf<"hcp/emergency-access">,
  cloudId: string,
  { now }: Call,
): Promise<AskedAccess> => {
  const signed = await professionalStatement("emergency-access", statement, { audience: cloudId, now })
  if (!(await isSealingKey(signed.claims.ephemeral))) throw new Problem("statement-invalid")
  const stapled = ocsp === undefined ? undefined : fromBase64url(ocsp)
  return { ...signed, statement, statementHash: await statementHash(statement), cloudId, stapled, witness }
}

type Card = ItemOf<"card">
type ActiveCard = Card & Required<Pick<Card, "proofKey" | "cloudShare" | "wrappedCategoryKeys" | "sealed">>

/** What was found of the card, as it was read. */
export interface FoundAccess {
  readonly patient: ItemOf<"patient">
  readonly card: Card
  readonly manifest: ItemOf<"manifest"> | undefined
  readonly summaryPage: ItemOf<"manifest-page"> | undefined
  readonly used: ItemOf<"used-statement"> | undefined
}

/** What a card in force opens, all of it there. */
export interface OpenedAccess {
  readonly patient: ActivePatient
  readonly card: ActiveCard
  readonly manifest: ItemOf<"manifest">
  readonly claims: ManifestClaims
  /** Of the category `summary`, where the card includes it. */
  readonly summary: ItemOf<"manifest-page">["descriptors"]
}

/** A card in force has all its secrets, and so has its patient; one that lacks any opens nothing. */
const inForce = ({ patient, card, manifest, summaryPage }: FoundAccess): OpenedAccess | undefined => {
  const { root, signers, accountKey } = patient
  if (patient.status !== "active" || root === undefined || signers === undefined || accountKey === undefined)
    return undefined
  const { proofKey, cloudShare, wrappedCategoryKeys, sealed } = card
  if (card.status !== "active" || proofKey === undefined || cloudShare === undefined) return undefined
  if (wrappedCategoryKeys === undefined || sealed === undefined || manifest === undefined) return undefined
  return {
    patient: { ...patient, root, signers, accountKey },
    card: { ...card, proofKey, cloudShare, wrappedCategoryKeys, sealed },
    manifest,
    claims: claimsOf("manifest", manifest.manifest),
    summary: card.categories.includes("summary") ? (summaryPage?.descriptors ?? []) : [],
  }
}

/**
 * Whether the card that was scanned is this very card of this very patient: it names their root and its own place in the index, and its proof is over
 * all that the statement says. A card that somebody else printed to lead here names another root.
 */
const isThisCard = async (
  { claims, certificate, cloudId }: AskedAccess,
  { patient, card }: OpenedAccess,
): Promise<boolean> => {
  const { patientId, cardId, jti, fingerprint, locatorHash } = claims
  const [root, ephemeral] = await Promise.all([
    thumbprint(patient.root.signing),
    sealingKeyThumbprint(claims.ephemeral),
  ])
  if (fingerprint !== root || locatorHash !== card.locatorHash) return false
  const proof = await cardProof(fromBase64url(card.proofKey), {
    aud: cloudId,
    patientId,
    cardId,
    jti,
    certificate,
    fingerprint,
    locatorHash,
    ephemeral,
  })
  return equal(utf8(proof), utf8(claims.proof))
}

const agree = async ({ patient, claims, manifest, summary, card }: OpenedAccess): Promise<boolean> => {
  if (!(await isOfOnePublication(patient, claims))) return false
  const [named] = manifest.pageLists.summary.hashes
  if (named === undefined || !card.categories.includes("summary")) return summary.length === 0
  return named === (await canonicalHash(summary))
}

/** What the card opens, or why it opens nothing, before the professional is certified. `busy`: a publication came in between what was read. */
export const decideAccess = async (
  asked: AskedAccess,
  found: FoundAccess,
): Promise<{ readonly opened: OpenedAccess } | { readonly refused: ProblemCode }> => {
  const opened = inForce(found)
  if (opened === undefined || !(await isThisCard(asked, opened))) return { refused: "card-refused" }
  if (found.used !== undefined) return { refused: "statement-replayed" }
  if (!(await agree(opened))) return { refused: "busy" }
  return { opened }
}
