import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { statementHash } from "../../protocol/statement.ts"
import { consentDocument } from "./consent-document.ts"
import { consentReceipt } from "./consent-receipt.ts"
import { writeNamed } from "./named-changes.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { AuditTrail, Call, Provider, Store } from "./ports.ts"
import { claimsOf, isUsed, patientStatement, useOnce } from "./statements.ts"

export interface CloudIdentity {
  /** The `aud` of statements. */
  readonly cloudId: string
  readonly title: string
}

interface Consents {
  readonly store: Store
  readonly cloud: CloudIdentity
}
interface SigningConsents extends Consents {
  readonly provider: Provider
  readonly audit: AuditTrail
}

export const getConsent = async (
  { store, cloud }: Consents,
  patientId: string,
  { kind }: RequestOf<"patient/get-consent">,
): Promise<ResponseOf<"patient/get-consent">> => {
  const [patient, consent] = await store.read([
    { kind: "patient", patientId },
    { kind: "consent", patientId, consent: kind },
  ])
  requireActive(patient)
  const document = consent?.status === "active" ? consent.document : consentDocument(kind, patientId, cloud)
  const documentHash = await canonicalHash(document)
  if (consent === undefined) return { kind, status: "none", document, documentHash }
  return {
    kind,
    status: consent.status,
    document,
    documentHash,
    statement: consent.statement,
    receipt: consent.receipt,
  }
}

type Consent = ItemOf<"consent">
type Answer = ResponseOf<"patient/sign-consent">

/** What is signed: the text of today, or, to withdraw it, the text that was consented to. Refuses to withdraw what isn't given. */
const signedDocument = (
  status: "active" | "inactive",
  { kind, patientId, current }: { kind: Consent["consent"]; patientId: string; current: Consent | undefined },
  cloud: CloudIdentity,
): Consent["document"] => {
  if (status === "active") return consentDocument(kind, patientId, cloud)
  if (current?.status !== "active") throw new Problem("consent-missing")
  return current.document
}

/** Where this very statement is the newest state already: sent twice at this moment, or its answer was lost. */
const answeredBefore = async (
  store: Store,
  patientId: string,
  { kind, statement }: RequestOf<"patient/sign-consent">,
): Promise<Answer | undefined> => {
  const [now] = await store.read([{ kind: "consent", patientId, consent: kind }])
  return now?.statement === statement ? { receipt: now.receipt } : undefined
}

/** The patient's signature and the provider's become the newest state of the consent; every earlier one stays beside it. */
const changeConsent =
  (action: "sign-consent" | "revoke-consent", status: "active" | "inactive") =>
  async (
    { store, cloud, provider, audit }: SigningConsents,
    patientId: string,
    request: RequestOf<"patient/sign-consent">,
    call: Call,
  ): Promise<Answer> => {
    const { kind, statement } = request
    const [found, current] = await store.read([
      { kind: "patient", patientId },
      { kind: "consent", patientId, consent: kind },
    ])
    const patient = requireActive(found)
    const claims = await patientStatement("consent", statement, { audience: cloud.cloudId, patient, now: call.now })
    if (claims.kind !== kind || claims.status !== status) throw new Problem("statement-invalid")
    if (current?.statement === statement) return { receipt: current.receipt }
    if (await isUsed(store, patientId, claims)) {
      const answer = await answeredBefore(store, patientId, request)
      if (answer !== undefined) return answer
      throw new Problem("statement-replayed")
    }
    // Devices tell a replay by the order of these times, whatever their clocks.
    if (current !== undefined && claims.iat < claimsOf("consent", current.statement).iat)
      throw new Problem("statement-stale")
    const document = signedDocument(status, { kind, patientId, current }, cloud)
    if (claims.documentHash !== (await canonicalHash(document))) throw new Problem("consent-document-changed")

    const hash = await statementHash(statement)
    const iat = Math.floor(call.now.getTime() / 1000)
    const receipt = await consentReceipt(provider, { iss: cloud.cloudId, iat, statementHash: hash })
    await audit.append(
      patientId,
      {
        action,
        outcome: "permitted",
        actor: { kind: "patient" },
        subject: { consent: kind, statementHash: hash },
      },
      call.now,
    )
    const number = (current?.revision ?? 0) + 1
    const consent = { patientId, consent: kind, status, statement, receipt, document }
    const written = await writeNamed(store, {
      newest: { put: { kind: "consent", revision: number, ...consent } },
      version: { put: { kind: "consent-version", revision: 1, number, ...consent } },
      statement: useOnce(patientId, claims),
      account: unchanged(patient),
    })
    if (written.outcome === "written") return { receipt }
    const answer = await answeredBefore(store, patientId, request)
    if (answer !== undefined) return answer
    throw new Problem(written.lostTo.has("statement") ? "statement-replayed" : "busy")
  }

export const signConsent = changeConsent("sign-consent", "active")
export const revokeConsent = changeConsent("revoke-consent", "inactive")
