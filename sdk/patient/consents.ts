import * as z from "zod/mini"
import type { ConsentKind } from "../../contract/primitives.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { consentReceipt } from "../../contract/statements.ts"
import { canonicalHash } from "../crypto/canonical.ts"
import { readStatement, statementHash, verifyStatement } from "../crypto/statement.ts"
import { orFail } from "../integrity.ts"
import { callAsPatient, type PatientSession, signAsPatient } from "./session.ts"

/** The text of a consent, where it stands, and both signatures of its newest version. */
export type Consent = ResponseOf<"patient/get-consent">

/** That the provider countersigned exactly this statement. */
const verifyReceipt = ({ cloud }: PatientSession, receipt: string, statement: string): Promise<void> =>
  orFail("consent-receipt-invalid", async () => {
    await verifyStatement(receipt, { typ: "consent-receipt", key: cloud.providerKey, algorithms: ["ES256"] })
    const { iss, statementHash: named } = z.parse(consentReceipt, readStatement(receipt).payload)
    if (iss !== cloud.cloudId || named !== (await statementHash(statement))) throw new Error("of something else")
  })

/** Reads a consent to show it; verifies its hash, and the provider's signature where there is one. */
export const getConsent = async (session: PatientSession, kind: ConsentKind): Promise<Consent> => {
  const consent = await callAsPatient(session, "patient/get-consent", { kind })
  await orFail("reply-invalid", async () => {
    if ((await canonicalHash(consent.document)) !== consent.documentHash) throw new Error("another text")
  })
  if (consent.statement !== undefined) await verifyReceipt(session, consent.receipt ?? "", consent.statement)
  return consent
}

/** Signs the text that `getConsent` gave, as it was shown; keeps nothing that the provider did not countersign. */
export const signConsent = async (
  session: PatientSession,
  { kind, documentHash }: Consent,
): Promise<{ statement: string; receipt: string }> => {
  const statement = await signAsPatient(session, "consent", { kind, status: "active", documentHash })
  const { receipt } = await callAsPatient(session, "patient/sign-consent", { kind, statement })
  await verifyReceipt(session, receipt, statement)
  return { statement, receipt }
}

/** Withdraws a consent: of `emergency-share`, every card opens nothing from now on and running accesses end. */
export const revokeConsent = async (
  session: PatientSession,
  { kind, documentHash }: Consent,
): Promise<{ statement: string; receipt: string }> => {
  const statement = await signAsPatient(session, "consent", { kind, status: "inactive", documentHash })
  const { receipt } = await callAsPatient(session, "patient/revoke-consent", { kind, statement })
  await verifyReceipt(session, receipt, statement)
  return { statement, receipt }
}
