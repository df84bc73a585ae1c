import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { statementHash } from "../../protocol/statement.ts"
import { consentDocument } from "./consent-document.ts"
import { consentReceipt } from "./consent-receipt.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { AuditTrail, Call, Provider, Store } from "./ports.ts"
import { isUsed, patientStatement, useOnce } from "./statements.ts"

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

/** The patient's signature and the provider's become the newest state of the consent; every earlier one stays beside it. */
const changeConsent =
  (action: "sign-consent" | "revoke-consent", status: "active" | "inactive") =>
  async (
    { store, cloud, provider, audit }: SigningConsents,
    patientId: string,
    { kind, statement }: RequestOf<"patient/sign-consent">,
    call: Call,
  ): Promise<ResponseOf<"patient/sign-consent">> => {
    const [found, current] = await store.read([
      { kind: "patient", patientId },
      { kind: "consent", patientId, consent: kind },
    ])
    const patient = requireActive(found)
    const claims = await patientStatement("consent", statement, {
      audience: cloud.cloudId,
      patientId,
      signing: patient.keys.signing,
      now: call.now,
    })
    if (claims.kind !== kind || claims.status !== status) throw new Problem("statement-invalid")
    // The answer got lost and the app asks again: the same statement, the same answer.
    if (current?.statement === statement) return { receipt: current.receipt }
    // The same statement sent twice at this moment: the other one was first.
    const sentTwice = async () => {
      const [now] = await store.read([{ kind: "consent", patientId, consent: kind }])
      return now?.statement === statement ? { receipt: now.receipt } : undefined
    }
    if (await isUsed(store, patientId, claims)) {
      const answer = await sentTwice()
      if (answer !== undefined) return answer
      throw new Problem("statement-replayed")
    }

    const document = status === "active" ? consentDocument(kind, patientId, cloud) : current?.document
    if (document === undefined || (status === "inactive" && current?.status !== "active"))
      throw new Problem("consent-missing")
    if (claims.documentHash !== (await canonicalHash(document))) throw new Problem("consent-document-changed")

    const receipt = await consentReceipt(provider, {
      iss: cloud.cloudId,
      iat: Math.floor(call.now.getTime() / 1000),
      statementHash: await statementHash(statement),
    })
    await audit.append(
      patientId,
      {
        action,
        outcome: "permitted",
        actor: { kind: "patient" },
        subject: { consent: kind, statementHash: await statementHash(statement) },
      },
      call.now,
    )
    const number = (current?.revision ?? 0) + 1
    const consent = { patientId, consent: kind, status, statement, receipt, document }
    const newest: ItemOf<"consent"> = { kind: "consent", revision: number, ...consent }
    const version: ItemOf<"consent-version"> = { kind: "consent-version", revision: 1, number, ...consent }
    const written = await store.write([
      { put: newest },
      { put: version },
      useOnce(patientId, claims),
      unchanged(patient),
    ])
    if (written.outcome === "written") return { receipt }
    const answer = await sentTwice()
    if (answer !== undefined) return answer
    throw new Problem(written.at.includes(2) ? "statement-replayed" : "busy")
  }

export const signConsent = changeConsent("sign-consent", "active")
export const revokeConsent = changeConsent("revoke-consent", "inactive")
