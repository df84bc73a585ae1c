import { PrintableString, Utf8String } from "asn1js"
import type { Profession } from "../primitives.ts"
import { insuredPerson, type ProfessionRule, type SubjectIdRule } from "../trust-policy.ts"
import { type Admission, readAdmission } from "./admission.ts"
import {
  admissionOid,
  extension,
  policiesOf,
  type ReadCertificate,
  subjectDirectoryAttributesOid,
} from "./certificate.ts"
import { type HcRole, readHcRoles } from "./hc-role.ts"

/** All that a certificate says of what its holder is, from every source there is. */
export interface Claimed {
  readonly admission: Admission
  readonly policies: readonly string[]
  readonly hcRoles: readonly HcRole[]
  subject(attribute: string): string[]
}

/** Undefined where a source can't be read: it might name the insured person. */
export const claimedBy = (certificate: ReadCertificate): Claimed | undefined => {
  const admission = read(certificate, admissionOid, readAdmission, { professions: [], registrationNumbers: [] })
  const hcRoles = read(certificate, subjectDirectoryAttributesOid, readHcRoles, [])
  if (admission === undefined || hcRoles === undefined) return undefined
  const subject = (attribute: string) =>
    certificate.pki.subject.typesAndValues
      .filter(({ type }) => type === attribute)
      .flatMap(({ value }) =>
        value instanceof Utf8String || value instanceof PrintableString ? [value.valueBlock.value] : [],
      )
  return { admission, policies: policiesOf(certificate), hcRoles, subject }
}

const read = <T>(
  certificate: ReadCertificate,
  oid: string,
  reading: (der: Uint8Array<ArrayBuffer>) => T | undefined,
  none: T,
): T | undefined => {
  const found = extension(certificate, oid)
  return found === undefined ? none : reading(Uint8Array.from(found.extnValue.valueBlock.valueHexView))
}

/** Whichever source the anchor goes by: an insured person is one by any of them. */
const isInsured = ({ admission, policies, hcRoles }: Claimed, subjectValues: readonly string[]): boolean =>
  [
    ...admission.professions,
    ...policies,
    ...hcRoles.flatMap(({ scheme, says }) => [scheme, ...says]),
    ...subjectValues,
  ].includes(insuredPerson)

const namedBy = (rule: ProfessionRule, { admission, policies, hcRoles, subject }: Claimed): readonly string[] => {
  if (rule.from === "admission") return admission.professions
  if (rule.from === "policy") return policies
  if (rule.from === "subject") return subject(rule.attribute)
  return hcRoles.filter(({ scheme }) => scheme === rule.codingScheme).flatMap(({ says }) => says)
}

/** The first profession the rule allows, or why there is none. */
export const professionOf = (
  certificate: ReadCertificate,
  rule: ProfessionRule,
): Profession | { because: "profession-unreadable" | "insured-person" | "profession-missing" } => {
  const claimed = claimedBy(certificate)
  if (claimed === undefined) return { because: "profession-unreadable" }
  const named = namedBy(rule, claimed)
  if (isInsured(claimed, named)) return { because: "insured-person" }
  const allowed = named.find((word) => Object.hasOwn(rule.allow, word))
  return (allowed === undefined ? undefined : rule.allow[allowed]) ?? { because: "profession-missing" }
}

/** What tells this professional from all others; undefined where the certificate doesn't say, or says several things. */
export const subjectIdOf = (certificate: ReadCertificate, rule: SubjectIdRule): string | undefined => {
  const claimed = claimedBy(certificate)
  if (claimed === undefined) return undefined
  const found = new Set(
    rule.from === "admission" ? claimed.admission.registrationNumbers : claimed.subject(rule.attribute),
  )
  const [only] = found
  return found.size === 1 && only !== "" ? only : undefined
}
