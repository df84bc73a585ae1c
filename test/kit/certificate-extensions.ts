import {
  type BaseBlock,
  BitString,
  Boolean,
  Constructed,
  Null,
  ObjectIdentifier,
  OctetString,
  PrintableString,
  Sequence,
  Utf8String,
} from "asn1js"
import {
  AccessDescription,
  BasicConstraints,
  CertificatePolicies,
  CRLDistributionPoints,
  DistributionPoint,
  Extension,
  ExtKeyUsage,
  GeneralName,
  InfoAccess,
  PolicyInformation,
} from "pkijs"

/** Extensions of certificates and lists, as values: a test takes those of a usual certificate, and adds or leaves out. */

export const oid = {
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  certificatePolicies: "2.5.29.32",
  extendedKeyUsage: "2.5.29.37",
  subjectDirectoryAttributes: "2.5.29.9",
  admission: "1.3.36.8.3.3",
  anyPolicy: "2.5.29.32.0",
  unknown: "1.2.3.4",
} as const

export const purpose = {
  clientAuth: "1.3.6.1.5.5.7.3.2",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
  any: "2.5.29.37.0",
} as const

/** Of the German health professional card (gematik). */
export const profession = {
  physician: "1.2.276.0.76.4.30",
  dentist: "1.2.276.0.76.4.31",
  pharmacist: "1.2.276.0.76.4.32",
  paramedic: "1.2.276.0.76.4.178",
  nurse: "1.2.276.0.76.4.232",
  midwife: "1.2.276.0.76.4.235",
  insuredPerson: "1.2.276.0.76.4.49",
} as const

export const professionalPolicy = "1.2.276.0.76.4.75"

const bytesOf = (value: Uint8Array | { toBER(): ArrayBuffer }): Uint8Array<ArrayBuffer> =>
  value instanceof Uint8Array ? Uint8Array.from(value) : new Uint8Array(value.toBER())

/** Of this value, or of these bytes, whatever they are. */
export const extension = (extnID: string, value: Uint8Array | { toBER(): ArrayBuffer }, critical = false): Extension =>
  new Extension({ extnID, critical, extnValue: bytesOf(value).buffer })

export const explicit = (tagNumber: number, ...value: BaseBlock[]) =>
  new Constructed({ idBlock: { tagClass: 3, tagNumber }, value })

export const without = (extensions: readonly Extension[], ...oids: readonly string[]): Extension[] =>
  extensions.filter(({ extnID }) => !oids.includes(extnID))

/** In the order of their bits (RFC 5280, 4.2.1.3). */
const keyUsages = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
] as const
type KeyUsage = (typeof keyUsages)[number]

export const keyUsage = (usages: readonly KeyUsage[], critical = true): Extension => {
  const bits = usages.map((usage) => keyUsages.indexOf(usage))
  const octet = bits.reduce((all, bit) => all | (0x80 >> bit), 0)
  const value = new BitString({ valueHex: Uint8Array.of(octet).buffer, unusedBits: 7 - Math.max(...bits) })
  return extension(oid.keyUsage, value, critical)
}

export const basicConstraints = (
  cA: boolean,
  { pathLength, critical = true }: { pathLength?: number; critical?: boolean } = {},
) =>
  extension(
    oid.basicConstraints,
    new BasicConstraints({ cA, ...(pathLength === undefined ? {} : { pathLenConstraint: pathLength }) }).toSchema(),
    critical,
  )

export const policies = (...identifiers: readonly string[]): Extension => {
  const certificatePolicies = identifiers.map((policyIdentifier) => new PolicyInformation({ policyIdentifier }))
  return extension(oid.certificatePolicies, new CertificatePolicies({ certificatePolicies }).toSchema())
}

export const purposes = (keyPurposes: readonly string[], critical = false): Extension =>
  extension(oid.extendedKeyUsage, new ExtKeyUsage({ keyPurposes: [...keyPurposes] }).toSchema(), critical)

/** Of a responder who is never revoked (id-pkix-ocsp-nocheck). */
export const noCheck = () => extension("1.3.6.1.5.5.7.48.1.5", new Null())

const address = (value: string) => new GeneralName({ type: 6, value })

/** Where a certificate says that its authority answers by OCSP. */
export const ocspAt = (url: string): Extension => {
  const description = new AccessDescription({ accessMethod: "1.3.6.1.5.5.7.48.1", accessLocation: address(url) })
  return extension("1.3.6.1.5.5.7.1.1", new InfoAccess({ accessDescriptions: [description] }).toSchema())
}

/** Where a certificate says that its authority's list is. */
export const listAt = (url: string): Extension => {
  const point = new DistributionPoint({ distributionPoint: [address(url)] })
  return extension("2.5.29.31", new CRLDistributionPoints({ distributionPoints: [point] }).toSchema())
}

export const authorityExtensions = (...more: readonly Extension[]): Extension[] => [
  basicConstraints(true),
  keyUsage(["keyCertSign", "cRLSign"]),
  ...more,
]

export const responderExtensions = (...more: readonly Extension[]): Extension[] => [
  basicConstraints(false),
  keyUsage(["digitalSignature"]),
  purposes([purpose.ocspSigning], true),
  ...more,
]

interface AdmissionShape {
  /** `null`: none. */
  registration?: string | null
  /** The optional fields before the contents, and beside the profession. */
  authority?: boolean
  naming?: boolean
  /** Which of its sequences has a value too many at its end. */
  tooMuchIn?: "admission" | "admissions" | "info" | "oids"
  /** Professions of a further profession info. */
  further?: readonly string[]
}

/** The admission extension's value of a German health professional card (Common PKI, part 1, table 29a). */
export const admission = (
  oids: readonly string[],
  { registration = "1-2-ARZT-1", authority = false, naming = false, tooMuchIn, further }: AdmissionShape = {},
): Sequence => {
  const sequence = (name: AdmissionShape["tooMuchIn"], ...value: BaseBlock[]) =>
    new Sequence({ value: name !== undefined && name === tooMuchIn ? [...value, new Boolean({ value: true })] : value })
  const items = new Sequence({ value: oids.map((_, i) => new Utf8String({ value: `Beruf ${i}` })) })
  const identifiers = (values: readonly string[]) => values.map((value) => new ObjectIdentifier({ value }))
  const info = (name: "info" | undefined, professions: Sequence) =>
    sequence(name, items, professions, ...(registration === null ? [] : [new PrintableString({ value: registration })]))
  const infos = [info("info", sequence("oids", ...identifiers(oids)))]
  if (further !== undefined) infos.push(info(undefined, new Sequence({ value: identifiers(further) })))
  const namingAuthority = new Sequence({ value: [new Utf8String({ value: "Kammer" })] })
  const admissions = sequence(
    "admissions",
    ...(naming ? [explicit(1, namingAuthority)] : []),
    new Sequence({ value: infos }),
  )
  return sequence(
    "admission",
    ...(authority ? [explicit(4, new Sequence())] : []),
    new Sequence({ value: [admissions] }),
  )
}

/** Of a professional of these professions; of none, there is no admission extension. */
export const professionalExtensions = (
  oids: readonly string[],
  {
    usage = keyUsage(["digitalSignature"]),
    constraints = basicConstraints(false),
    policy = [professionalPolicy],
    more = [],
    shape = {},
  }: {
    usage?: Extension
    constraints?: Extension
    policy?: readonly string[]
    more?: readonly Extension[]
    shape?: AdmissionShape
  } = {},
): Extension[] => [
  constraints,
  usage,
  ...(policy.length > 0 ? [policies(...policy)] : []),
  ...(oids.length > 0 ? [extension(oid.admission, admission(oids, shape))] : []),
  ...more,
]

/** An extension's value of any kind that nobody knows. */
export const unknownExtension = (critical: boolean): Extension => extension(oid.unknown, new Null(), critical)

export const octets = (bytes: Uint8Array) => new OctetString({ valueHex: Uint8Array.from(bytes).buffer })
