import dicomParser, { type Element } from "dicom-parser"
import { type DataSet, readDataSet } from "./data-set.ts"
import { factsOf, type StudyFacts } from "./facts.ts"
import { type Palette, paletteOf } from "./lookup-table.ts"
import { inOnePiece } from "./pieces.ts"
import { type Meaning, meaningOf, type Pixels, pixelsOf } from "./pixels.ts"
import { transferSyntaxes } from "./transfer-syntaxes.ts"

/** One frame as it is stored. `jpeg`: a picture of 8 bits to a colour. */
export interface StoredFrame {
  readonly kind: "stored" | "jpeg" | "jpeg-lossless" | "rle"
  readonly bytes: Uint8Array
}

export interface Study {
  readonly facts: StudyFacts
  readonly pixels: Pixels
  readonly palette?: Palette
  readonly frames: number
  /** Height of a pixel by its width. */
  readonly pixelAspect: number
  /** What the stored values of a frame mean. */
  meaning(index: number): Meaning
  frame(index: number): StoredFrame
}

/** `directory`: the table of contents of a medium, DICOMDIR (PS3.3, F). */
export type Unsupported =
  | "not-dicom"
  | "directory"
  | "no-image"
  | "compression"
  | "pixel-format"
  | "damaged"
  | "too-large"

export type StudyReading =
  | { readonly outcome: "ok"; readonly study: Study }
  /** A PDF in a DICOM file (PS3.3, A.45.1). */
  | { readonly outcome: "pdf"; readonly pdf: Uint8Array<ArrayBuffer>; readonly facts: StudyFacts }
  | { readonly outcome: Unsupported; readonly facts?: StudyFacts }

/** Media Storage Directory Storage (PS3.4, annex on media storage). */
const directoryClass = "1.2.840.10008.1.3.10"

const mostFrames = 10_000

/** Pixel Data, or Float or Double Float Pixel Data. */
const pixelElements = ["x7fe00010", "x7fe00008", "x7fe00009"] as const

/** The frame's fragments in one piece: as the offsets say, or one a frame, or all of the only frame. */
const encapsulated = (dataSet: DataSet, element: Element, frames: number, index: number): Uint8Array | undefined => {
  const { fragments = [], basicOffsetTable = [] } = element
  if (basicOffsetTable.length === frames && frames > 1)
    return Uint8Array.from(dicomParser.readEncapsulatedImageFrame(dataSet, element, index))
  const of = frames === 1 ? fragments : fragments.length === frames ? fragments.slice(index, index + 1) : []
  if (of.length === 0) return undefined
  const pieces = of.map(({ position, length }) => dataSet.byteArray.subarray(position, position + length))
  return inOnePiece(pieces)
}

/** Bytes that stand in words turned round. */
const inOrder = (bytes: Uint8Array, { swapped }: Pixels): Uint8Array =>
  swapped ? Uint8Array.from(bytes, (_, i) => bytes[i ^ 1] ?? 0) : bytes

/** Bits of a frame that isn't compressed; of one bit a pixel, frames follow one another without a gap, so that there is no whole number. */
const frameBits = ({ rows, columns, samples, bitsAllocated, photometric }: Pixels): number =>
  // Two pixels share their colours.
  photometric === "YBR_FULL_422" ? rows * columns * 2 * 8 : rows * columns * samples * bitsAllocated

/** A frame's own bits, from the first of its first byte on. */
const storedFrame = (all: Uint8Array, bits: number, index: number): Uint8Array => {
  const from = bits * index
  if (from % 8 === 0) return all.subarray(from / 8, Math.ceil((from + bits) / 8))
  const shifted = new Uint8Array(Math.ceil(bits / 8))
  const [start, shift] = [Math.floor(from / 8), from % 8]
  for (let i = 0; i < shifted.length; i++)
    shifted[i] = ((all[start + i] ?? 0) >> shift) | ((all[start + i + 1] ?? 0) << (8 - shift))
  return shifted
}

/** By the index of each frame: how to get at it; undefined where one isn't there. */
const framesOf = (
  dataSet: DataSet,
  element: Element,
  { pixels, frames, kind }: { pixels: Pixels; frames: number; kind: StoredFrame["kind"] },
): ((index: number) => Uint8Array) | undefined => {
  const { dataOffset, length } = element
  if (kind === "stored") {
    const bits = frameBits(pixels)
    const needed = Math.ceil((bits * frames) / 8)
    if (element.encapsulatedPixelData === true || length < needed || dataOffset + needed > dataSet.byteArray.length)
      return undefined
    const all = inOrder(dataSet.byteArray.subarray(dataOffset, dataOffset + length), pixels)
    return (index) => storedFrame(all, bits, index)
  }
  const all = Array.from({ length: frames }, (_, index) => index)
  const read = (index: number) => encapsulated(dataSet, element, frames, index)
  try {
    if (all.some((index) => read(index) === undefined)) return undefined
  } catch {
    return undefined
  }
  return (index) => read(index) ?? new Uint8Array(0)
}

const aspectOf = (dataSet: DataSet): number => {
  const [row, column] = [dataSet.floatString("x00280030", 0), dataSet.floatString("x00280030", 1)]
  const [high, wide] = [dataSet.intString("x00280034", 0), dataSet.intString("x00280034", 1)]
  const aspect = row !== undefined && column !== undefined ? row / column : (high ?? 1) / (wide ?? 1)
  return Number.isFinite(aspect) && aspect > 0.05 && aspect < 20 ? aspect : 1
}

const pdfOf = (dataSet: DataSet): Uint8Array<ArrayBuffer> | undefined => {
  const element = dataSet.elements["x00420011"]
  if (element === undefined || dataSet.string("x00420012")?.trim().toLowerCase() !== "application/pdf") return undefined
  const { dataOffset, length } = element
  if (dataOffset + length > dataSet.byteArray.length) return undefined
  return Uint8Array.from(dataSet.byteArray.subarray(dataOffset, dataOffset + length))
}

/** By its Directory Record Sequence, or by what its file says that it is (Media Storage SOP Class UID). */
const isDirectory = (dataSet: DataSet): boolean =>
  dataSet.elements["x00041220"] !== undefined || dataSet.string("x00020002") === directoryClass

/** What there is to draw, or why it can't be. */
const imageOf = (dataSet: DataSet, tag: (typeof pixelElements)[number], facts: StudyFacts): Study | Unsupported => {
  const element = dataSet.elements[tag]
  const syntax = transferSyntaxes[facts.syntax]
  if (syntax === undefined || element === undefined) return "compression"
  const { kind, littleEndian } = syntax
  const pixels = pixelsOf(dataSet, tag, littleEndian)
  if (typeof pixels === "string") return pixels
  // One bit is never compressed; neither are numbers with a fraction, nor, pixel by pixel, colours that two pixels share.
  const plain = pixels.bitsAllocated === 1 || pixels.floating
  if (kind !== "stored" && plain) return "pixel-format"
  if (kind === "jpeg" && pixels.bitsAllocated !== 8) return "pixel-format"
  if (kind === "jpeg-lossless" && pixels.bitsAllocated > 16) return "pixel-format"
  if (kind !== "stored" && kind !== "jpeg" && pixels.photometric === "YBR_FULL_422") return "pixel-format"
  const frames = dataSet.elements["x00280008"] === undefined ? 1 : Number(dataSet.string("x00280008")?.trim())
  if (!Number.isSafeInteger(frames) || frames < 1) return "damaged"
  if (frames > mostFrames) return "too-large"
  const palette = pixels.photometric === "PALETTE COLOR" ? paletteOf(dataSet, pixels.signed) : undefined
  if (pixels.photometric === "PALETTE COLOR" && palette === undefined) return "pixel-format"
  const meanings = Array.from({ length: frames }, (_, index) => meaningOf(dataSet, index, pixels))
  if (meanings.includes("pixel-format")) return "pixel-format"
  const bytesOf = framesOf(dataSet, element, { pixels, frames, kind })
  if (bytesOf === undefined) return "damaged"
  return {
    facts,
    pixels,
    frames,
    pixelAspect: aspectOf(dataSet),
    ...(palette === undefined ? {} : { palette }),
    meaning: (index) => {
      const meaning = meanings[index]
      if (meaning === undefined || meaning === "pixel-format") throw new RangeError("no such frame")
      return meaning
    },
    frame: (index) => ({ kind, bytes: bytesOf(index) }),
  }
}

/**
 * What an image study holds, and how to get at its frames. Never rejects; what can't be shown says why, with all that could be read of it. Source:
 * DICOM PS3.3 (image pixel module), PS3.5 (encodings).
 */
export const readStudy = async (bytes: Uint8Array<ArrayBuffer>): Promise<StudyReading> => {
  const { dataSet, syntax, whole } = await readDataSet(bytes)
  if (dataSet === undefined && syntax !== undefined) return { outcome: "damaged", facts: { syntax, lossy: false } }
  if (dataSet === undefined || Object.keys(dataSet.elements).length === 0) return { outcome: "not-dicom" }
  const facts = factsOf(dataSet, syntax)
  if (!whole) return { outcome: "damaged", facts }
  const pdf = pdfOf(dataSet)
  if (pdf !== undefined) return { outcome: "pdf", pdf, facts }
  const tag = pixelElements.find((each) => dataSet.elements[each] !== undefined)
  if (tag === undefined) return { outcome: isDirectory(dataSet) ? "directory" : "no-image", facts }
  const image = imageOf(dataSet, tag, facts)
  return typeof image === "string" ? { outcome: image, facts } : { outcome: "ok", study: image }
}
