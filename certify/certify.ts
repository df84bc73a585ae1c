import { recognize } from "../protocol/certification/recognize.ts"
import type { Profession } from "../protocol/primitives.ts"
import type { TrustPolicy } from "../protocol/trust-policy.ts"
import type { LoggedWord } from "./logged-words.ts"
import { opensslKeys } from "./openssl-keys.ts"
import { checkRevocation } from "./revocation.ts"
import type { RevocationMemory } from "./revocation-memory.ts"
import type { RevocationPort } from "./revocation-port.ts"

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
      /** The OCSP answer (DER) by which it isn't revoked; absent where that is known otherwise. */
      ocsp?: Uint8Array<ArrayBuffer>
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

type Refusal = Exclude<Certification, { outcome: "certified" }>
const refused = (outcome: Refusal["outcome"], ...because: readonly LoggedWord[]): Refusal => ({ outcome, because })

/**
 * Whether somebody is a professional who may act here (design: certification). Refuses in this order, so that nothing is
 * fetched for a stranger: untrusted, expired (or not yet valid), profession not allowed, revoked or not known not to be.
 * Throws only where the policy itself can't be used.
 */
export const certify = async (applicant: Applicant): Promise<Certification> => {
  const { chain, alg, policy, now, revocation, memory, nonce, stapled } = applicant
  const found = await recognize({ chain, alg, policy, now, keys: opensslKeys })
  if (found.outcome !== "recognized") return refused(found.outcome, found.because)
  const { leaf, issuer, anchor, profession, subjectId, notAfter } = found
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
    notAfter,
    ...(status.answer && { ocsp: status.answer }),
  }
}
