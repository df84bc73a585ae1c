import type { AuditActor, AuditSubject } from "../../contract/audit.ts"
import { Problem, type ProblemCode } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import { grantSeconds } from "../../contract/primitives.ts"
import type { KeyRing } from "../../contract/record.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import type { TrustPolicy } from "../../contract/trust-policy.ts"
import { equal, fromBase64url, toBase64url, utf8 } from "../../sdk/crypto/bytes.ts"
import { cardProof } from "../../sdk/crypto/card.ts"
import { sha256 } from "../../sdk/crypto/primitives.ts"
import { statementHash } from "../../sdk/crypto/statement.ts"
import { certify, type RevocationPort } from "./certification.ts"
import type { CloudIdentity } from "./consents.ts"
import { unchanged } from "./patients.ts"
import type { AuditTrail, Call, ObjectStore, Store } from "./ports.ts"
import { professionalStatement } from "./professionals.ts"
import { usedStatementRef, useOnce } from "./statements.ts"

export interface EmergencyAccess {
  readonly store: Store
  readonly audit: AuditTrail
  readonly objects: Pick<ObjectStore, "downloadUrl">
  readonly revocation: RevocationPort
  readonly trust: { readonly policy: TrustPolicy; readonly hash: string }
  readonly cloud: CloudIdentity
}

type ActiveCard = Required<ItemOf<"card">>

/** A card in force has all its secrets; one that lacks any opens nothing. */
const activeCard = (card: ItemOf<"card"> | undefined): ActiveCard | undefined => {
  if (card?.status !== "active") return undefined
  const { proofKey, cloudShare, wrappedCategoryKeys, sealed } = card
  if (proofKey === undefined || cloudShare === undefined || wrappedCategoryKeys === undefined || sealed === undefined)
    return undefined
  return { ...card, proofKey, cloudShare, wrappedCategoryKeys, sealed }
}

const historyOf = (ring: KeyRing, categories: ActiveCard["categories"]) =>
  categories.map((category) => ({ category, epoch: ring[category].epoch, previous: ring[category].previous }))

/**
 * Opens an emergency access: verify, consent, **audit**, grant, presign, answer. Whatever fails before the end leaves no URL
 * and no share: there may be an event without an access, never an access without an event.
 *
 * Calls in sequence: the state and the trail's head at once; the trail; the grant. The identity manager is not among them.
 */
export const emergencyAccess = async (
  deps: EmergencyAccess,
  { statement }: RequestOf<"hcp/emergency-access">,
  call: Call,
): Promise<ResponseOf<"hcp/emergency-access">> => {
  const { store, audit, cloud } = deps
  const { claims, alg, chain, account, certificate } = await professionalStatement("emergency-access", statement, {
    audience: cloud.cloudId,
    now: call.now,
  })
  const { patientId, cardId } = claims

  const [[patient, card, consent, manifest, summaryPage, used], head] = await Promise.all([
    store.read([
      { kind: "patient", patientId },
      { kind: "card", patientId, cardId },
      { kind: "consent", patientId, consent: "emergency-share" },
      { kind: "manifest", patientId },
      { kind: "manifest-page", patientId, category: "summary", page: 0 },
      usedStatementRef(account, claims),
    ]),
    audit.head(patientId),
  ])
  // Who does not know the id of a card learns nothing, and leaves nothing in the trail of a patient they may have guessed.
  if (patient === undefined || card === undefined) throw new Problem("card-refused")

  let actor: AuditActor = { kind: "hcp", account, certificate }
  const subject: AuditSubject = {
    cardId,
    statementHash: await statementHash(statement),
    trustPolicyHash: deps.trust.hash,
  }
  const refuse = async (code: ProblemCode): Promise<never> => {
    await audit.append(patientId, { action: "emergency-access", outcome: code, actor, subject }, call.now)
    throw new Problem(code)
  }

  const inForce = activeCard(card)
  if (patient.status !== "active" || inForce === undefined || manifest === undefined) return refuse("card-refused")
  const proof = await cardProof(fromBase64url(inForce.proofKey), {
    aud: cloud.cloudId,
    patientId,
    cardId,
    jti: claims.jti,
    certificate,
  })
  if (!equal(utf8(proof), utf8(claims.proof))) return refuse("card-refused")
  if (used !== undefined) return refuse("statement-replayed")

  const certified = await certify({
    chain,
    alg,
    policy: deps.trust.policy,
    now: call.now,
    revocation: deps.revocation,
    nonce: fromBase64url(call.key()),
  })
  if (certified.outcome !== "certified") return refuse(certified.outcome)
  const { profession, notAfter } = certified
  actor = { ...actor, profession }
  if (consent?.status !== "active") return refuse("consent-missing")

  const { categories, wrappedCategoryKeys, cloudShare } = inForce
  const summary = categories.includes("summary") ? (summaryPage?.descriptors ?? []) : []
  const grantId = call.id()
  const ticket = call.key()
  const expiresAt = new Date(Math.min(call.now.getTime() + grantSeconds * 1000, notAfter.getTime())).toISOString()

  await audit.append(
    patientId,
    {
      action: "emergency-access",
      outcome: "permitted",
      actor,
      subject: {
        ...subject,
        grantId,
        categories,
        expiresAt,
        records: summary.map(({ recordId, version }) => ({ recordId, version })),
        manifest: { number: manifest.number, hash: manifest.hash },
      },
    },
    call.now,
    head,
  )
  const granted = await store.write([
    {
      put: {
        kind: "grant",
        revision: 1,
        patientId,
        grantId,
        cardId,
        categories,
        account,
        certificate,
        certificateEndsAt: notAfter.toISOString(),
        profession,
        statement,
        ticketHash: toBase64url(await sha256(fromBase64url(ticket))),
        grantedAt: call.now.toISOString(),
        expiresAt,
      },
    },
    useOnce(account, claims),
    unchanged(patient),
    { check: { kind: "card", patientId, cardId }, revision: card.revision },
    { check: { kind: "consent", patientId, consent: "emergency-share" }, revision: consent.revision },
  ])
  if (granted.outcome === "conflict") return refuse(granted.at.includes(1) ? "statement-replayed" : "busy")

  const urls = await Promise.all(
    summary.map(async ({ recordId, version }) => ({
      recordId,
      version,
      url: await deps.objects.downloadUrl("records", objectKey(patientId, recordId, version), call.now),
    })),
  )
  return {
    grantId,
    expiresAt,
    ticket,
    cloudShare,
    wrappedCategoryKeys,
    keyHistory: historyOf(manifest.keyRing, categories),
    manifest: manifest.manifest,
    summary,
    urls,
  }
}
