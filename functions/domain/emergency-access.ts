import type { AuditActor, AuditSubject } from "../../contract/audit.ts"
import { Problem, type ProblemCode } from "../../contract/errors.ts"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import type { TrustPolicy } from "../../contract/trust-policy.ts"
import { cardProof } from "../../protocol/card.ts"
import { equal, fromBase64url, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { grantSeconds } from "../../protocol/primitives.ts"
import type { KeyRing } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { RevocationMemory } from "./certification/revocation-memory.ts"
import type { RevocationPort } from "./certification/revocation-port.ts"
import { certify } from "./certification.ts"
import type { CloudIdentity } from "./consents.ts"
import { decoded } from "./decode.ts"
import { LoggedDetail } from "./logged-detail.ts"
import { unchanged } from "./patients.ts"
import type { AuditTrail, Call, Change, ObjectStore, Store } from "./ports.ts"
import { professionalStatement } from "./professionals.ts"
import { cardRate, countAccess, countDenial, deniedRate, professionalRate } from "./rates.ts"
import { usedStatementRef, useOnce } from "./statements.ts"

export interface EmergencyAccess {
  readonly store: Store
  readonly audit: AuditTrail
  readonly objects: Pick<ObjectStore, "downloadUrl">
  readonly revocation: RevocationPort
  /** What this process has learnt of revocation. */
  readonly memory: RevocationMemory
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

/** Who loses to other accesses of the same moment this often is told that we are busy. */
const attempts = 3

/**
 * Opens an emergency access: verify, consent, **audit**, grant, presign, answer. Whatever fails before the end leaves no URL
 * and no share: there may be an event without an access, never an access without an event.
 *
 * Calls in sequence: the state and the trail's head at once; the trail; the grant. The identity manager is not among them. Only where
 * the same professional, or another by the same card, is granted an access at this very moment, the rates are read and written once more.
 */
export const emergencyAccess = async (
  deps: EmergencyAccess,
  { statement, ocsp }: RequestOf<"hcp/emergency-access">,
  call: Call,
): Promise<ResponseOf<"hcp/emergency-access">> => {
  const { store, audit, cloud } = deps
  const { claims, alg, chain, account, certificate } = await professionalStatement("emergency-access", statement, {
    audience: cloud.cloudId,
    now: call.now,
  })
  const { patientId, cardId } = claims
  const stapled = ocsp === undefined ? undefined : decoded(ocsp)

  const rateRefs = [professionalRate(account), cardRate(patientId, cardId)] as const
  const denied = deniedRate(patientId, cardId)
  const [[patient, card, consent, manifest, summaryPage, used, denials, ...rates], head] = await Promise.all([
    store.read([
      { kind: "patient", patientId },
      { kind: "card", patientId, cardId },
      { kind: "consent", patientId, consent: "emergency-share" },
      { kind: "manifest", patientId },
      { kind: "manifest-page", patientId, category: "summary", page: 0 },
      usedStatementRef(account, claims),
      denied,
      ...rateRefs,
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
  const refuse = async (code: ProblemCode, cause?: LoggedDetail): Promise<never> => {
    const outcome = await countDenial(store, denied, { code, account }, denials, call.now)
    if (outcome !== undefined)
      await audit.append(patientId, { action: "emergency-access", outcome, actor, subject }, call.now)
    throw new Problem(code, { cause })
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
  // Before certification, so that a key that has had enough no longer makes us ask the authority.
  let counts = countAccess({ account, patientId, cardId }, rates, call.now)
  if (counts === undefined) return refuse("rate-exceeded")

  const certified = await certify({
    chain,
    alg,
    policy: deps.trust.policy,
    now: call.now,
    revocation: deps.revocation,
    memory: deps.memory,
    nonce: fromBase64url(call.key()),
    stapled,
  })
  if (certified.outcome !== "certified") return refuse(certified.outcome, new LoggedDetail(certified.because))
  const { profession, notAfter } = certified
  actor = { ...actor, profession }
  if (consent?.status !== "active") return refuse("consent-missing")

  const { categories, wrappedCategoryKeys, cloudShare } = inForce
  const summary = categories.includes("summary") ? (summaryPage?.descriptors ?? []) : []
  const grantId = call.id()
  const ticket = call.key()
  const expiresAt = new Date(Math.min(call.now.getTime() + grantSeconds * 1000, notAfter.getTime())).toISOString()

  const event = await audit.append(
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
  const changes: Change[] = [
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
        alg,
        profession,
        consentRevision: consent.revision,
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
  ]
  for (let attempt = 1; ; attempt++) {
    const granted = await store.write([...changes, ...counts])
    if (granted.outcome === "written") break
    if (granted.at.includes(1)) return refuse("statement-replayed")
    if (attempt === attempts || granted.at.some((i) => i < changes.length)) return refuse("busy")
    counts = countAccess({ account, patientId, cardId }, await store.read(rateRefs), call.now)
    if (counts === undefined) return refuse("rate-exceeded")
  }

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
    event,
  }
}
