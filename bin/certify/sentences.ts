import type { LoggedWord } from "../../certify/logged-words.ts"

/** What a certificate must pass, in the order it is asked. */
export const steps = [
  "can be read",
  "is a person's, not an authority's",
  "leads to an anchor of the trust policy",
  "may be used for what the anchor asks",
  "has a key that can sign statements",
  "says whose it is",
  "is valid now",
  "names a profession that may act",
  "has not been revoked",
] as const
export type Step = (typeof steps)[number]

const answered = (method: string) => ({
  malformed: `${method} can't be read.`,
  signature: `${method} is not signed by the issuing authority, nor by a responder it made.`,
  stale: `${method} is too old, or not of today, or has no end.`,
  extension: `${method} has a critical extension that is not known here.`,
})
const byResponder = (method: string) => ({
  ...answered(method),
  responderRevoked: `${method} is signed by a responder that the CRL of its authority says is revoked.`,
  responderUnchecked: `${method} is signed by a responder that may be revoked (its certificate has no id-pkix-ocsp-nocheck), and no CRL that the anchor lists says that it isn't.`,
})
const [ocsp, stapled, crl] = [
  byResponder("The OCSP answer"),
  byResponder("The OCSP answer that was brought along"),
  answered("The CRL"),
]

/** Which step fails, and what to tell the operator. */
export const sentences: Record<LoggedWord, readonly [Step, string]> = {
  "chain-too-long": [
    "can be read",
    "There are more than six certificates: leave out what the trust policy has anyway.",
  ],
  "certificate-unreadable": [
    "can be read",
    "The first certificate is no DER certificate of at most 8 KiB, or an extension of it can't be read.",
  ],
  "chain-unreadable": ["can be read", "What follows the first certificate is no certificate."],
  "is-an-authority": [
    "is a person's, not an authority's",
    "It may issue certificates. Put the professional's own first.",
  ],
  "no-path": [
    "leads to an anchor of the trust policy",
    "No root or intermediate of the policy has issued it, by name and signature; or maxPathLength forbids the way.",
  ],
  "several-anchors": [
    "leads to an anchor of the trust policy",
    "Two anchors vouch for it, and it would be open whose rules hold.",
  ],
  "path-too-long": [
    "leads to an anchor of the trust policy",
    "An authority above it limits the path (pathLenConstraint), or has a critical extension that is not known here.",
  ],
  "policy-missing": [
    "leads to an anchor of the trust policy",
    "It, or an authority above it, does not assert every policy of requiredPolicies.",
  ],
  "path-invalid": [
    "leads to an anchor of the trust policy",
    "The path does not hold by RFC 5280: an authority that is none, a name constraint, or a key usage.",
  ],
  "critical-extension": [
    "may be used for what the anchor asks",
    "It has a critical extension that is not known here (extended key usage: set ekuAnyOf).",
  ],
  "key-usage": [
    "may be used for what the anchor asks",
    "Its key usage is not what the anchor asks (keyUsage, or else digitalSignature).",
  ],
  "extended-key-usage": ["may be used for what the anchor asks", "It has none of the purposes of ekuAnyOf."],
  algorithm: [
    "has a key that can sign statements",
    "Statements are signed by ES256 (P-256), ES384 (P-384), RS256 or PS256 (RSA, 2048 bits), as far as the anchor allows. No algorithm of JOSE is for brainpool curves.",
  ],
  "subject-id-missing": ["says whose it is", "It lacks what subjectId asks for, or has several."],
  "not-yet-valid": ["is valid now", "It is not valid yet."],
  expired: ["is valid now", "It has expired."],
  "authority-not-valid": ["is valid now", "An authority above it is not valid now."],
  "insured-person": ["names a profession that may act", "It is an insured person's: a patient's health card."],
  "profession-unreadable": [
    "names a profession that may act",
    "The admission extension or the subject's directory attributes can't be read.",
  ],
  "profession-missing": ["names a profession that may act", "It names none that the anchor's profession rule allows."],
  "revoked-stapled": ["has not been revoked", "It has been revoked, by the OCSP answer that was brought along."],
  "revoked-ocsp": ["has not been revoked", "It has been revoked, by OCSP."],
  "revoked-crl": ["has not been revoked", "It has been revoked, by the CRL."],
  "revoked-remembered": ["has not been revoked", "It was found revoked a while ago."],
  "unknown-remembered": ["has not been revoked", "The authority did not know it a moment ago."],
  "stapled-missing": ["has not been revoked", "No OCSP answer was brought along."],
  "stapled-malformed": ["has not been revoked", stapled.malformed],
  "stapled-unsuccessful": ["has not been revoked", "What was brought along is no OCSP answer but an error."],
  "stapled-signature": ["has not been revoked", stapled.signature],
  "stapled-other-certificate": [
    "has not been revoked",
    "The OCSP answer that was brought along is of another certificate.",
  ],
  "stapled-extension": ["has not been revoked", stapled.extension],
  "stapled-stale": ["has not been revoked", stapled.stale],
  "stapled-responder-revoked": ["has not been revoked", stapled.responderRevoked],
  "stapled-responder-unchecked": ["has not been revoked", stapled.responderUnchecked],
  "stapled-unknown": [
    "has not been revoked",
    "The authority does not know it, by the OCSP answer that was brought along.",
  ],
  "ocsp-timeout": ["has not been revoked", "The OCSP responder did not answer within 3 s."],
  "ocsp-unreachable": ["has not been revoked", "The OCSP responder can't be reached."],
  "ocsp-refused": [
    "has not been revoked",
    "The OCSP responder's answer was not 200 with content type application/ocsp-response; redirects are not followed.",
  ],
  "ocsp-too-large": ["has not been revoked", "The OCSP answer is larger than 64 KiB."],
  "ocsp-malformed": ["has not been revoked", ocsp.malformed],
  "ocsp-unsuccessful": ["has not been revoked", "The OCSP responder answered with an error."],
  "ocsp-signature": ["has not been revoked", ocsp.signature],
  "ocsp-other-certificate": ["has not been revoked", "The OCSP answer is not, or more than once, of this certificate."],
  "ocsp-extension": ["has not been revoked", ocsp.extension],
  "ocsp-stale": ["has not been revoked", ocsp.stale],
  "ocsp-nonce": ["has not been revoked", "The OCSP answer is to another question (nonce)."],
  "ocsp-responder-revoked": ["has not been revoked", ocsp.responderRevoked],
  "ocsp-responder-unchecked": ["has not been revoked", ocsp.responderUnchecked],
  "ocsp-unknown": ["has not been revoked", "The OCSP responder does not know it."],
  "crl-not-listed": ["has not been revoked", "The anchor lists no CRL of the authority that issued it."],
  "crl-timeout": ["has not been revoked", "The CRL did not come within 3 s."],
  "crl-unreachable": ["has not been revoked", "The CRL's address can't be reached."],
  "crl-refused": ["has not been revoked", "The CRL's address did not answer 200; redirects are not followed."],
  "crl-too-large": ["has not been revoked", "The CRL is larger than 1 MiB."],
  "crl-malformed": ["has not been revoked", crl.malformed],
  "crl-signature": [
    "has not been revoked",
    "The CRL is not signed by the issuing authority itself, or its key is not for that (cRLSign).",
  ],
  "crl-extension": [
    "has not been revoked",
    "The CRL has no number or no end, or is a delta, an indirect one, or one of a part.",
  ],
  "crl-stale": ["has not been revoked", crl.stale],
  "crl-rolled-back": ["has not been revoked", "A later CRL of this authority was seen before."],
}
