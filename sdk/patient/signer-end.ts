import { orFail } from "../../protocol/integrity.ts"
import type { KeyPairs } from "../../protocol/keys.ts"
import { endedByStatement, readSignerEnd, type SignerEnd, verifySignerEnd } from "../../protocol/signer-end.ts"
import { isOverruled, recordHash, type SignerList } from "../../protocol/signers.ts"
import { signStatement } from "../../protocol/statement.ts"
import { stamp } from "../stamp.ts"
import { callAsPatient, type PatientSession, placeOf } from "./session.ts"

type Place = Parameters<typeof placeOf>[0]
type Ending = Pick<SignerEnd, "by" | "signers">

/** The statement of a device, or of the root, by which signers end. */
export const signEnd = async (
  place: Place,
  { signing }: Pick<KeyPairs, "signing">,
  { by, signers }: Ending,
): Promise<string> =>
  signStatement({
    typ: "signer-end",
    alg: "ES256",
    privateKey: signing.privateKey,
    kid: by,
    payload: { ...stamp(), record: await recordHash(placeOf(place)), signers },
  })

/** Ends signers by a statement of this device's, or of the root's: from then on the cloud takes nothing that they sign. */
export const endAtOnce = async (
  session: Place & Pick<PatientSession, "accessToken">,
  keys: Pick<KeyPairs, "signing">,
  end: Ending,
): Promise<void> => {
  await callAsPatient(session, "patient/end-signer", { statement: await signEnd(session, keys, end) })
}

/**
 * The names of those whom the patient's statements have ended and the list has active yet: the next publication takes them off. `signers-invalid` where one
 * that ends somebody is neither by the root nor by a signer who may, or is of before the root's list.
 */
export const endedSince = (list: SignerList, statements: readonly string[]): Promise<ReadonlySet<string>> =>
  orFail("signers-invalid", async () => {
    const ended = new Set<string>()
    for (const statement of statements) {
      const ending = await endedByStatement(list, [readSignerEnd(statement)])
      if ([...ending].every((signer) => ended.has(signer))) continue
      const end = await verifySignerEnd(statement, list, new Set())
      // The root has brought them back since.
      if (isOverruled(list, end)) throw new Error("of before the root's list")
      for (const signer of ending) ended.add(signer)
    }
    return ended
  })
