import * as z from "zod/mini"
import type { ResponseOf } from "../../contract/routes.ts"
import { consentReceipt, type StatementClaims, statements } from "../../protocol/claims.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { type ConsentKind, consentSystem } from "../../protocol/primitives.ts"
import { verifyByProvider } from "../../protocol/provider-keys.ts"
import { isWhenSigned, signedAt } from "../../protocol/signed-time.ts"
import { verifyByEarlierSigner } from "../../protocol/signers.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import { readAuditTrail } from "./audit-trail.ts"
import { knownContents } from "./contents.ts"
import { heedCheckpoint } from "./heard-checkpoints.ts"
import { callAsPatient, type PatientSession, signAsPatient } from "./session.ts"

type Shown = ResponseOf<"patient/get-consent">

/**
 * The text of a consent, where it stands, and both signatures of its newest version. `unsettled`: the trail tells of a later change than the cloud shows. It came
 * to nothing, as of two at one moment one does, or is kept back: what holds can't be told until the patient signs or withdraws anew.
 */
export type Consent = Omit<Shown, "status"> & { readonly status: Shown["status"] | "unsettled" }

const named = z.object({ identifier: z.object({ value: z.string() }) })
/** What a text names: its kind, whose consent it is, and to whom. */
const ofConsent = z.object({
  identifier: z.array(z.object({ system: z.literal(consentSystem), value: z.string() })).check(z.length(1)),
  patient: named,
  organization: z.array(named).check(z.length(1)),
})

/** That a text is of this kind of consent, this patient's, to this provider: or what was read as one would be signed as another. */
const verifyText = ({ cloud, patientId }: PatientSession, kind: ConsentKind, document: unknown): Promise<void> =>
  orFail("consent-invalid", () => {
    const { identifier, patient, organization } = z.parse(ofConsent, document)
    const to = organization[0]?.identifier.value
    if (identifier[0]?.value !== kind || patient.identifier.value !== patientId || to !== cloud.cloudId)
      throw new Error("of something else")
  })

/**
 * Whether the newest change of a consent that the checked trail tells of is this statement, of the time that it was signed; none where there was none. Or a device
 * that was ended could sign one that it dates back.
 */
const isNewest = async (session: PatientSession, { kind, statement }: Shown): Promise<boolean> => {
  const last = (await readAuditTrail(session)).findLast(
    ({ action, outcome, subject }) =>
      (action === "sign-consent" || action === "revoke-consent") && outcome === "permitted" && subject.consent === kind,
  )
  if (statement === undefined) return last?.subject.statementHash === undefined
  const iat = await orFail("consent-invalid", () => signedAt(readStatement(statement).payload))
  if (last?.subject.statementHash !== (await statementHash(statement))) return false
  if (!isWhenSigned(last.at, iat)) throw new IntegrityFailure("consent-invalid")
  return true
}

/** That the provider countersigned exactly this statement. */
const verifyReceipt = ({ cloud }: PatientSession, receipt: string, statement: string): Promise<void> =>
  orFail("consent-receipt-invalid", async () => {
    const expected = { typ: "consent-receipt", schema: consentReceipt, code: "consent-receipt-invalid" } as const
    const { statementHash: named } = await verifyByProvider(receipt, cloud.provider, expected)
    if (named !== (await statementHash(statement))) throw new Error("of something else")
  })

/** That the patient signed this statement, for this cloud, about this consent, with this outcome. */
const verifyOwn = (
  session: PatientSession,
  { kind, status, document, statement }: Shown,
): Promise<StatementClaims<"consent">> =>
  orFail("consent-invalid", async () => {
    const { cloud, patientId } = session
    const { signers } = await knownContents(session)
    const claims = z.parse(statements.consent, await verifyByEarlierSigner(statement ?? "", "consent", signers))
    const ofUs = claims.aud === cloud.cloudId && claims.patientId === patientId
    if (!ofUs || claims.kind !== kind || claims.status !== status) throw new Error("of something else")
    if (status === "active" && claims.documentHash !== (await canonicalHash(document))) throw new Error("another text")
    await heedCheckpoint(session, claims.checkpoint)
    return claims
  })

/** That a state is not older than the newest that the device has seen; one that is would be a replay, whatever its devices' clocks: each is signed later than the one before. */
const requireNotOlder = ({ memory }: PatientSession, { kind, iat }: StatementClaims<"consent">, hash: string): void => {
  const known = memory.consents?.[kind]
  if (known !== undefined && hash !== known.statementHash && iat <= known.iat)
    throw new IntegrityFailure("consent-invalid")
}

const remember = async (session: PatientSession, claims: StatementClaims<"consent">, statement: string) => {
  const hash = await statementHash(statement)
  requireNotOlder(session, claims, hash)
  const { kind, iat } = claims
  session.memory.consents = { ...session.memory.consents, [kind]: { iat, statementHash: hash } }
}

/** How often a consent is asked for again because another device changed it before the trail was read. */
const attempts = 3

/** A consent, and whether the checked trail has it as the newest: another device may have changed it since. */
const readShown = async (session: PatientSession, kind: ConsentKind): Promise<{ shown: Shown; isSettled: boolean }> => {
  for (let attempt = 1; ; attempt++) {
    const shown = await callAsPatient(session, "patient/get-consent", { kind })
    if (shown.kind !== kind) throw new IntegrityFailure("consent-invalid")
    const isSettled = await isNewest(session, shown)
    if (isSettled || attempt === attempts) return { shown, isSettled }
  }
}

/**
 * Reads a consent to show it. Where it has been signed: it is the patient's own signature, on this text and outcome, not older than what the device
 * knows, and countersigned; where the audit trail tells of a newer one it is `unsettled`. The text of one that isn't in force is the provider's word, but for its
 * kind, patient and provider: what is signed is what was shown.
 */
export const getConsent = async (session: PatientSession, kind: ConsentKind): Promise<Consent> => {
  const { shown, isSettled } = await readShown(session, kind)
  await orFail("reply-invalid", async () => {
    if ((await canonicalHash(shown.document)) !== shown.documentHash) throw new Error("another text")
  })
  await verifyText(session, kind, shown.document)
  const consent: Consent = isSettled ? shown : { ...shown, status: "unsettled" }
  const { statement, receipt } = shown
  if (shown.status === "none") {
    const signed = statement !== undefined || receipt !== undefined
    if (signed || session.memory.consents?.[kind] !== undefined) throw new IntegrityFailure("consent-invalid")
    return consent
  }
  const claims = await verifyOwn(session, shown)
  await verifyReceipt(session, receipt ?? "", statement ?? "")
  if (isSettled) await remember(session, claims, statement ?? "")
  else requireNotOlder(session, claims, await statementHash(statement ?? ""))
  return consent
}

/** When the state that was shown was signed, or the newest that the device knows; seconds. */
const signedBefore = ({ memory }: PatientSession, { kind, statement }: Consent): number | undefined => {
  const known = memory.consents?.[kind]?.iat
  const shown = statement === undefined ? undefined : signedAt(readStatement(statement).payload)
  return known === undefined || shown === undefined ? (known ?? shown) : Math.max(known, shown)
}

const signAs = async (session: PatientSession, consent: Consent, status: "active" | "inactive") => {
  const { kind, documentHash } = consent
  const before = signedBefore(session, consent)
  const statement = await signAsPatient(session, "consent", { kind, status, documentHash }, before)
  const route = status === "active" ? "patient/sign-consent" : "patient/revoke-consent"
  const { receipt } = await callAsPatient(session, route, { kind, statement })
  await verifyReceipt(session, receipt, statement)
  await remember(session, z.parse(statements.consent, readStatement(statement).payload), statement)
  return { statement, receipt }
}

/** Signs the text that `getConsent` gave, as it was shown; keeps nothing that the provider did not countersign. */
export const signConsent = (
  session: PatientSession,
  consent: Consent,
): Promise<{ statement: string; receipt: string }> => signAs(session, consent, "active")

/** Withdraws a consent: of `emergency-share`, every card opens nothing from now on and running accesses end. */
export const revokeConsent = (
  session: PatientSession,
  consent: Consent,
): Promise<{ statement: string; receipt: string }> => signAs(session, consent, "inactive")
