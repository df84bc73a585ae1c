import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { statementHash } from "../../protocol/statement.ts"
import { consentDocument } from "./consent-document.ts"
import { consentReceipt } from "./consent-receipt.ts"
import { requireActive, unchanged } from "./patients.ts"
import type { Call, Provider, StoreReads } from "./ports.ts"
import { defineUseCase } from "./runner.ts"
import { signerEndRefs } from "./signer-ends.ts"
import { claimsOf, isUsed, patientStatement, useOnce } from "./statements.ts"
import { answered, changing } from "./step.ts"

export interface CloudIdentity {
  /** The `aud` of statements. */
  readonly cloudId: string
  readonly title: string
}

interface Consents {
  readonly store: StoreReads
  readonly cloud: CloudIdentity
}
interface SigningConsents extends Consents {
  readonly provider: Provider
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
  store: StoreReads,
  patientId: string,
  { kind, statement }: RequestOf<"patient/sign-consent">,
): Promise<Answer | undefined> => {
  const [now] = await store.read([{ kind: "consent", patientId, consent: kind }])
  return now?.statement === statement ? { receipt: now.receipt } : undefined
}

/** The patient's signature and the provider's become the newest state of the consent; every earlier one stays beside it. */
const changeConsent =
  <A extends "sign-consent" | "revoke-consent">(action: A, status: "active" | "inactive") =>
  async (
    { store, cloud, provider }: SigningConsents,
    patientId: string,
    request: RequestOf<"patient/sign-consent">,
    call: Call,
  ) => {
    const { kind, statement } = request
    const [found, current, ...ends] = await store.read([
      { kind: "patient", patientId },
      { kind: "consent", patientId, consent: kind },
      ...signerEndRefs(patientId),
    ])
    const patient = requireActive(found)
    const expected = { audience: cloud.cloudId, patient, ends, now: call.now }
    const claims = await patientStatement("consent", statement, expected)
    if (claims.kind !== kind || claims.status !== status) throw new Problem("statement-invalid")
    if (current?.statement === statement) return { done: { receipt: current.receipt } }
    const again = () => answeredBefore(store, patientId, request)
    if (await isUsed(store, patientId, claims)) return answered(again, "statement-replayed")
    // Devices tell a replay by the order of these times, whatever their clocks.
    if (current !== undefined && claims.iat < claimsOf("consent", current.statement).iat)
      throw new Problem("statement-stale")
    const document = signedDocument(status, { kind, patientId, current }, cloud)
    if (claims.documentHash !== (await canonicalHash(document))) throw new Problem("consent-document-changed")

    const hash = await statementHash(statement)
    const iat = Math.floor(call.now.getTime() / 1000)
    const receipt = await consentReceipt(provider, { iss: cloud.cloudId, iat, statementHash: hash })
    const number = (current?.revision ?? 0) + 1
    const consent = { patientId, consent: kind, status, statement, receipt, document }
    return {
      patientId,
      now: call.now,
      event: { action, actor: { kind: "patient" as const }, subject: { consent: kind, statementHash: hash } },
      changing: changing(
        {
          newest: { put: { kind: "consent", revision: number, ...consent } },
          version: { put: { kind: "consent-version", revision: 1, number, ...consent } },
          statement: useOnce(patientId, claims),
          account: unchanged(patient),
        },
        { statement: "statement-replayed" },
      ),
      again,
      answer: (): Answer => ({ receipt }),
    }
  }

export const signConsent = defineUseCase("patient/sign-consent", changeConsent("sign-consent", "active"))
export const revokeConsent = defineUseCase("patient/revoke-consent", changeConsent("revoke-consent", "inactive"))
