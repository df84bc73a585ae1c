import * as z from "zod/mini"
import { type AuditSubject, receiptedEvent } from "../contract/audit.ts"
import { receipt, statement, statements } from "../protocol/claims.ts"
import { canonicalHash, canonicalText } from "../protocol/crypto/canonical.ts"
import { IntegrityFailure } from "../protocol/integrity.ts"
import type { EcPublicJwk } from "../protocol/primitives.ts"
import { accountOf, readProfessional } from "../protocol/professional.ts"
import { verifyReceipt } from "../protocol/receipt.ts"
import { isWhenSigned } from "../protocol/signed-time.ts"
import { readStatement, statementHash } from "../protocol/statement.ts"

/**
 * A professional's statement, the provider's receipt for it, and the event of the patient's trail that the receipt names: evidence, should the trail
 * tell of somebody else, or of nothing.
 */
export const signedReceipt = z.strictObject({ statement, receipt, event: receiptedEvent })
export type Receipt = z.infer<typeof signedReceipt>

/** What a statement says of what its event must be. */
const expectedOf = (
  compact: string,
): { action: "contribute" | "emergency-access"; iat: number; subject: AuditSubject } => {
  const { header, payload } = readStatement(compact)
  if (header.typ === "contribution") {
    const claims = z.parse(statements.contribution, payload)
    const { recordId: contributionId, category } = claims.descriptor
    const within = "grantId" in claims ? { grantId: claims.grantId } : { addressId: claims.addressId }
    return { action: "contribute", iat: claims.iat, subject: { ...within, contributionId, category } }
  }
  const { iat, cardId } = z.parse(statements["emergency-access"], payload)
  return { action: "emergency-access", iat, subject: { cardId } }
}

/** What the event of an access says beside what its statement says. */
const ofAccess = ["grantId", "categories", "expiresAt", "records", "manifest", "trustPolicyHash"]

/** All that is expected, in any order, and nothing else but what may stand beside. */
const says = (subject: AuditSubject, expected: AuditSubject, beside: readonly string[]): boolean => {
  const shown = new Map<string, unknown>(Object.entries(subject))
  const known = new Set([...Object.keys(expected), ...beside])
  if (![...shown.keys()].every((name) => known.has(name))) return false
  return Object.entries(expected).every(([name, value]) => {
    const [a, b] = [shown.get(name), value].map((each) =>
      Array.isArray(each) ? each.map(canonicalText).toSorted() : each,
    )
    return a !== undefined && canonicalText(a) === canonicalText(b)
  })
}

/** Whose certificate signed the statement, as an event names them. */
const signerOf = async (compact: string, typ: "emergency-access" | "contribution") => {
  const { certificate, thumbprint } = await readProfessional(typ, compact)
  return { account: await accountOf(certificate, readStatement(compact).header.alg), certificate: thumbprint }
}

const verifyTold = async ({ statement: compact, event }: Receipt, told: AuditSubject): Promise<void> => {
  const { hash, ...unsigned } = event
  if ((await canonicalHash(unsigned)) !== hash) throw new Error("another event")
  const { action, iat, subject } = expectedOf(compact)
  if (event.action !== action) throw new Error("of something else")
  const signer = await signerOf(compact, action === "contribute" ? "contribution" : action)
  const { actor } = event
  if (actor.certificate !== signer.certificate || actor.account !== signer.account) throw new Error("of somebody else")
  if (!isWhenSigned(event.at, iat)) throw new Error("at another time")
  const expected = { ...subject, ...told, statementHash: await statementHash(compact) }
  if (!says(event.subject, expected, action === "contribute" ? [] : ofAccess)) throw new Error("about something else")
}

/**
 * That the provider receipted this statement, and that the event it names says of it what happened: permitted, at that time, by whose certificate signed
 * it. `told`: what the cloud said of the access beside. `receipt-invalid` otherwise.
 */
export const verifyReceived = async (
  received: Receipt,
  { cloudId, key, told = {} }: { readonly cloudId: string; readonly key: EcPublicJwk; readonly told?: AuditSubject },
): Promise<void> => {
  const { statement: compact, receipt: signed, event } = received
  await verifyReceipt(signed, { cloudId, key, statement: compact, event })
  try {
    await verifyTold(received, told)
  } catch (cause) {
    throw new IntegrityFailure("receipt-invalid", { cause })
  }
}
