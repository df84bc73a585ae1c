import { type BaseBlock, ObjectIdentifier, OctetString, PrintableString } from "asn1js"
import { Elements, isGeneralName, isSequence, isTagged, onlyValue } from "./elements.ts"

/** What an admission extension says: professions, and the numbers they are registered under. */
export interface Admission {
  readonly professions: readonly string[]
  readonly registrationNumbers: readonly string[]
}

/** ProfessionInfo ::= SEQUENCE { namingAuthority [0] OPTIONAL, professionItems, professionOIDs OPTIONAL, registrationNumber OPTIONAL, addProfessionInfo OPTIONAL } */
const professionInfo = (block: BaseBlock): Admission => {
  const info = new Elements(block)
  info.takeIf(isTagged(0))
  new Elements(info.takeIf(isSequence)).takeAll()
  const named = info.takeIf(isSequence)
  const registered = info.takeIf((element) => element instanceof PrintableString)
  info.takeIf((element) => element instanceof OctetString)
  info.end()
  return {
    professions: named === undefined ? [] : new Elements(named).takeAll().map(oidOf),
    registrationNumbers: registered instanceof PrintableString ? [registered.valueBlock.value] : [],
  }
}

const oidOf = (element: BaseBlock): string => {
  if (!(element instanceof ObjectIdentifier)) throw new Error("not an OBJECT IDENTIFIER")
  return element.valueBlock.toString()
}

/** Admissions ::= SEQUENCE { admissionAuthority [0] OPTIONAL, namingAuthority [1] OPTIONAL, professionInfos } */
const admitted = (block: BaseBlock): Admission[] => {
  const admissions = new Elements(block)
  admissions.takeIf(isTagged(0))
  admissions.takeIf(isTagged(1))
  const infos = new Elements(admissions.takeIf(isSequence)).takeAll()
  admissions.end()
  return infos.map(professionInfo)
}

/**
 * Everything named by an admission extension's value, AdmissionSyntax ::= SEQUENCE { admissionAuthority GeneralName OPTIONAL,
 * contentsOfAdmissions }; undefined where it is anything else. Source: Common PKI 2.0, part 1, table 29.
 */
export const readAdmission = (der: Uint8Array<ArrayBuffer>): Admission | undefined => {
  try {
    const syntax = new Elements(sequence(onlyValue(der)))
    syntax.takeIf(isGeneralName)
    const contents = new Elements(syntax.takeIf(isSequence)).takeAll()
    syntax.end()
    const infos = contents.flatMap(admitted)
    return {
      professions: infos.flatMap(({ professions }) => professions),
      registrationNumbers: infos.flatMap(({ registrationNumbers }) => registrationNumbers),
    }
  } catch {
    return undefined
  }
}

const sequence = (block: BaseBlock): BaseBlock | undefined => (isSequence(block) ? block : undefined)
