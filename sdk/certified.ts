/**
 * Who a professional is, by the authorities that a device trusts (docs/adr/0013-who-certifies.md): asked of nobody, so that the cloud has no say in it. Apart
 * from what lists accesses and additions, since reading certificates takes a library that no first screen waits for.
 */
import { deviceKeys } from "../protocol/certification/device-keys.ts"
import { recognize } from "../protocol/certification/recognize.ts"
import { fromStandardBase64 } from "../protocol/crypto/bytes.ts"
import type { Profession } from "../protocol/primitives.ts"
import { readProfessional } from "../protocol/professional.ts"
import { isWhenSigned, signedAt } from "../protocol/signed-time.ts"
import { readStatement } from "../protocol/statement.ts"
import type { TrustPolicy } from "../protocol/trust-policy.ts"
import { readCertificateFacts } from "./hcp/certificate.ts"

/** What a professional signed; `at`: when the cloud says that it was done, RFC 3339. */
export interface SignedStatement {
  readonly statement: string
  readonly at?: string | undefined
}

/** What a trust policy makes of who signed. Whether they were revoked at that time it doesn't say: that the cloud had asked. */
export type Certified =
  | {
      readonly outcome: "certified"
      /** As the policy reads it from the certificate. */
      readonly profession: Profession
      /** The id of the anchor. */
      readonly anchor: string
      readonly name?: string | undefined
      readonly organization?: string | undefined
    }
  /** By nobody whom the policy knows, for whatever reason. */
  | { readonly outcome: "uncertified" }

/** When it was signed; undefined where the cloud has another time for it than the professional. */
const timeOf = (payload: unknown, at: string | undefined): Date | undefined => {
  const iat = signedAt(payload)
  if (at === undefined) return new Date(iat * 1000)
  return isWhenSigned(at, iat) ? new Date(at) : undefined
}

/**
 * Whether the policy makes a professional of whoever signed this access or addition, at the time it happened. Never throws for what is signed: what
 * can't be verified is uncertified. Throws where the policy can't be used.
 */
export const certifiedBy = async (policy: TrustPolicy, { statement, at }: SignedStatement): Promise<Certified> => {
  const signed = await readSigned(statement, at)
  if (signed === undefined) return { outcome: "uncertified" }
  const { chain, alg, now, certificate } = signed
  const found = await recognize({ chain, alg, policy, now, keys: deviceKeys })
  if (found.outcome !== "recognized") return { outcome: "uncertified" }
  const { name, organization } = readCertificateFacts(certificate) ?? {}
  return { outcome: "certified", profession: found.profession, anchor: found.anchor.id, name, organization }
}

const readSigned = async (statement: string, at: string | undefined) => {
  try {
    const { header, payload } = readStatement(statement)
    const { certificate } = await readProfessional(
      header.typ === "contribution" ? "contribution" : "emergency-access",
      statement,
    )
    const now = timeOf(payload, at)
    const chain = (header.x5c ?? []).map((each) => fromStandardBase64(each))
    return now === undefined ? undefined : { chain, alg: header.alg, now, certificate }
  } catch {
    return undefined
  }
}
