import { type BaseBlock, BaseStringBlock, Constructed, fromBER, ObjectIdentifier, Utf8String } from "asn1js"
import { Certificate, type RelativeDistinguishedNames } from "pkijs"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import type { Profession } from "../../protocol/primitives.ts"
import { plainText } from "../../text/plain-text.ts"

/** What a professional's certificate says of its holder, for people. Nothing here is checked: the cloud certifies, by its own policy. */
export interface CertificateFacts {
  readonly name?: string
  /** Whom its holder works for, as the authority wrote it. */
  readonly organization?: string
  readonly issuer?: string
  /** In the certificate's own words, such as `Ärztin/Arzt`. */
  readonly professionNames: readonly string[]
  readonly profession?: Profession
  readonly notBefore: Date
  readonly notAfter: Date
}

const commonName = "2.5.4.3"
const organization = "2.5.4.10"
const admission = "1.3.36.8.3.3"

/** Professions by the OIDs of the German health professional card (gematik, `gemSpec_OID`). */
const professions: ReadonlyMap<string, Profession> = new Map([
  ["1.2.276.0.76.4.30", "physician"],
  ["1.2.276.0.76.4.31", "dentist"],
  ["1.2.276.0.76.4.32", "pharmacist"],
  ["1.2.276.0.76.4.178", "paramedic"],
  ["1.2.276.0.76.4.232", "nurse"],
  ["1.2.276.0.76.4.235", "midwife"],
])

const attribute = (name: RelativeDistinguishedNames, wanted: string): string | undefined => {
  const found = name.typesAndValues.find(({ type }) => type === wanted)?.value
  return found instanceof BaseStringBlock ? plainText(found.getValue(), 200) : undefined
}

/** Everything that stands in an admission, one value after the other; its nesting is of no concern to who reads it. */
const leavesOf = (block: BaseBlock, depth = 0): BaseBlock[] =>
  block instanceof Constructed && depth < 12
    ? block.valueBlock.value.flatMap((inner) => leavesOf(inner, depth + 1))
    : [block]

/** `undefined` for what is no certificate. */
export const readCertificateFacts = (der: Bytes): CertificateFacts | undefined => {
  try {
    const { subject, issuer, notBefore, notAfter, extensions = [] } = Certificate.fromBER(der)
    const admitted = extensions.find(({ extnID }) => extnID === admission)
    const leaves = admitted === undefined ? [] : leavesOf(fromBER(admitted.extnValue.getValue()).result)
    const profession = leaves
      .map((leaf) => (leaf instanceof ObjectIdentifier ? professions.get(leaf.getValue()) : undefined))
      .find((found) => found !== undefined)
    const name = attribute(subject, commonName)
    const employer = attribute(subject, organization)
    const issuedBy = attribute(issuer, organization) ?? attribute(issuer, commonName)
    return {
      ...(name === undefined ? {} : { name }),
      ...(employer === undefined ? {} : { organization: employer }),
      ...(issuedBy === undefined ? {} : { issuer: issuedBy }),
      ...(profession === undefined ? {} : { profession }),
      professionNames: leaves.flatMap((leaf) => (leaf instanceof Utf8String ? plainText(leaf.getValue(), 200) : [])),
      notBefore: notBefore.value,
      notAfter: notAfter.value,
    }
  } catch {
    return undefined
  }
}
