/** What the cloud keeps of the ends of signers by statement, and who may not sign by them. */
import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import { signerListClaims } from "../../protocol/claims.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { endedByStatement, readSignerEnd } from "../../protocol/signer-end.ts"
import { rootNumber, type SignerList, verifySigners } from "../../protocol/signers.ts"
import { readStatement } from "../../protocol/statement.ts"
import type { ActivePatient } from "./patients.ts"

/** Those by the root and those by signers, as they are stored. */
export type SignerEnds = readonly [ItemOf<"signer-end"> | undefined, ItemOf<"signer-end"> | undefined]

export const signerEndRefs = (patientId: string) =>
  [
    { kind: "signer-end", patientId, by: "root" },
    { kind: "signer-end", patientId, by: "signers" },
  ] as const

/** The patient's newest list of signers. */
export const listOf = async (
  { patientId, root, signers }: Pick<ActivePatient, "patientId" | "root" | "signers">,
  cloudId: string,
): Promise<SignerList> => {
  const fingerprint = await thumbprint(root.signing)
  try {
    return await verifySigners(signers, { fingerprint, record: { cloudId, patientId } })
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
}

/** The statements that count under a list of the root's: a later one overrules them. */
const standingUnder = (under: number, ends: SignerEnds): string[] =>
  ends.flatMap((item) => (item?.under === under ? item.statements : []))

/** The statements that count under the newest list of a patient: what their devices are told of them. */
export const standingEnds = ({ signers: [first = ""] }: Pick<ActivePatient, "signers">, ends: SignerEnds): string[] =>
  standingUnder(z.parse(signerListClaims, readStatement(first).payload).number, ends)

/** The names of those whom a statement has ended, and whom the list has active. */
export const endedBy = (list: SignerList, ends: SignerEnds): Promise<Set<string>> =>
  endedByStatement(list, standingUnder(rootNumber(list), ends).map(readSignerEnd))
