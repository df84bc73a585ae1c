import { BitString, Integer } from "asn1js"
import { AlgorithmIdentifier, type Extension, Extensions, IssuingDistributionPoint, Time } from "pkijs"
import { maySignLists, type ReadCertificate } from "../protocol/certification/certificate.ts"
import { onlyValue } from "../protocol/certification/elements.ts"
import { signedBy } from "../protocol/certification/keys.ts"
import { type Walked, walk } from "./der-walk.ts"

/** A revocation list that its authority signed, for all of its professionals' certificates. */
export interface Crl {
  readonly number: bigint
  readonly thisUpdate: Date
  readonly nextUpdate: Date
  /** Serial numbers, as `serialOf` writes them. */
  readonly revoked: ReadonlySet<string>
}

export type CrlFault = "malformed" | "signature" | "extension"

const crlNumberOid = "2.5.29.20"
const issuingDistributionPointOid = "2.5.29.28"
const tags = { boolean: 0x01, integer: 0x02, bitString: 0x03, utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30 }
const extensionsTag = 0xa0

/** Hex, without leading zeros: one form for one number. */
const hexOf = (serial: Uint8Array) =>
  Buffer.from(serial)
    .toString("hex")
    .replace(/^(00)+(?=.)/, "")
export const serialOf = ({ pki }: ReadCertificate): string => hexOf(pki.serialNumber.valueBlock.valueHexView)

/** Takes values in order; throws where the next is of another kind. */
class Values {
  #rest: Walked[]
  constructor({ content }: Pick<Walked, "content">) {
    this.#rest = [...walk(content)]
  }
  takeIf(...allowed: readonly number[]): Walked | undefined {
    const [first] = this.#rest
    if (first === undefined || !allowed.includes(first.tag)) return undefined
    this.#rest.shift()
    return first
  }
  take(...allowed: readonly number[]): Walked {
    const taken = this.takeIf(...allowed)
    if (taken === undefined) throw new Error("something is missing")
    return taken
  }
  end(): void {
    if (this.#rest.length > 0) throw new Error("more than there should be")
  }
}

/** Not of a part of them: by reasons, by distribution point, of other kinds of certificates, or of other authorities. */
const isOfAllProfessionals = ({ parsedValue }: Extension): boolean =>
  parsedValue instanceof IssuingDistributionPoint &&
  parsedValue.distributionPoint === undefined &&
  parsedValue.onlySomeReasons === undefined &&
  !parsedValue.onlyContainsCACerts &&
  !parsedValue.onlyContainsAttributeCerts &&
  !parsedValue.indirectCRL

/** The list's number; undefined where it is not a complete list that can be understood. */
const numberIn = (extensions: readonly Extension[]): bigint | undefined => {
  const known = (extension: Extension) =>
    extension.extnID === crlNumberOid ||
    (extension.extnID === issuingDistributionPointOid && isOfAllProfessionals(extension))
  // An issuing distribution point limits the list even where somebody forgot to mark it critical.
  const limiting = ({ critical, extnID }: Extension) => critical || extnID === issuingDistributionPointOid
  if (!extensions.every((extension) => known(extension) || !limiting(extension))) return undefined
  const number = extensions.find(({ extnID }) => extnID === crlNumberOid)?.parsedValue
  if (!(number instanceof Integer)) return undefined
  return BigInt(`0x${Buffer.from(number.valueBlock.valueHexView).toString("hex")}`)
}

/** Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue } */
const isCritical = (extension: Walked): boolean =>
  [...walk(extension.content)].some(({ tag, content }) => tag === tags.boolean && content[0] !== 0)

/** Serial numbers of SEQUENCE OF { userCertificate INTEGER, revocationDate Time, crlEntryExtensions OPTIONAL }; undefined where one needs to be understood otherwise. */
const serialsIn = (list: Walked | undefined): Set<string> | undefined => {
  const serials = new Set<string>()
  for (const entry of list === undefined ? [] : walk(list.content)) {
    const values = new Values(entry)
    serials.add(hexOf(values.take(tags.integer).content))
    values.take(tags.utcTime, tags.generalizedTime)
    const extensions = values.takeIf(tags.sequence)
    values.end()
    if (extensions !== undefined && [...walk(extensions.content)].some(isCritical)) return undefined
  }
  return serials
}

const dateOf = (time: Walked): Date => new Time({ schema: onlyValue(time.whole) }).value

/** TBSCertList ::= SEQUENCE { version, signature, issuer, thisUpdate, nextUpdate OPTIONAL, revokedCertificates OPTIONAL, crlExtensions [0] OPTIONAL } */
const readSigned = (values: Values): Crl | { fault: CrlFault } => {
  const thisUpdate = dateOf(values.take(tags.utcTime, tags.generalizedTime))
  const next = values.takeIf(tags.utcTime, tags.generalizedTime)
  const revoked = serialsIn(values.takeIf(tags.sequence))
  const tagged = values.takeIf(extensionsTag)
  values.end()
  const extensions = tagged === undefined ? [] : new Extensions({ schema: onlyValue(tagged.content) }).extensions
  const number = numberIn(extensions)
  if (number === undefined || next === undefined || revoked === undefined) return { fault: "extension" }
  return { number, thisUpdate, nextUpdate: dateOf(next), revoked }
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(b)

/**
 * Reads a DER CertificateList (RFC 5280, 5) that must be signed by `issuer` itself, complete, and have a number and an end. Delta and
 * indirect lists, and lists in parts, are none. Nothing of it is looked at before the signature but who says to have signed. Whether it
 * is of today, and the newest, is the caller's to check.
 */
export const readCrl = async (
  der: Uint8Array<ArrayBuffer>,
  issuer: ReadCertificate,
): Promise<Crl | { fault: CrlFault }> => {
  try {
    const outer = new Values({ content: der })
    const list = new Values(outer.take(tags.sequence))
    outer.end()
    const [signed, outerAlgorithm, signature] = [
      list.take(tags.sequence),
      list.take(tags.sequence),
      list.take(tags.bitString),
    ]
    list.end()
    const values = new Values(signed)
    values.take(tags.integer)
    const algorithm = values.take(tags.sequence)
    const name = values.take(tags.sequence)
    const bits = onlyValue(signature.whole)
    const isTheirs =
      same(name.whole, new Uint8Array(issuer.pki.subject.valueBeforeDecode)) &&
      same(algorithm.whole, outerAlgorithm.whole) &&
      maySignLists(issuer) &&
      bits instanceof BitString &&
      (await signedBy(issuer.key, {
        bytes: signed.whole,
        algorithm: new AlgorithmIdentifier({ schema: onlyValue(algorithm.whole) }),
        signature: bits,
      }))
    return isTheirs ? readSigned(values) : { fault: "signature" }
  } catch {
    return { fault: "malformed" }
  }
}
