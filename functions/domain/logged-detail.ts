/** Words of ours that may stand in the operator's log beside a refusal's code: why a certificate was refused. Nothing from outside is among them. */
export const loggedWords = [
  "chain-too-long",
  "chain-unreadable",
  "certificate-unreadable",
  "is-an-authority",
  "critical-extension",
  "no-path",
  "several-anchors",
  "path-too-long",
  "policy-missing",
  "path-invalid",
  "key-usage",
  "extended-key-usage",
  "algorithm",
  "subject-id-missing",
  "not-yet-valid",
  "expired",
  "authority-not-valid",
  "insured-person",
  "profession-unreadable",
  "profession-missing",
  "revoked-stapled",
  "revoked-ocsp",
  "revoked-crl",
  "revoked-remembered",
  "unknown-remembered",
  "stapled-missing",
  "stapled-malformed",
  "stapled-unsuccessful",
  "stapled-signature",
  "stapled-other-certificate",
  "stapled-extension",
  "stapled-stale",
  "stapled-responder-revoked",
  "stapled-responder-unchecked",
  "stapled-unknown",
  "ocsp-timeout",
  "ocsp-unreachable",
  "ocsp-refused",
  "ocsp-too-large",
  "ocsp-malformed",
  "ocsp-unsuccessful",
  "ocsp-signature",
  "ocsp-other-certificate",
  "ocsp-extension",
  "ocsp-stale",
  "ocsp-nonce",
  "ocsp-responder-revoked",
  "ocsp-responder-unchecked",
  "ocsp-unknown",
  "crl-not-listed",
  "crl-timeout",
  "crl-unreachable",
  "crl-refused",
  "crl-too-large",
  "crl-malformed",
  "crl-signature",
  "crl-extension",
  "crl-stale",
  "crl-rolled-back",
] as const
export type LoggedWord = (typeof loggedWords)[number]

/** The `cause` of a refusal whose reason the operator may know, and nobody else. */
export class LoggedDetail extends Error {
  override readonly name = "LoggedDetail"
  readonly words: readonly LoggedWord[]

  constructor(words: readonly LoggedWord[]) {
    super(words.join("+"))
    this.words = words
  }
}
