import { type KeyObject, X509Certificate } from "node:crypto"
import { type Applicant, type Certification, certify } from "../../certify/certify.ts"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import {
  policiesOf,
  purposesOf,
  type ReadCertificate,
  readCertificate,
} from "../../protocol/certification/certificate.ts"
import type { KeyKind } from "../../protocol/certification/keys.ts"
import { claimedBy } from "../../protocol/certification/profession.ts"
import { statementAlgorithmsOf } from "../../protocol/certification/recognize.ts"
import type { Anchor, TrustPolicy } from "../../protocol/trust-policy.ts"
import { plainText } from "../../text/plain-text.ts"
import { sentences, steps } from "./sentences.ts"

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The certificates of a file, the first first: PEM, one or several, or the DER of one. */
export const certificatesIn = (file: Uint8Array): Uint8Array[] => {
  const pem = Buffer.from(file).toString("latin1").match(pemBlock)
  return pem === null
    ? [file]
    : pem.map((block) => new Uint8Array(Buffer.from(block.replace(/-----[^-]+-----|\s/g, ""), "base64")))
}

const shown = (name: string, value: string) => `  ${name.padEnd(14)}${plainText(value, 200)}`
const listOr = (none: string, values: readonly string[]) => (values.length === 0 ? none : values.join(", "))

const keyOf = (kind: KeyKind | undefined, key: KeyObject) => {
  const { namedCurve = "", modulusLength = "" } = key.asymmetricKeyDetails ?? {}
  return kind ?? `${key.asymmetricKeyType} ${namedCurve}${modulusLength}: too weak, or of another kind`
}

/** What stands in the certificate, which is what a trust policy's rules are written against. */
const factsOf = (certificate: ReadCertificate): string[] => {
  const { subject, issuer, serialNumber, publicKey } = new X509Certificate(certificate.der)
  const claimed = claimedBy(certificate)
  const says =
    claimed === undefined
      ? [shown("Profession", "can't be read")]
      : [
          shown("Admission", listOr("none", claimed.admission.professions)),
          shown("Registration", listOr("none", claimed.admission.registrationNumbers)),
          shown(
            "hcRole",
            listOr(
              "none",
              claimed.hcRoles.map(({ scheme, says }) => `${scheme}: ${says.join(" / ")}`),
            ),
          ),
        ]
  return [
    shown("Subject", subject.replaceAll("\n", ", ")),
    shown("Issuer", issuer.replaceAll("\n", ", ")),
    shown("Serial number", serialNumber),
    shown("SHA-256", certificate.thumbprint),
    shown("Valid", `${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}`),
    shown("Key", keyOf(certificate.key.kind, publicKey)),
    shown("Policies", listOr("none", policiesOf(certificate))),
    shown("Purposes", listOr("any", purposesOf(certificate))),
    ...says,
  ]
}

const verdictOn = (certification: Certification, anchors: readonly Anchor[]): string[] => {
  if (certification.outcome === "certified") {
    const { profession, anchor, subjectId, notAfter } = certification
    const id = subjectId === undefined ? "" : `, known as ${plainText(subjectId, 100)}`
    return [
      ...steps.map((step) => `  passed   It ${step}.`),
      "",
      `Certified: ${profession}, by anchor ${anchor}${id}, until ${notAfter.toISOString()}.`,
    ]
  }
  const { because, outcome } = certification
  const [first] = because
  const failed = first === undefined ? steps.length - 1 : steps.indexOf(sentences[first][0])
  const told = because.map((word) => `           ${sentences[word][1]}  [${word}]`)
  return [
    ...steps.flatMap((step, i) => {
      if (i < failed) return [`  passed   It ${step}.`]
      return i === failed ? [`  FAILED   It ${step}?`, ...told] : [`  not asked  It ${step}.`]
    }),
    "",
    `Refused: ${outcome}. Anchors of the policy: ${anchors.map(({ id }) => id).join(", ")}.`,
  ]
}

/**
 * Certifies as the cloud does, statement and all but the statement, and says step by step why a certificate passes or not. Asks the
 * addresses of the trust policy, as the cloud would.
 */
export const explainCertificate = async (
  file: Uint8Array,
  policy: TrustPolicy,
  ports: Pick<Applicant, "now" | "revocation" | "memory" | "nonce">,
): Promise<{ certified: boolean; lines: readonly string[] }> => {
  const chain = certificatesIn(file)
  const [first] = chain
  const leaf = first === undefined ? undefined : readCertificate(first, opensslKeys)
  const able = leaf === undefined ? [] : statementAlgorithmsOf(leaf)
  let certification = await certify({ chain, alg: able[0] ?? "none", policy, ...ports })
  // An RSA key has two algorithms, of which the anchor may allow the other alone.
  for (const alg of able.slice(1))
    if (certification.outcome !== "certified" && certification.because.includes("algorithm"))
      certification = await certify({ chain, alg, policy, ...ports })
  const facts = leaf === undefined ? [] : ["The certificate", ...factsOf(leaf), ""]
  return {
    certified: certification.outcome === "certified",
    lines: [...facts, "What is asked of it", ...verdictOn(certification, policy.anchors)],
  }
}
