import { type CertifiedAs, professionItems } from "./professions.ts"

/** What `openssl ca` and `openssl req` are told; all paths are below the authority's directory. */
export const caConfiguration = `
[req]
distinguished_name = nothing
string_mask = utf8only
utf8 = yes
prompt = no

[nothing]

[root]
dir = root
database = root/index.txt
new_certs_dir = root/issued
certificate = root/certificate.pem
private_key = root/key.pem
rand_serial = yes
default_md = sha256
default_days = 3650
policy = names
unique_subject = no
copy_extensions = none

[issuing]
dir = issuing
database = issuing/index.txt
new_certs_dir = issuing/issued
certificate = issuing/certificate.pem
private_key = issuing/key.pem
rand_serial = yes
default_md = sha256
default_days = 365
policy = names
unique_subject = no
copy_extensions = none

[names]
countryName = optional
organizationName = optional
commonName = supplied

[root_extensions]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash

# anyPolicy: the issuing authority may certify under whatever policy.
[issuing_extensions]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
certificatePolicies = 2.5.29.32.0
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always

[responder_extensions]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,OCSPSigning
noCheck = ignored
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
`

export interface ProfessionalExtensions {
  profession: CertifiedAs
  /** Like a Telematik-ID; PrintableString of at most 128 characters. */
  registrationNumber: string
  policy: string
  keyUsage: readonly string[]
}

/**
 * The extensions of a professional's certificate: AdmissionSyntax (Common PKI, ISIS-MTT) with one profession.
 * Throws for what would break out of the configuration file.
 */
export function professionalExtensions(extensions: ProfessionalExtensions): string {
  const { profession, registrationNumber, policy, keyUsage } = extensions
  if (!/^[A-Za-z0-9 '()+,\-./:=?]{1,128}$/.test(registrationNumber)) {
    throw new Error(
      `"${registrationNumber}" can't be a registration number: it has other than printable ASCII letters.`,
    )
  }
  if (!/^[0-2](\.\d+)+$/.test(policy)) throw new Error(`"${policy}" is no policy OID.`)
  if (!keyUsage.every((usage) => /^[A-Za-z]+$/.test(usage))) throw new Error(`"${keyUsage.join()}" is no key usage.`)
  const { oid, item } = professionItems[profession]
  return `
[professional]
basicConstraints = critical,CA:FALSE
keyUsage = critical,${keyUsage.join(",")}
certificatePolicies = ${policy}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
1.3.36.8.3.3 = ASN1:SEQUENCE:admission_syntax

[admission_syntax]
contentsOfAdmissions = SEQUENCE:contents_of_admissions

[contents_of_admissions]
admissions = SEQUENCE:admissions

[admissions]
professionInfos = SEQUENCE:profession_infos

[profession_infos]
professionInfo = SEQUENCE:profession_info

[profession_info]
professionItems = SEQUENCE:profession_items
professionOIDs = SEQUENCE:profession_oids
registrationNumber = FORMAT:UTF8,PRINTABLESTRING:${registrationNumber}

[profession_items]
item = FORMAT:UTF8,UTF8String:${item}

[profession_oids]
oid = OBJECT:${oid}
`
}

/** A distinguished name as `-subj` takes it. */
export function subject(names: { O?: string; CN: string }): string {
  return Object.entries(names)
    .map(([type, value]) => {
      if (/\p{Cc}/u.test(value) || value.trim() === "")
        throw new Error(`"${value}" can't stand in a certificate's name.`)
      return `/${type}=${value.replaceAll(/[\\/+=]/g, "\\$&")}`
    })
    .join("")
}
