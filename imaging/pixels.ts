import { type DataSet, finite, inGroups, itemOf } from "./data-set.ts"
import { type LookupTable, lookupTable } from "./lookup-table.ts"

/** How pixels are stored (PS3.3, C.7.6.3; PS3.5, 8). */
export interface Pixels {
  readonly rows: number
  readonly columns: number
  readonly bitsAllocated: 1 | 8 | 16 | 32 | 64
  readonly bitsStored: number
  readonly highBit: number
  readonly signed: boolean
  /** Numbers with a fraction, IEEE 754. */
  readonly floating: boolean
  readonly samples: 1 | 3
  /** Colour by colour rather than pixel by pixel, where it isn't compressed. */
  readonly planar: boolean
  readonly photometric: "MONOCHROME1" | "MONOCHROME2" | "PALETTE COLOR" | "RGB" | "YBR_FULL" | "YBR_FULL_422"
  readonly littleEndian: boolean
  /** Bytes of two stand in words that are turned round: 8 bits, big endian, as OW (PS3.5, A.3). */
  readonly swapped: boolean
}

/** What becomes black and what white (PS3.3, C.11.2). */
export interface Window {
  readonly center: number
  readonly width: number
  readonly shape?: "linear-exact" | "sigmoid"
}

/** What the stored values of a frame mean, and how they are meant to be looked at. */
export interface Meaning {
  readonly slope: number
  readonly intercept: number
  /** In place of slope and intercept. */
  readonly table?: LookupTable
  /** The file's own window, where it has one. */
  readonly window?: Window
  /** From meant values to shades, where the file has that in place of a window. */
  readonly shades?: LookupTable
}

/** Larger than the largest mammogram. */
const mostPixels = 40_000_000

/** Of 8 bits to each of three colours, or of one value; what a decompressor calls a colour model of its own becomes RGB. */
const photometricOf = (text: string | undefined, samples: number): Pixels["photometric"] | undefined => {
  if (samples === 1 && (text === "MONOCHROME1" || text === "MONOCHROME2" || text === "PALETTE COLOR")) return text
  if (samples !== 3) return undefined
  if (text === "RGB" || text === "YBR_FULL" || text === "YBR_FULL_422") return text
  // JPEG 2000 undoes its own.
  return text === "YBR_RCT" || text === "YBR_ICT" ? "RGB" : undefined
}

type Element = "x7fe00010" | "x7fe00008" | "x7fe00009"

const bitsOf = (dataSet: DataSet, element: Element) => {
  const bitsAllocated = dataSet.uint16("x00280100") ?? 0
  const bitsStored = dataSet.uint16("x00280101") ?? bitsAllocated
  const highBit = dataSet.uint16("x00280102") ?? bitsStored - 1
  const floating = element !== "x7fe00010"
  const right = floating
    ? bitsAllocated === (element === "x7fe00008" ? 32 : 64)
    : bitsStored >= 1 && bitsStored <= bitsAllocated && highBit < bitsAllocated && highBit >= bitsStored - 1
  const known =
    bitsAllocated === 1 || bitsAllocated === 8 || bitsAllocated === 16 || bitsAllocated === 32 || bitsAllocated === 64
  if (!right || !known || (bitsAllocated === 64 && !floating)) return undefined
  return { bitsAllocated, bitsStored, highBit, floating } as const
}

/** How a file's pixels are stored, or why they can't be shown. `littleEndian`: as its transfer syntax says. */
export const pixelsOf = (
  dataSet: DataSet,
  element: Element,
  littleEndian: boolean,
): Pixels | "pixel-format" | "too-large" => {
  const [rows, columns] = [dataSet.uint16("x00280010") ?? 0, dataSet.uint16("x00280011") ?? 0]
  const samples = dataSet.uint16("x00280002") ?? 1
  if (rows * columns > mostPixels) return "too-large"
  const bits = bitsOf(dataSet, element)
  const photometric = photometricOf(dataSet.string("x00280004")?.trim(), samples)
  if (rows === 0 || columns === 0 || bits === undefined || photometric === undefined) return "pixel-format"
  if (samples === 3 && (bits.bitsAllocated !== bits.bitsStored || (photometric !== "RGB" && bits.bitsAllocated !== 8)))
    return "pixel-format"
  if (photometric === "PALETTE COLOR" && bits.bitsAllocated > 16) return "pixel-format"
  return {
    rows,
    columns,
    ...bits,
    samples: samples === 3 ? 3 : 1,
    photometric,
    signed: dataSet.uint16("x00280103") === 1,
    planar: dataSet.uint16("x00280006") === 1,
    littleEndian,
    swapped: !littleEndian && bits.bitsAllocated === 8 && dataSet.elements[element]?.vr !== "OB",
  }
}

const shapes: Readonly<Record<string, Window["shape"]>> = { LINEAR_EXACT: "linear-exact", SIGMOID: "sigmoid" }

const windowOf = (from: DataSet): Window | undefined => {
  const center = finite(from.floatString("x00281050"))
  const width = finite(from.floatString("x00281051"))
  const shape = shapes[from.string("x00281056")?.trim() ?? ""]
  if (center === undefined || width === undefined || width <= 0) return undefined
  // A line from black to white takes a value at least.
  if (shape === undefined) return width < 1 ? undefined : { center, width }
  return { center, width, shape }
}

/** What the values of a frame mean. `pixel-format`: by a table that isn't one. */
export const meaningOf = (dataSet: DataSet, frame: number, { signed }: Pixels): Meaning | "pixel-format" => {
  const rescale = (tag: string) => inGroups(dataSet, "x00289145", frame, (from) => finite(from.floatString(tag)))
  const item = itemOf(dataSet, "x00283000")
  const table = lookupTable(item, "x00283002", "x00283006", signed)
  if (item !== undefined && table === undefined) return "pixel-format"
  const window = inGroups(dataSet, "x00289132", frame, windowOf)
  const slope = rescale("x00281053") ?? 1
  // Values in, of either sign: what a table before it gives has none.
  const shades = lookupTable(itemOf(dataSet, "x00283010"), "x00283002", "x00283006", signed && table === undefined)
  return {
    slope,
    intercept: rescale("x00281052") ?? 0,
    ...(table === undefined ? {} : { table }),
    ...(window === undefined ? {} : { window }),
    ...(window === undefined && shades !== undefined ? { shades } : {}),
  }
}
