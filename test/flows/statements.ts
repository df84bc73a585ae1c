import { type Card, cardProof, deriveCardKeys } from "../../protocol/card.ts"
import type { HriEntry, StatementType } from "../../protocol/claims.ts"
import { toHex } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { signStatement } from "../../protocol/statement.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { stamp } from "../../sdk/stamp.ts"
import type { Session } from "./people.ts"

/** The request for an emergency access, as the SDK signs it unless `claims` say otherwise. */
export const emergencyStatement = async (
  card: Card,
  { cloudId, patientId, cardId }: Pick<HriEntry, "cloudId" | "patientId" | "cardId">,
  { chain, alg, privateKey }: Credential,
  claims: object = {},
): Promise<string> => {
  const own = { aud: cloudId, ...stamp(), patientId, cardId, ...claims }
  const { proofKey } = await deriveCardKeys(card.secret)
  const [leaf] = chain
  if (leaf === undefined) throw new TypeError("a credential has a certificate")
  const proof = await cardProof(proofKey, { ...own, certificate: toHex(await sha256(leaf)) })
  return signStatement({ typ: "emergency-access", alg, privateKey, x5c: chain, payload: { proof, ...own } })
}

/** What a patient's device could sign, were it not the SDK's: any claims, of any type. */
export const patientSays = ({ cloud, patientId, keys }: Session, typ: StatementType, claims: object): Promise<string> =>
  signStatement({
    typ,
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    payload: { aud: cloud.cloudId, ...stamp(), patientId, ...claims },
  })

/** The same with one character of the payload another one. */
export const altered = (compact: string): string => {
  const [header = "", payload = "", signature = ""] = compact.split(".")
  const claims: { iat: number } = JSON.parse(Buffer.from(payload, "base64url").toString())
  const changed = Buffer.from(JSON.stringify({ ...claims, iat: claims.iat - 1 })).toString("base64url")
  return [header, changed, signature].join(".")
}
