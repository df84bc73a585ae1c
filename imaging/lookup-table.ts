import type { DataSet } from "./data-set.ts"

/** Maps numbers to numbers: what lies before the first and behind the last is mapped as they are (PS3.3, C.11.1.1 and C.7.6.3.1.5). */
export interface LookupTable {
  /** The number that is mapped by the first entry. */
  readonly first: number
  readonly entries: Uint16Array
  /** How many bits an entry has. */
  readonly bits: number
}

/** The three numbers of a descriptor; the second is signed where pixels are. */
const descriptorOf = (from: DataSet, tag: string, signed: boolean) => {
  const [count, bits] = [from.uint16(tag, 0), from.uint16(tag, 2)]
  const first = signed ? from.int16(tag, 1) : from.uint16(tag, 1)
  if (count === undefined || first === undefined || bits === undefined) return undefined
  if (bits < 1 || bits > 16) return undefined
  return { count: count === 0 ? 65_536 : count, first, bits }
}

/** Entries, one a word; of 8 bits also one a byte, which some write. */
const entriesOf = (from: DataSet, tag: string, count: number, bits: number): Uint16Array | undefined => {
  const element = from.elements[tag]
  if (element === undefined) return undefined
  const inBytes = bits <= 8 && element.length < 2 * count
  if (element.length < (inBytes ? count : 2 * count)) return undefined
  if (element.dataOffset + element.length > from.byteArray.length) return undefined
  const entries = new Uint16Array(count)
  for (let i = 0; i < count; i++)
    entries[i] = (inBytes ? from.byteArray[element.dataOffset + i] : from.uint16(tag, i)) ?? 0
  return entries
}

/** The table that a descriptor and its data make; `undefined` where there is none, or it isn't what it says it is. */
export const lookupTable = (
  from: DataSet | undefined,
  descriptorTag: string,
  dataTag: string,
  signed: boolean,
): LookupTable | undefined => {
  const described = from && descriptorOf(from, descriptorTag, signed)
  if (from === undefined || described === undefined) return undefined
  const { count, first, bits } = described
  const entries = entriesOf(from, dataTag, count, bits)
  return entries === undefined ? undefined : { first, entries, bits }
}

export const lookedUp = ({ first, entries }: LookupTable, value: number): number =>
  entries[Math.min(entries.length - 1, Math.max(0, Math.round(value) - first))] ?? 0

/** An entry as a shade, 0 to 255. */
export const shadeOf = ({ bits }: LookupTable, entry: number): number => Math.round((entry / (2 ** bits - 1)) * 255)

const paletteTags = [
  ["x00281101", "x00281201"],
  ["x00281102", "x00281202"],
  ["x00281103", "x00281203"],
] as const

export type Palette = readonly [LookupTable, LookupTable, LookupTable]

/** Red, green and blue of a palette; `undefined` where one is missing, or is written in segments. */
export const paletteOf = (dataSet: DataSet, signed: boolean): Palette | undefined => {
  const [red, green, blue] = paletteTags.map(([descriptor, data]) => lookupTable(dataSet, descriptor, data, signed))
  return red === undefined || green === undefined || blue === undefined ? undefined : [red, green, blue]
}
