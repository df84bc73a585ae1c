import { createHash, X509Certificate } from "node:crypto"
import { type Certification, certify } from "../../certify/certify.ts"
import type { RevocationMemory } from "../../certify/revocation-memory.ts"
import type { RevocationPort } from "../../certify/revocation-port.ts"
import { Problem } from "../../contract/errors.ts"
import type { StatementClaims } from "../../protocol/claims.ts"
import { fromBase64url, fromStandardBase64, toBase64url } from "../../protocol/crypto/bytes.ts"
import { maxOcspBytes } from "../../protocol/primitives.ts"
import { readStatement, type StatementAlgorithm, verifyStatement } from "../../protocol/statement.ts"
import type { TrustPolicy } from "../../protocol/trust-policy.ts"
import type { Call } from "./ports.ts"
import { claimsOf, requireFresh } from "./statements.ts"

const hexHash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")
const publicKeyOf = (certificate: Uint8Array) =>
  new X509Certificate(certificate).publicKey.export({ format: "der", type: "spki" })

/** A professional's statement whose signature is by the first certificate of its `x5c`. Who that is, certification decides. */
export interface ProfessionalStatement<T extends "emergency-access" | "contribution" | "practice-member"> {
  readonly claims: StatementClaims<T>
  readonly alg: StatementAlgorithm
  /** Of the signer's public key (SubjectPublicKeyInfo), SHA-256, hex: who it is, whatever certificate of that key is shown. */
  readonly account: string
  /** Of the signer's certificate, SHA-256, hex. */
  readonly certificate: string
  /** DER, the signer's first. */
  readonly chain: readonly Uint8Array<ArrayBuffer>[]
}

/** Verifies form, audience, freshness and signature; refuses what fails as `statement-invalid` or `statement-stale`. */
export const professionalStatement = async <T extends "emergency-access" | "contribution" | "practice-member">(
  type: T,
  compact: string,
  expected: { audience: string; now: Date },
): Promise<ProfessionalStatement<T>> => {
  requireFresh(claimsOf(type, compact), expected.audience, expected.now)
  return signedStatement(type, compact)
}

/** Verifies form and signature, of whatever time. */
export const signedStatement = async <T extends "emergency-access" | "contribution" | "practice-member">(
  type: T,
  compact: string,
): Promise<ProfessionalStatement<T>> => {
  const claims = claimsOf(type, compact)
  try {
    const { alg, x5c = [] } = readStatement(compact).header
    const chain = x5c.map((certificate) => fromStandardBase64(certificate))
    const [leaf] = chain
    if (leaf === undefined) throw new Error("there is no certificate")
    await verifyStatement(compact, {
      typ: type,
      key: { certificate: leaf },
      algorithms: ["ES256", "ES384", "RS256", "PS256"],
    })
    return { claims, alg, account: hexHash(publicKeyOf(leaf)), certificate: hexHash(leaf), chain }
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
}

/** Whom the cloud takes for a professional, and whom it asks. */
export interface ProfessionalTrust {
  readonly revocation: RevocationPort
  /** What this process has learnt of revocation. */
  readonly memory: RevocationMemory
  readonly trust: { readonly policy: TrustPolicy; readonly hash: string }
}

/** Whether the signer is a professional by the cloud's trust policy. `stapled`: an OCSP answer that came with the request. */
export const certifySigner = (
  { trust, revocation, memory }: ProfessionalTrust,
  {
    chain,
    alg,
    stapled,
  }: Pick<ProfessionalStatement<"practice-member">, "chain" | "alg"> & {
    readonly stapled?: Uint8Array<ArrayBuffer> | undefined
  },
  call: Call,
): Promise<Certification> =>
  certify({
    chain,
    alg,
    policy: trust.policy,
    now: call.now,
    revocation,
    memory,
    nonce: fromBase64url(call.key()),
    stapled,
  })

/** The OCSP answer as evidence, where there is one that isn't too long. */
export const keptAnswer = ({ ocsp }: Certification & { outcome: "certified" }): { ocsp?: string } =>
  ocsp !== undefined && ocsp.length <= maxOcspBytes ? { ocsp: toBase64url(ocsp) } : {}
