import dicomParser, { type DataSet, type Element } from "dicom-parser"
import type { Bytes } from "../../../protocol/crypto/bytes.ts"
import { plainText } from "../../../text/plain-text.ts"
import { textsOf } from "./text.ts"

/** What an image says of itself. */
export interface StudyFacts {
  readonly syntax: string
  readonly patientName?: string
  /** `YYYYMMDD` as in the file. */
  readonly birthDate?: string
  readonly sex?: string
  readonly study?: string
  readonly series?: string
  readonly modality?: string
  readonly date?: string
  readonly institution?: string
  readonly lossy: boolean
}

export interface Window {
  readonly center: number
  readonly width: number
}

/** How pixels are stored, and what they mean. */
export interface Pixels {
  readonly rows: number
  readonly columns: number
  readonly bitsAllocated: 8 | 16
  readonly bitsStored: number
  readonly highBit: number
  readonly signed: boolean
  readonly samples: 1 | 3
  readonly planar: boolean
  readonly photometric: "MONOCHROME1" | "MONOCHROME2" | "RGB" | "YBR_FULL"
  readonly slope: number
  readonly intercept: number
  readonly littleEndian: boolean
}

export interface Study {
  readonly facts: StudyFacts
  readonly pixels: Pixels
  readonly frames: number
  /** The file's own window, where it has one. */
  readonly window?: Window
  /** Height of a pixel by its width. */
  readonly pixelAspect: number
  /** One frame as it is stored. `jpeg`: a picture that a browser decodes. */
  frame(index: number): { readonly kind: "stored" | "jpeg" | "rle"; readonly bytes: Uint8Array }
}

export type Unsupported = "not-dicom" | "no-image" | "compression" | "pixel-format" | "damaged" | "too-large"

export type StudyReading =
  | { readonly outcome: "ok"; readonly study: Study }
  | { readonly outcome: Unsupported; readonly facts?: StudyFacts }

/** Larger than the largest mammogram. */
const mostPixels = 40_000_000
const mostFrames = 10_000

const native = new Map([
  ["1.2.840.10008.1.2", true],
  ["1.2.840.10008.1.2.1", true],
  ["1.2.840.10008.1.2.2", false],
])
/** JPEG Baseline: every browser decodes it. */
const jpegBaseline = "1.2.840.10008.1.2.4.50"
const rleLossless = "1.2.840.10008.1.2.5"

const factsOf = (dataSet: DataSet): StudyFacts => {
  const read = textsOf(dataSet)
  const optional = (name: keyof StudyFacts, tag: string) => {
    const text = read(tag)
    return text === undefined ? {} : { [name]: plainText(text, 200) }
  }
  return {
    syntax: dataSet.string("x00020010") ?? "1.2.840.10008.1.2",
    lossy: dataSet.string("x00282110") === "01",
    ...optional("patientName", "x00100010"),
    ...optional("birthDate", "x00100030"),
    ...optional("sex", "x00100040"),
    ...optional("study", "x00081030"),
    ...optional("series", "x0008103e"),
    ...optional("modality", "x00080060"),
    ...optional("date", "x00080020"),
    ...optional("institution", "x00080080"),
  }
}

const itemOf = (dataSet: DataSet | undefined, tag: string): DataSet | undefined =>
  dataSet?.elements[tag]?.items?.[0]?.dataSet

/** A value of the image itself, else of its shared or first functional group (enhanced images). */
const inGroups = <T>(dataSet: DataSet, group: string, read: (from: DataSet) => T | undefined): T | undefined => {
  for (const from of [
    dataSet,
    itemOf(itemOf(dataSet, "x52009229"), group),
    itemOf(itemOf(dataSet, "x52009230"), group),
  ]) {
    const found = from === undefined ? undefined : read(from)
    if (found !== undefined) return found
  }
  return undefined
}

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined

const windowOf = (dataSet: DataSet): Window | undefined =>
  inGroups(dataSet, "x00289132", (from) => {
    const center = finite(from.floatString("x00281050"))
    const width = finite(from.floatString("x00281051"))
    return center === undefined || width === undefined || width < 1 ? undefined : { center, width }
  })

const pixelsOf = (dataSet: DataSet, littleEndian: boolean): Pixels | "pixel-format" | "too-large" => {
  const number = (tag: string) => dataSet.uint16(tag) ?? 0
  const [rows, columns] = [number("x00280010"), number("x00280011")]
  const bitsAllocated = number("x00280100")
  const bitsStored = dataSet.uint16("x00280101") ?? bitsAllocated
  const highBit = dataSet.uint16("x00280102") ?? bitsStored - 1
  const samples = dataSet.uint16("x00280002") ?? 1
  const photometric = dataSet.string("x00280004")?.trim()
  if (rows * columns > mostPixels) return "too-large"
  if (rows === 0 || columns === 0) return "pixel-format"
  if (bitsAllocated !== 8 && bitsAllocated !== 16) return "pixel-format"
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated || highBit < bitsStored - 1)
    return "pixel-format"
  const common = {
    rows,
    columns,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: number("x00280103") === 1,
    planar: number("x00280006") === 1,
    littleEndian,
    slope: inGroups(dataSet, "x00289145", (from) => finite(from.floatString("x00281053"))) ?? 1,
    intercept: inGroups(dataSet, "x00289145", (from) => finite(from.floatString("x00281052"))) ?? 0,
  } as const
  if (samples === 1 && (photometric === "MONOCHROME1" || photometric === "MONOCHROME2"))
    return { ...common, samples, photometric }
  // What JPEG calls YBR, a browser gives as RGB.
  if (samples === 3 && bitsAllocated === 8 && photometric?.startsWith("YBR_FULL") === true)
    return { ...common, samples, photometric: "YBR_FULL" }
  if (samples === 3 && bitsAllocated === 8 && photometric === "RGB") return { ...common, samples, photometric }
  return "pixel-format"
}

/** The frame's fragments in one piece: as the offsets say, or one a frame, or all of the only frame. */
const encapsulated = (dataSet: DataSet, element: Element, frames: number, index: number): Uint8Array | undefined => {
  const { fragments = [], basicOffsetTable = [] } = element
  if (basicOffsetTable.length === frames && frames > 1)
    return Uint8Array.from(dicomParser.readEncapsulatedImageFrame(dataSet, element, index))
  const of = frames === 1 ? fragments : fragments.length === frames ? fragments.slice(index, index + 1) : []
  if (of.length === 0) return undefined
  const pieces = of.map(({ position, length }) => dataSet.byteArray.subarray(position, position + length))
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let filled = 0
  for (const piece of pieces) {
    whole.set(piece, filled)
    filled += piece.length
  }
  return whole
}

const isDataSet = (value: unknown): value is DataSet =>
  typeof value === "object" && value !== null && "elements" in value && "byteArray" in value && "string" in value

/** What could be read before the file turned out to be broken. */
const readBefore = (error: unknown): DataSet | undefined =>
  typeof error === "object" && error !== null && "dataSet" in error && isDataSet(error.dataSet)
    ? error.dataSet
    : undefined

const parsed = (bytes: Bytes): { dataSet?: DataSet | undefined; whole: boolean } => {
  try {
    return { dataSet: dicomParser.parseDicom(bytes), whole: true }
  } catch (error) {
    return { dataSet: readBefore(error), whole: false }
  }
}

/**
 * What an image study holds, and how to get at its frames. Never throws; what can't be shown says why, with all that could be read of it. Source:
 * DICOM PS3.3 (image pixel module), PS3.5 (encodings).
 */
export const readStudy = (bytes: Bytes): StudyReading => {
  const { dataSet, whole } = parsed(bytes)
  if (dataSet === undefined || Object.keys(dataSet.elements).length === 0) return { outcome: "not-dicom" }
  const facts = factsOf(dataSet)
  if (!whole) return { outcome: "damaged", facts }
  const element = dataSet.elements["x7fe00010"]
  if (element === undefined) return { outcome: "no-image", facts }
  const littleEndian = native.get(facts.syntax)
  const kind =
    littleEndian !== undefined
      ? "stored"
      : facts.syntax === jpegBaseline
        ? "jpeg"
        : facts.syntax === rleLossless
          ? "rle"
          : undefined
  if (kind === undefined) return { outcome: "compression", facts }
  const pixels = pixelsOf(dataSet, littleEndian ?? true)
  if (typeof pixels === "string") return { outcome: pixels, facts }
  // Stored with half its colours: the one YBR that isn't a byte for each.
  if (kind === "stored" && dataSet.string("x00280004")?.trim() === "YBR_FULL_422")
    return { outcome: "pixel-format", facts }
  const frames = dataSet.intString("x00280008") ?? 1
  if (frames < 1 || frames > mostFrames) return { outcome: "too-large", facts }
  const { rows, columns, samples, bitsAllocated } = pixels
  const frameBytes = (rows * columns * samples * bitsAllocated) / 8
  const { dataOffset, length } = element
  if (kind === "stored" && (length < frameBytes * frames || dataOffset + frameBytes * frames > bytes.length))
    return { outcome: "damaged", facts }
  if (kind !== "stored") {
    const all = Array.from({ length: frames }, (_, index) => index)
    try {
      if (all.some((index) => encapsulated(dataSet, element, frames, index) === undefined))
        return { outcome: "damaged", facts }
    } catch {
      return { outcome: "damaged", facts }
    }
  }
  const window = windowOf(dataSet)
  const [rowSpacing, columnSpacing] = [dataSet.floatString("x00280030", 0), dataSet.floatString("x00280030", 1)]
  const aspect = rowSpacing !== undefined && columnSpacing !== undefined ? rowSpacing / columnSpacing : 1
  return {
    outcome: "ok",
    study: {
      facts,
      pixels,
      frames,
      pixelAspect: Number.isFinite(aspect) && aspect > 0.05 && aspect < 20 ? aspect : 1,
      ...(window === undefined ? {} : { window }),
      frame: (index) => ({
        kind,
        bytes:
          kind === "stored"
            ? bytes.subarray(dataOffset + index * frameBytes, dataOffset + (index + 1) * frameBytes)
            : (encapsulated(dataSet, element, frames, index) ?? new Uint8Array(0)),
      }),
    },
  }
}
