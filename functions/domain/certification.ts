import {
  type Anchor,
  type SignatureAlgorithm,
  signatureAlgorithms,
  type TrustPolicy,
} from "../../contract/trust-policy.ts"
import type { Profession } from "../../protocol/primitives.ts"
import { isAuthority, misusedAs, type ReadCertificate, readCertificate } from "./certification/certificate.ts"
import { keyKind } from "./certification/engine.ts"
import { findTrust } from "./certification/path.ts"
import { professionOf, subjectIdOf } from "./certification/profession.ts"
import { checkRevocation } from "./certification/revocation.ts"
import type { RevocationMemory } from "./certification/revocation-memory.ts"
import type { RevocationPort } from "./certification/revocation-port.ts"
import type { LoggedWord } from "./logged-detail.ts"

export interface Applicant {
  /** DER, the professional's own first, as in a JWS's `x5c`. What follows it must be certificates, and is not relied on. */
  readonly chain: readonly Uint8Array[]
  /** Of the JWS that the first certificate's key signed. Whether it did is the caller's to check. */
  readonly alg: string
  readonly policy: TrustPolicy
  readonly now: Date
  readonly revocation: RevocationPort
  readonly memory: RevocationMemory
  /** Fresh and random, 16 to 32 bytes. */
  readonly nonce: Uint8Array<ArrayBuffer>
  /** An OCSP answer (DER) that the professional brought along; a stranger's word like the rest. */
  readonly stapled?: Uint8Array<ArrayBuffer> | undefined
}

export type Certification =
  | {
      outcome: "certified"
      profession: Profession
      /** SHA-256 of the professional's certificate, hex. */
      thumbprint: string
      /** The id of the anchor whose rules it met. */
      anchor: string
      /** What tells the professional from all others, where the anchor asks for it. It is about a person: never logged, never stored. */
      subjectId?: string
      /** When the certificate, or one above it, ends. */
      notAfter: Date
    }
  | {
      outcome:
        | "certificate-untrusted"
        | "certificate-expired"
        | "certificate-revoked"
        | "profession-not-allowed"
        | "revocation-unavailable"
      /** For the operator alone. */
      because: readonly LoggedWord[]
    }

const maxCertificates = 6

/** No algorithm of JOSE is for a brainpool curve, nor for an RSA key that is for PSS alone: such keys are authorities' only. */
const keyKinds = { ES256: "P-256", ES384: "P-384", RS256: "RSA", PS256: "RSA" } as const satisfies Record<
  SignatureAlgorithm,
  string
>

/** What the key of a certificate can sign statements with, whatever the anchor allows. */
export const statementAlgorithmsOf = ({ key }: ReadCertificate): SignatureAlgorithm[] =>
  signatureAlgorithms.filter((alg) => keyKinds[alg] === keyKind(key))

const maySignWith = (leaf: ReadCertificate, alg: string, anchor: Anchor): boolean =>
  statementAlgorithmsOf(leaf).some((able) => able === alg && anchor.signatureAlgorithms.includes(able))

type Refusal = Exclude<Certification, { outcome: "certified" }>
const refused = (outcome: Refusal["outcome"], ...because: readonly LoggedWord[]): Refusal => ({ outcome, because })

/**
 * Whether somebody is a professional who may act here (design: certification). Refuses in this order, so that nothing is
 * fetched for a stranger: untrusted, expired (or not yet valid), profession not allowed, revoked or not known not to be.
 * Throws only where the policy itself can't be used.
 */
export const certify = async (applicant: Applicant): Promise<Certification> => {
  const { chain, alg, policy, now, revocation, memory, nonce, stapled } = applicant
  if (chain.length > maxCertificates) return refused("certificate-untrusted", "chain-too-long")
  const [leaf, ...others] = chain.map(readCertificate)
  if (leaf === undefined) return refused("certificate-untrusted", "certificate-unreadable")
  if (others.includes(undefined)) return refused("certificate-untrusted", "chain-unreadable")
  if (isAuthority(leaf)) return refused("certificate-untrusted", "is-an-authority")

  const trust = await findTrust(leaf, policy, now)
  if (trust.outcome === "certificate-untrusted") return refused(trust.outcome, trust.because)
  const { anchor, issuer } = trust
  const misused = misusedAs(leaf, anchor)
  if (misused !== undefined) return refused("certificate-untrusted", misused)
  if (!maySignWith(leaf, alg, anchor)) return refused("certificate-untrusted", "algorithm")
  const subjectId = anchor.subjectId && subjectIdOf(leaf, anchor.subjectId)
  if (anchor.subjectId !== undefined && subjectId === undefined)
    return refused("certificate-untrusted", "subject-id-missing")
  if (trust.outcome === "certificate-expired") return refused(trust.outcome, trust.because)

  const profession = professionOf(leaf, anchor.profession)
  if (typeof profession === "object") return refused("profession-not-allowed", profession.because)

  const status = await checkRevocation({
    certificate: leaf,
    issuer,
    now,
    nonce,
    rules: anchor.revocation,
    port: revocation,
    memory,
    stapled,
  })
  if (status.status !== "good") return refused(status.status, ...status.because)
  return {
    outcome: "certified",
    profession,
    thumbprint: leaf.thumbprint,
    anchor: anchor.id,
    ...(subjectId === undefined ? {} : { subjectId }),
    notAfter: trust.notAfter,
  }
}
