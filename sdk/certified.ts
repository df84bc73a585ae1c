/**
 * Who a professional is, by the authorities that a device trusts (docs/adr/0013-who-certifies.md): asked of nobody, so that the cloud has no say in it. Apart
 * from what lists accesses and additions, since reading certificates takes a library that no first screen waits for.
 */
import { deviceKeys } from "../protocol/certification/device-keys.ts"
import { freshnessOf, readOcsp } from "../protocol/certification/ocsp.ts"
import { type Recognized, recognize } from "../protocol/certification/recognize.ts"
import { fromBase64url, fromStandardBase64 } from "../protocol/crypto/bytes.ts"
import { grantSeconds, type Profession } from "../protocol/primitives.ts"
import { readProfessional } from "../protocol/professional.ts"
import { clocksApart, isWhenSigned, signedAt } from "../protocol/signed-time.ts"
import { readStatement } from "../protocol/statement.ts"
import type { TrustPolicy } from "../protocol/trust-policy.ts"
import { readCertificateFacts } from "./hcp/certificate.ts"

/** The OCSP answer that the cloud got for an access, and kept. */
export interface KeptAnswer {
  /** DER, base64url. */
  readonly ocsp: string
  /** When the access was granted, RFC 3339. */
  readonly at: string
}

/** What a professional signed; `at`: when the cloud says that it was done, RFC 3339; `answer`: of the access, also where this is an addition within it. */
export interface SignedStatement {
  readonly statement: string
  readonly at?: string | undefined
  readonly answer?: KeptAnswer | undefined
}

/** What a trust policy makes of who signed. */
export type Certified =
  | {
      readonly outcome: "certified"
      /** As the policy reads it from the certificate. */
      readonly profession: Profession
      /** The id of the anchor. */
      readonly anchor: string
      readonly name?: string | undefined
      readonly organization?: string | undefined
      /** By the authority's own answer, it hadn't revoked the certificate when it was asked for the access. Without such an answer this is the cloud's word. */
      readonly wasValid: boolean
      /** When the certificate ended, RFC 3339, of what waits: when it was signed is its signer's own word, who may have ended before. */
      readonly endedAt?: string
    }
  /** By nobody whom the policy knows, for whatever reason. */
  | { readonly outcome: "uncertified" }

/** When it was signed; undefined where the cloud has another time for it than the professional. */
const timeOf = (payload: unknown, at: string | undefined): Date | undefined => {
  const iat = signedAt(payload)
  if (at === undefined) return new Date(iat * 1000)
  return isWhenSigned(at, iat) ? new Date(at) : undefined
}

/** What the authority's answer says of the certificate as the access was granted; nothing where it isn't the authority's, of then, and of this certificate. */
const answeredOf = async (
  { leaf, issuer, anchor: { revocation } }: Recognized,
  done: Date,
  answer: KeptAnswer | undefined,
): Promise<"good" | "revoked" | undefined> => {
  if (answer === undefined || !(revocation.order ?? ["ocsp"]).some((method) => method !== "crl")) return undefined
  const now = new Date(answer.at)
  const since = (done.getTime() - now.getTime()) / 1000
  if (!(since >= -clocksApart && since <= grantSeconds + clocksApart)) return undefined
  const question = { keys: deviceKeys, certificate: leaf, issuer, now, ...freshnessOf(revocation), nonce: noNonce }
  const found = await readOcsp(fromBase64url(answer.ocsp), question, "kept")
  // Whether its responder was itself revoked, a device asks nobody.
  if ("fault" in found || found.responder !== undefined || found.status === "unknown") return undefined
  return found.status
}

const noNonce = new Uint8Array()

/**
 * Whether the policy makes a professional of whoever signed this access or addition, at the time it happened. Never throws for what is signed: what
 * can't be verified is uncertified, and so is a certificate that had been revoked by its authority's own answer. Throws where the policy can't be used.
 */
export const certifiedBy = async (
  policy: TrustPolicy,
  { statement, at, answer }: SignedStatement,
): Promise<Certified> => {
  const signed = await readSigned(statement, at)
  if (signed === undefined) return { outcome: "uncertified" }
  const { chain, alg, now, certificate } = signed
  const found = await recognize({ chain, alg, policy, now, keys: deviceKeys })
  if (found.outcome !== "recognized") return { outcome: "uncertified" }
  const answered = await answeredOf(found, now, answer).catch(() => undefined)
  if (answered === "revoked") return { outcome: "uncertified" }
  const { name, organization, notAfter } = readCertificateFacts(certificate) ?? {}
  const endedAt = at === undefined && notAfter !== undefined && notAfter.getTime() < Date.now() ? notAfter : undefined
  return {
    outcome: "certified",
    profession: found.profession,
    anchor: found.anchor.id,
    name,
    organization,
    wasValid: answered === "good",
    ...(endedAt && { endedAt: endedAt.toISOString() }),
  }
}

/** What professionals sign by their certificate. */
const signedTypes = ["emergency-access", "contribution", "practice-member"] as const

const readSigned = async (statement: string, at: string | undefined) => {
  try {
    const { header, payload } = readStatement(statement)
    const typ = signedTypes.find((each) => each === header.typ) ?? "emergency-access"
    const { certificate } = await readProfessional(typ, statement)
    const now = timeOf(payload, at)
    const chain = (header.x5c ?? []).map((each) => fromStandardBase64(each))
    return now === undefined ? undefined : { chain, alg: header.alg, now, certificate }
  } catch {
    return undefined
  }
}
