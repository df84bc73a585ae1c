import { createHash } from "node:crypto"
import type { Profession } from "../../contract/primitives.ts"
import {
  type Anchor,
  insuredPerson,
  type ProfessionRule,
  type SignatureAlgorithm,
  type TrustPolicy,
} from "../../contract/trust-policy.ts"
import { readAdmission } from "./certification/admission.ts"
import {
  admissionOid,
  extension,
  isEndEntity,
  type ReadCertificate,
  readCertificate,
} from "./certification/certificate.ts"
import { keyKind } from "./certification/engine.ts"
import { findTrust } from "./certification/path.ts"
import { askRevocation, type RevocationPort } from "./certification/revocation.ts"

export type { RevocationPort } from "./certification/revocation.ts"

export interface Applicant {
  /** DER, the professional's own first, as in a JWS's `x5c`. What follows it must be certificates, and is not relied on. */
  readonly chain: readonly Uint8Array[]
  /** Of the JWS that the first certificate's key signed. Whether it did is the caller's to check. */
  readonly alg: string
  readonly policy: TrustPolicy
  readonly now: Date
  readonly revocation: RevocationPort
  /** Fresh and random, 16 to 32 bytes. */
  readonly nonce: Uint8Array<ArrayBuffer>
}

export type Certification =
  | {
      outcome: "certified"
      profession: Profession
      /** SHA-256 of the professional's certificate, hex. */
      thumbprint: string
      /** The id of the anchor whose rules it met. */
      anchor: string
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
    }

const maxCertificates = 6

const keyKinds = { ES256: "P-256", ES384: "P-384", RS256: "RSA", PS256: "RSA" } as const satisfies Record<
  SignatureAlgorithm,
  string
>

const maySignWith = ({ key }: ReadCertificate, alg: string, { signatureAlgorithms }: Anchor): boolean =>
  signatureAlgorithms.some((allowed) => allowed === alg && keyKinds[allowed] === keyKind(key))

/** The profession identifiers a certificate has; undefined where what it says can't be read. */
const professionOids = {
  admission: (certificate: ReadCertificate) => {
    const admission = extension(certificate, admissionOid)
    return admission === undefined ? [] : readAdmission(new Uint8Array(admission.extnValue.valueBlock.valueHexView))
  },
} satisfies Record<ProfessionRule["from"], (certificate: ReadCertificate) => string[] | undefined>

const professionOf = (
  certificate: ReadCertificate,
  { profession: { from, allow } }: Anchor,
): Profession | undefined => {
  const named = professionOids[from](certificate)
  if (named === undefined || named.includes(insuredPerson)) return undefined
  return named.map((oid) => allow[oid]).find((allowed) => allowed !== undefined)
}

/**
 * Whether somebody is a professional who may act here (design: certification). Refuses in this order, so that nothing is
 * fetched for a stranger: untrusted, expired (or not yet valid), profession not allowed, revoked or not known not to be.
 * Throws only where the policy itself can't be used.
 */
export const certify = async (applicant: Applicant): Promise<Certification> => {
  const { chain, alg, policy, now, revocation, nonce } = applicant
  if (chain.length > maxCertificates) return { outcome: "certificate-untrusted" }
  const [leaf, ...others] = chain.map(readCertificate)
  if (leaf === undefined || others.includes(undefined) || !isEndEntity(leaf))
    return { outcome: "certificate-untrusted" }

  const trust = await findTrust(leaf, policy, now)
  if (trust.outcome !== "trusted") return trust
  const { anchor, issuer, notAfter } = trust
  if (!maySignWith(leaf, alg, anchor)) return { outcome: "certificate-untrusted" }

  const profession = professionOf(leaf, anchor)
  if (profession === undefined) return { outcome: "profession-not-allowed" }

  const status = await askRevocation(revocation, anchor.revocation.ocspUrl, {
    certificate: leaf,
    issuer,
    now,
    skewMilliseconds: anchor.revocation.maxClockSkewSeconds * 1000,
    nonce,
  })
  if (status !== "good") return { outcome: status }
  const thumbprint = createHash("sha256").update(leaf.der).digest("hex")
  return { outcome: "certified", profession, thumbprint, anchor: anchor.id, notAfter }
}
