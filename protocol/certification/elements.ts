import { type BaseBlock, Constructed, fromBER, Sequence, Set as SetOf } from "asn1js"

/** Takes the elements of a constructed value in order; throws where one is missing or left over. */
export class Elements {
  #rest: readonly BaseBlock[]
  constructor(block: BaseBlock | undefined) {
    if (!(block instanceof Sequence) && !(block instanceof SetOf) && !(block instanceof Constructed))
      throw new Error("nothing that has elements")
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
  /** The one element of an explicit tag; undefined where the tag isn't next. */
  takeTagged(number: number): BaseBlock | undefined {
    const tagged = this.takeIf(isTagged(number))
    if (tagged === undefined) return undefined
    const [only, ...others] = new Elements(tagged).takeAll()
    if (only === undefined || others.length > 0) throw new Error("not one element in a tag")
    return only
  }
  end(): void {
    if (this.#rest.length > 0) throw new Error("more than there should be")
  }
}

const contextClass = 3
export const isTagged = (number: number) => (block: BaseBlock) =>
  block.idBlock.tagClass === contextClass && block.idBlock.tagNumber === number
export const isGeneralName = (block: BaseBlock) =>
  block.idBlock.tagClass === contextClass && block.idBlock.tagNumber <= 8
export const isSequence = (block: BaseBlock) => block instanceof Sequence
export const isSet = (block: BaseBlock) => block instanceof SetOf

/** One DER value and nothing after it; throws for anything else. */
export const onlyValue = (der: Uint8Array<ArrayBuffer>): BaseBlock => {
  const { offset, result } = fromBER(der)
  if (offset !== der.length) throw new Error("not one DER value")
  return result
}
