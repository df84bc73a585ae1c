import { type BaseBlock, NumericString, ObjectIdentifier, PrintableString, Utf8String } from "asn1js"
import { SubjectDirectoryAttributes } from "pkijs"
import { Elements, isSequence, isSet, isTagged, onlyValue } from "./elements.ts"

/** id-hcpki-at-healthcareactor, the attribute type of `hcRole`. */
const hcRoleOid = "1.0.17090.0.1"

export interface HcRole {
  /** OID of the coding scheme. */
  readonly scheme: string
  /** Its code, its free text, or both. */
  readonly says: readonly string[]
}

const textOf = (block: BaseBlock | undefined): string[] => {
  if (block === undefined) return []
  if (block instanceof Utf8String || block instanceof PrintableString || block instanceof NumericString)
    return [block.valueBlock.value]
  throw new Error("a string of another kind")
}

/** CodedData: codingSchemeReference [0] OBJECT IDENTIFIER, codeDataValue [1] OPTIONAL, codeDataFreeText [2] OPTIONAL; a SET or, in older profiles, a SEQUENCE. */
const codedData = (block: BaseBlock): HcRole => {
  const data = new Elements(isSet(block) || isSequence(block) ? block : undefined)
  const scheme = data.takeTagged(0)
  if (!(scheme instanceof ObjectIdentifier)) throw new Error("no coding scheme")
  const says = [...textOf(data.takeTagged(1)), ...textOf(data.takeTagged(2))]
  data.end()
  return { scheme: scheme.valueBlock.toString(), says }
}

/** HCActor ::= SEQUENCE { codedData [0] OPTIONAL, regionalHCData [1] OPTIONAL } */
const hcActor = (block: BaseBlock): HcRole[] => {
  const actor = new Elements(isSequence(block) ? block : undefined)
  const coded = actor.takeTagged(0)
  actor.takeIf(isTagged(1))
  actor.end()
  return coded === undefined ? [] : [codedData(coded)]
}

/** HCActorData ::= SET OF HCActor */
const hcActorData = (block: BaseBlock): HcRole[] =>
  new Elements(isSet(block) ? block : undefined).takeAll().flatMap(hcActor)

/** Every `hcRole` in the value of a subjectDirectoryAttributes extension; undefined where it can't be read. Source: ISO 17090-2:2015. */
export const readHcRoles = (der: Uint8Array<ArrayBuffer>): HcRole[] | undefined => {
  try {
    const { attributes } = new SubjectDirectoryAttributes({ schema: onlyValue(der) })
    return attributes
      .filter(({ type }) => type === hcRoleOid)
      .flatMap(({ values }) => values.flatMap((value: BaseBlock) => hcActorData(value)))
  } catch {
    return undefined
  }
}
