import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { type StatementClaims, type StatementType, statements } from "../../protocol/claims.ts"
import { statementToleranceSeconds } from "../../protocol/primitives.ts"
import { verifyByRoot, verifyBySigner } from "../../protocol/signers.ts"
import { readStatement } from "../../protocol/statement.ts"
import type { ActivePatient } from "./patients.ts"
import type { Change, StoreReads } from "./ports.ts"
import { endedBy, listOf, type SignerEnds } from "./signer-ends.ts"

/** Its claims, by the schema of its type; nothing in them is verified yet. */
export const claimsOf = <T extends StatementType>(type: T, compact: string): StatementClaims<T> => {
  const payload = readPayload(compact)
  const claims = z.safeParse(statements[type], payload)
  if (!claims.success) throw new Problem("statement-invalid")
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the schema is that of T; TypeScript can't follow the index
  return claims.data as StatementClaims<T>
}

const readPayload = (compact: string): unknown => {
  try {
    return readStatement(compact).payload
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
}

/** That it is meant for us and made just now. */
export const requireFresh = (claims: { aud: string; iat: number }, audience: string, now: Date): void => {
  if (claims.aud !== audience) throw new Problem("statement-invalid")
  if (Math.abs(claims.iat - now.getTime() / 1000) > statementToleranceSeconds) throw new Problem("statement-stale")
}

/** What a patient's devices sign for their cloud. The index's entries it never sees; lists and ends of signers are verified by rules of their own. */
export type PatientStatementType = Exclude<
  StatementType,
  | "hri-entry"
  | "signer-list"
  | "signer-end"
  | "deactivation"
  | "emergency-access"
  | "contribution"
  | "member-list"
  | "practice-change"
  | "practice-member"
  | "practice-invitation"
  | "practice-deactivation"
  | "practice-handover"
>

interface Expected {
  readonly audience: string
  readonly patient: Pick<ActivePatient, "patientId" | "root" | "signers">
  readonly now: Date
}

/** What a statement says that is about this patient, for this cloud and of this moment; by whom it is nobody knows yet. */
const freshClaims = <T extends PatientStatementType | "deactivation">(
  type: T,
  compact: string,
  { audience, patient, now }: Expected,
): StatementClaims<T> => {
  const claims = claimsOf(type, compact)
  if (claims.patientId !== patient.patientId) throw new Problem("statement-invalid")
  requireFresh(claims, audience, now)
  return claims
}

/** Returns what the root says, whom the recovery phrase alone opens: verified as a patient's statement is. */
export const rootStatement = async (
  type: "deactivation",
  compact: string,
  expected: Expected,
): Promise<StatementClaims<"deactivation">> => {
  const claims = freshClaims(type, compact, expected)
  try {
    await verifyByRoot(compact, type, expected.patient.root.signing)
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
  return claims
}

/**
 * Returns what a patient's statement says, verified: it is about this patient, for this cloud, of this moment, and by a key that the newest list
 * of their signers names, which leads back to their root, and that no statement has ended. Whether it was used before, `useOnce` decides.
 */
export const patientStatement = async <T extends PatientStatementType>(
  type: T,
  compact: string,
  expected: Expected & { readonly ends: SignerEnds },
): Promise<StatementClaims<T>> => {
  const { audience, patient, ends } = expected
  const claims = freshClaims(type, compact, expected)
  const list = await listOf(patient, audience)
  try {
    await verifyBySigner(compact, type, list, await endedBy(list, ends))
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
  return claims
}

export const usedStatementRef = (signer: string, claims: { jti: string }) =>
  ({ kind: "used-statement", signer, jti: claims.jti }) as const

/** Whether a statement was accepted before. Of two at once `useOnce` takes one. */
export const isUsed = async (store: StoreReads, signer: string, claims: { jti: string }): Promise<boolean> => {
  const [used] = await store.read([usedStatementRef(signer, claims)])
  return used !== undefined
}

/** Refuses a statement that was accepted before, so that its replay leaves no event of what did not happen. */
export const requireUnused = async (store: StoreReads, signer: string, claims: { jti: string }): Promise<void> => {
  if (await isUsed(store, signer, claims)) throw new Problem("statement-replayed")
}

/** The change that lets a statement be accepted once: kept for as long as its `iat` could be accepted again. */
export const useOnce = (signer: string, claims: { jti: string; iat: number }): Change => {
  const item: ItemOf<"used-statement"> = {
    ...usedStatementRef(signer, claims),
    revision: 1,
    ttl: claims.iat + 2 * statementToleranceSeconds,
  }
  return { put: item }
}
