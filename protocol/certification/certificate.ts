import { sha256 } from "@noble/hashes/sha2.js"
import { BitString } from "asn1js"
import { BasicConstraints, Certificate, CertificatePolicies, type Extension, ExtKeyUsage } from "pkijs"
import { equal, toHex } from "../crypto/bytes.ts"
import type { Anchor } from "../trust-policy.ts"
import { type CertifiedKey, type Keys, signedBy } from "./keys.ts"

const oids = {
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  certificatePolicies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  policyConstraints: "2.5.29.36",
  extKeyUsage: "2.5.29.37",
  inhibitAnyPolicy: "2.5.29.54",
}
export const admissionOid = "1.3.36.8.3.3"
export const subjectDirectoryAttributesOid = "2.5.29.9"
const ocspSigning = "1.3.6.1.5.5.7.3.9"
const ocspNoCheck = "1.3.6.1.5.5.7.48.1.5"

/** Extensions that are taken into account here or by pkijs: a critical one of any other kind refuses its certificate (RFC 5280, 4.2). */
const understood = new Set([
  oids.keyUsage,
  oids.subjectAltName,
  oids.basicConstraints,
  oids.nameConstraints,
  oids.certificatePolicies,
  oids.policyMappings,
  oids.policyConstraints,
  oids.inhibitAnyPolicy,
])

/** A certificate that its parsers agree is one, in DER and nothing after it, whose extensions can all be read and occur once. */
export interface ReadCertificate {
  readonly der: Uint8Array<ArrayBuffer>
  readonly pki: Certificate
  readonly key: CertifiedKey
  /** SHA-256 of `der`, hex. */
  readonly thumbprint: string
  readonly notBefore: Date
  readonly notAfter: Date
}

/** Longest certificate that is read, bytes: an RSA-4096 one with many extensions has less than half. */
export const maxCertificateBytes = 8 * 1024

const extensionsOf = ({ extensions = [] }: Certificate): Extension[] => extensions

/** pkijs puts defaults in the place of an extension it can't read. */
const isReadable = ({ parsedValue }: Extension) =>
  parsedValue !== undefined && !("parsingError" in parsedValue && parsedValue.parsingError !== undefined)

/** What was read lately, by thumbprint: authorities and responders are shown again with each professional, and parsing one costs a millisecond. */
const readBefore = new WeakMap<Keys, Map<string, ReadCertificate>>()
const maxRemembered = 64

const remembered = (keys: Keys): Map<string, ReadCertificate> => {
  const found = readBefore.get(keys) ?? new Map<string, ReadCertificate>()
  readBefore.set(keys, found)
  return found
}

/** Undefined for everything that is not a certificate as above. */
export const readCertificate = (bytes: Uint8Array, keys: Keys): ReadCertificate | undefined => {
  if (bytes.length === 0 || bytes.length > maxCertificateBytes) return undefined
  const known = remembered(keys)
  const thumbprint = toHex(sha256(bytes))
  const certificate = known.get(thumbprint) ?? parseCertificate(Uint8Array.from(bytes), thumbprint, keys)
  if (certificate === undefined) return undefined
  // The one that was shown longest ago goes first.
  known.delete(thumbprint)
  known.set(thumbprint, certificate)
  for (const oldest of known.keys()) {
    if (known.size <= maxRemembered) break
    known.delete(oldest)
  }
  return certificate
}

const parseCertificate = (
  der: Uint8Array<ArrayBuffer>,
  thumbprint: string,
  keys: Keys,
): ReadCertificate | undefined => {
  try {
    const key = keys.ofCertificate(der)
    const pki = Certificate.fromBER(der)
    // The outer one is not signed, and would make one certificate many.
    if (!pki.signature.isEqual(pki.signatureAlgorithm)) return undefined
    const extensions = extensionsOf(pki)
    if (new Set(extensions.map(({ extnID }) => extnID)).size !== extensions.length) return undefined
    // What pkijs has no class for is opaque to it, and may be anything where it isn't critical.
    if (
      !extensions.every(
        (extension) => isReadable(extension) || !(extension.critical || understood.has(extension.extnID)),
      )
    )
      return undefined
    const { notBefore, notAfter } = pki
    return { der, pki, key, thumbprint, notBefore: notBefore.value, notAfter: notAfter.value }
  } catch {
    return undefined
  }
}

export const extension = ({ pki }: ReadCertificate, oid: string): Extension | undefined =>
  extensionsOf(pki).find(({ extnID }) => extnID === oid)

const criticalsAreUnderstood = ({ pki }: ReadCertificate, ...also: readonly string[]): boolean =>
  extensionsOf(pki).every(({ critical, extnID }) => !critical || understood.has(extnID) || also.includes(extnID))

/** Bits of the first octet of keyUsage (RFC 5280, 4.2.1.3). */
const bits = { digitalSignature: 0x80, nonRepudiation: 0x40, keyCertSign: 0x04, cRLSign: 0x02 }
/** Undefined where the certificate doesn't limit it. */
const mayUse = (certificate: ReadCertificate, use: keyof typeof bits): boolean | undefined => {
  const usage = extension(certificate, oids.keyUsage)
  if (usage === undefined) return undefined
  const value = usage.parsedValue
  return value instanceof BitString && ((value.valueBlock.valueHexView[0] ?? 0) & bits[use]) !== 0
}

const constraintsOf = (certificate: ReadCertificate) => {
  const value = extension(certificate, oids.basicConstraints)?.parsedValue
  return value instanceof BasicConstraints ? value : undefined
}

/** Empty where it names none, and may be for any. */
export const purposesOf = (certificate: ReadCertificate): string[] => {
  const value = extension(certificate, oids.extKeyUsage)?.parsedValue
  return value instanceof ExtKeyUsage ? value.keyPurposes : []
}

export const isAuthority = (certificate: ReadCertificate): boolean =>
  constraintsOf(certificate)?.cA === true || mayUse(certificate, "keyCertSign") === true

/** Why a professional's certificate can't be one under this anchor, by what it may be used for; undefined where it can. */
export const misusedAs = (
  certificate: ReadCertificate,
  { keyUsage = ["digitalSignature"], ekuAnyOf }: Pick<Anchor, "keyUsage" | "ekuAnyOf">,
): "critical-extension" | "key-usage" | "extended-key-usage" | undefined => {
  const purposes = ekuAnyOf === undefined ? [] : [oids.extKeyUsage]
  if (!criticalsAreUnderstood(certificate, admissionOid, ...purposes)) return "critical-extension"
  if (!keyUsage.every((use) => mayUse(certificate, use) === true)) return "key-usage"
  if (ekuAnyOf !== undefined && !purposesOf(certificate).some((purpose) => ekuAnyOf.includes(purpose)))
    return "extended-key-usage"
  return undefined
}

/** Whether the authority's key may sign revocation lists (RFC 5280, 6.3.3 f). */
export const maySignLists = (authority: ReadCertificate): boolean => mayUse(authority, "cRLSign") !== false

/** Whether it may have `below` further authorities under it (RFC 5280, 6.1.4 l-m); that it is an authority is for pkijs to check. */
export const allowsBelow = (certificate: ReadCertificate, below: number): boolean => {
  const length = constraintsOf(certificate)?.pathLenConstraint
  return (
    (length === undefined || (typeof length === "number" && below <= length)) && criticalsAreUnderstood(certificate)
  )
}

/** A certificate that may answer for the status of others (RFC 6960, 4.2.2.2). */
export const isResponder = (certificate: ReadCertificate): boolean =>
  purposesOf(certificate).includes(ocspSigning) &&
  mayUse(certificate, "digitalSignature") !== false &&
  criticalsAreUnderstood(certificate, oids.extKeyUsage)

/** Whether its issuer says that nobody need ask whether this responder has been revoked (id-pkix-ocsp-nocheck; RFC 6960, 4.2.2.2.1). */
export const isNeverRevoked = (responder: ReadCertificate): boolean => extension(responder, ocspNoCheck) !== undefined

/** The policies a certificate names; empty where it names none. */
export const policiesOf = (certificate: ReadCertificate): string[] => {
  const value = extension(certificate, oids.certificatePolicies)?.parsedValue
  return value instanceof CertificatePolicies ? value.certificatePolicies.map((policy) => policy.policyIdentifier) : []
}

const sameBytes = (a: ArrayBuffer, b: ArrayBuffer) => equal(new Uint8Array(a), new Uint8Array(b))

/** By name, byte for byte, and by signature; says nothing of whether `issuer` may issue. */
export const isIssuedBy = async ({ pki }: ReadCertificate, issuer: ReadCertificate): Promise<boolean> =>
  sameBytes(pki.issuer.valueBeforeDecode, issuer.pki.subject.valueBeforeDecode) &&
  signedBy(issuer.key, { bytes: pki.tbsView, algorithm: pki.signatureAlgorithm, signature: pki.signatureValue })

export const isValidAt = ({ notBefore, notAfter }: ReadCertificate, at: Date): boolean =>
  notBefore <= at && at <= notAfter
