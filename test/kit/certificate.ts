import { type KeyObject, randomBytes } from "node:crypto"
import { Set as AsnSet, Integer, ObjectIdentifier, PrintableString, Sequence, Utf8String } from "asn1js"
import { Certificate, type Extension, PublicKeyInfo, RelativeDistinguishedNames, Time } from "pkijs"
import { type SignatureOptions, signingBy } from "./issuer-signature.ts"
import type { KeyPair, KeyType } from "./key-pairs.ts"

export type Bytes = Uint8Array<ArrayBuffer>

export const hour = 60 * 60 * 1000
export const day = 24 * hour

/** A certificate with its key. */
export interface KeyedCertificate extends KeyPair {
  readonly name: string
  readonly der: Bytes
}

export const attribute = {
  commonName: "2.5.4.3",
  serialNumber: "2.5.4.5",
  unit: "2.5.4.11",
  title: "2.5.4.12",
} as const
type Attribute = readonly [type: string, value: string]

export interface CertificateOptions extends SignatureOptions {
  readonly key?: KeyType
  /** Whose key it has, in place of a new one. */
  readonly keyOf?: KeyPair
  readonly from?: Date
  readonly to?: Date
  /** Attributes of the subject's name beside its common name. */
  readonly subject?: readonly Attribute[]
  readonly extensions: readonly Extension[]
}

export const wholeSecond = (time: number) => new Date(Math.floor(time / 1000) * 1000)

/** UTCTime for as long as that reaches (RFC 5280, 4.1.2.5). */
export const timeOf = (time: Date) =>
  new Time({ type: time.getUTCFullYear() < 2050 ? 0 : 1, value: wholeSecond(time.getTime()) })

/** A distinguished name, each attribute in a part of its own. */
export const nameOf = (attributes: readonly Attribute[]) => {
  const value = attributes.map(([type, value]) => {
    const text = type === attribute.serialNumber ? new PrintableString({ value }) : new Utf8String({ value })
    return new AsnSet({ value: [new Sequence({ value: [new ObjectIdentifier({ value: type }), text] })] })
  })
  return RelativeDistinguishedNames.fromBER(new Sequence({ value }).toBER())
}

export const parsed = ({ der }: Pick<KeyedCertificate, "der">) => Certificate.fromBER(der)

/** Hex, without leading zeros. */
export const serialOf = ({ serialNumber }: Pick<Certificate, "serialNumber">) =>
  Buffer.from(serialNumber.valueBlock.valueHexView)
    .toString("hex")
    .replace(/^(00)+(?=.)/, "")

/** Of such a serial number. */
export const integerOf = (serial: string) => {
  const bytes = Buffer.from(serial.length % 2 === 0 ? serial : `0${serial}`, "hex")
  return new Integer({ valueHex: Uint8Array.from((bytes[0] ?? 0) < 0x80 ? bytes : [0, ...bytes]).buffer })
}

/** Who signs; of a root, nobody else. */
interface Signer {
  readonly name?: RelativeDistinguishedNames
  readonly key: KeyObject
  /** Days before and after now for which a certificate is valid where `from` and `to` don't say. */
  readonly usual: readonly [before: number, after: number]
}

/** A certificate of these keys: the one place where one is made. */
export const certify = (
  { privateKey, publicKey }: KeyPair,
  name: string,
  { from, to, subject = [], extensions, digest, pss }: CertificateOptions,
  { name: issuer, key, usual: [before, after] }: Signer,
): KeyedCertificate => {
  const { algorithm, sign } = signingBy(key, { digest, pss })
  const certificate = new Certificate()
  certificate.version = 2
  certificate.serialNumber = integerOf(`4${randomBytes(16).toString("hex").slice(1)}`)
  certificate.subject = nameOf([[attribute.commonName, name], ...subject])
  certificate.issuer = issuer ?? certificate.subject
  certificate.notBefore = timeOf(from ?? new Date(Date.now() - before * day))
  certificate.notAfter = timeOf(to ?? new Date(Date.now() + after * day))
  const spki = Uint8Array.from(publicKey.export({ type: "spki", format: "der" }))
  certificate.subjectPublicKeyInfo = PublicKeyInfo.fromBER(spki)
  if (extensions.length > 0) certificate.extensions = [...extensions]
  certificate.signature = algorithm
  certificate.signatureAlgorithm = algorithm
  certificate.signatureValue = sign(certificate.encodeTBS().toBER())
  return { privateKey, publicKey, name, der: new Uint8Array(certificate.toSchema(true).toBER()) }
}

/** PEM of a certificate. */
export const pemOf = ({ der }: Pick<KeyedCertificate, "der">) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
    .toString("base64")
    .replace(/.{64}(?=.)/g, "$&\n")}\n-----END CERTIFICATE-----\n`
