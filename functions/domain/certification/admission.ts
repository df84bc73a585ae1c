import { type BaseBlock, fromBER, ObjectIdentifier, OctetString, PrintableString, Sequence } from "asn1js"

/** Takes the elements of a SEQUENCE in order; throws where one is missing or left over. */
class Elements {
  #rest: readonly BaseBlock[]
  constructor(block: BaseBlock | undefined) {
    if (!(block instanceof Sequence)) throw new Error("not a SEQUENCE")
    this.#rest = block.valueBlock.value
  }
  takeIf(matches: (block: BaseBlock) => boolean): BaseBlock | undefined {
    const [first, ...rest] = this.#rest
    if (first === undefined || !matches(first)) return undefined
    this.#rest = rest
    return first
  }
  takeAll(): readonly BaseBlock[] {
    const all = this.#rest
    this.#rest = []
    return all
  }
  end(): void {
    if (this.#rest.length > 0) throw new Error("more than the SEQUENCE has")
  }
}

const contextClass = 3
const isTagged = (number: number) => (block: BaseBlock) =>
  block.idBlock.tagClass === contextClass && block.idBlock.tagNumber === number
const isGeneralName = (block: BaseBlock) => block.idBlock.tagClass === contextClass && block.idBlock.tagNumber <= 8
const isSequence = (block: BaseBlock) => block instanceof Sequence

/** ProfessionInfo ::= SEQUENCE { namingAuthority [0] OPTIONAL, professionItems, professionOIDs OPTIONAL, registrationNumber OPTIONAL, addProfessionInfo OPTIONAL } */
const professionOids = (block: BaseBlock): string[] => {
  const info = new Elements(block)
  info.takeIf(isTagged(0))
  new Elements(info.takeIf(isSequence)).takeAll()
  const named = info.takeIf(isSequence)
  info.takeIf((element) => element instanceof PrintableString)
  info.takeIf((element) => element instanceof OctetString)
  info.end()
  if (named === undefined) return []
  return new Elements(named).takeAll().map((element) => {
    if (!(element instanceof ObjectIdentifier)) throw new Error("not an OBJECT IDENTIFIER")
    return element.valueBlock.toString()
  })
}

/** Admissions ::= SEQUENCE { admissionAuthority [0] OPTIONAL, namingAuthority [1] OPTIONAL, professionInfos } */
const admitted = (block: BaseBlock): string[] => {
  const admissions = new Elements(block)
  admissions.takeIf(isTagged(0))
  admissions.takeIf(isTagged(1))
  const infos = new Elements(admissions.takeIf(isSequence)).takeAll()
  admissions.end()
  return infos.flatMap(professionOids)
}

/**
 * Every profession named by an admission extension's value, AdmissionSyntax ::= SEQUENCE { admissionAuthority GeneralName OPTIONAL,
 * contentsOfAdmissions }; undefined where it is anything else. Source: Common PKI 2.0, part 1, table 29.
 */
export const readAdmission = (der: Uint8Array<ArrayBuffer>): string[] | undefined => {
  try {
    const { offset, result } = fromBER(der)
    if (offset !== der.length) return undefined
    const syntax = new Elements(result)
    syntax.takeIf(isGeneralName)
    const contents = new Elements(syntax.takeIf(isSequence)).takeAll()
    syntax.end()
    return contents.flatMap(admitted)
  } catch {
    return undefined
  }
}
