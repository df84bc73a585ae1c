import type { Profession } from "../primitives.ts"
import { type Anchor, type SignatureAlgorithm, signatureAlgorithms, type TrustPolicy } from "../trust-policy.ts"
import { isAuthority, misusedAs, type ReadCertificate, readCertificate } from "./certificate.ts"
import type { Keys } from "./keys.ts"
import { findTrust } from "./path.ts"
import { professionOf, subjectIdOf } from "./profession.ts"

export interface Shown {
  /** DER, the professional's own first, as in a JWS's `x5c`. What follows it must be certificates, and is not relied on. */
  readonly chain: readonly Uint8Array[]
  /** Of the JWS that the first certificate's key signed. Whether it did is the caller's to check. */
  readonly alg: string
  readonly policy: TrustPolicy
  /** The moment at which it must hold. */
  readonly now: Date
  readonly keys: Keys
}

/** A certificate of somebody whom the policy makes a professional, if it hasn't been revoked. */
export interface Recognized {
  readonly outcome: "recognized"
  readonly profession: Profession
  readonly leaf: ReadCertificate
  readonly issuer: ReadCertificate
  /** Whose rules it met. */
  readonly anchor: Anchor
  /** What tells the professional from all others, where the anchor asks for it. It is about a person: never logged, never stored. */
  readonly subjectId?: string
  /** When the certificate, or one above it, ends. */
  readonly notAfter: Date
}

const maxCertificates = 6

/** No algorithm of JOSE is for a brainpool curve, nor for an RSA key that is for PSS alone: such keys are authorities' only. */
const keyKinds = { ES256: "P-256", ES384: "P-384", RS256: "RSA", PS256: "RSA" } as const satisfies Record<
  SignatureAlgorithm,
  string
>

/** What the key of a certificate can sign statements with, whatever the anchor allows. */
export const statementAlgorithmsOf = ({ key }: ReadCertificate): SignatureAlgorithm[] =>
  signatureAlgorithms.filter((alg) => keyKinds[alg] === key.kind)

const maySignWith = (leaf: ReadCertificate, alg: string, anchor: Anchor): boolean =>
  statementAlgorithmsOf(leaf).some((able) => able === alg && anchor.signatureAlgorithms.includes(able))

const refused = <O extends string, B extends string>(outcome: O, because: B) => ({ outcome, because })

/** Read, all of it, or why it can't be somebody's who acts here. */
const readChain = (chain: readonly Uint8Array[], keys: Keys) => {
  if (chain.length > maxCertificates) return "chain-too-long"
  const [leaf, ...others] = chain.map((der) => readCertificate(der, keys))
  if (leaf === undefined) return "certificate-unreadable"
  if (others.includes(undefined)) return "chain-unreadable"
  return isAuthority(leaf) ? "is-an-authority" : leaf
}

/**
 * Whether the policy makes somebody a professional by their certificate alone, without asking anybody: the same in the cloud, which then asks whether it
 * was revoked, and on the devices of those who are told of what they did. Refuses in this order: untrusted, expired (or not yet valid), profession not
 * allowed. Throws only where the policy itself can't be used.
 */
export const recognize = async ({ chain, alg, policy, now, keys }: Shown) => {
  const leaf = readChain(chain, keys)
  if (typeof leaf === "string") return refused("certificate-untrusted", leaf)
  const trust = await findTrust(leaf, policy, now, keys)
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
  const recognized: Recognized = {
    outcome: "recognized",
    profession,
    leaf,
    issuer,
    anchor,
    ...(subjectId === undefined ? {} : { subjectId }),
    notAfter: trust.notAfter,
  }
  return recognized
}
