import dicomParser, { type DataSet } from "dicom-parser"
import { inOnePiece } from "./pieces.ts"

export type { DataSet }

/** Deflated Explicit VR Little Endian (PS3.5, A.5). */
const deflatedSyntax = "1.2.840.10008.1.2.1.99"
/** More than any study that is worth opening at once: what inflates to more is a bomb. */
const mostInflated = 2 ** 30

const isDataSet = (value: unknown): value is DataSet =>
  typeof value === "object" && value !== null && "elements" in value && "byteArray" in value && "string" in value

/** What could be read before the file turned out to be broken. */
const readBefore = (error: unknown): DataSet | undefined =>
  typeof error === "object" && error !== null && "dataSet" in error && isDataSet(error.dataSet)
    ? error.dataSet
    : undefined

/** What a stream inflates to. Rejects where that is no deflated stream, or is too large. */
const inflated = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader()
  const pieces: Uint8Array[] = []
  let length = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length
    if (length > mostInflated) {
      await reader.cancel()
      throw new RangeError("a deflated file that is too large")
    }
    pieces.push(read.value)
  }
  return inOnePiece(pieces)
}

/**
 * What may stand behind the stream, which an inflater refuses: nothing, the byte by which an odd length is padded (PS3.5, A.5), the check and the
 * length that gzip writes (RFC 1952), which some leave there.
 */
const trailers = [0, 1, 8, 9]

const inflatedFile = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  let failure: unknown
  for (const trailer of trailers)
    try {
      return await inflated(bytes.subarray(0, bytes.length - trailer))
    } catch (error) {
      failure = error
    }
  throw failure
}

/** Where the deflated part of a file begins (PS3.5, A.5): thrown out of the parser, which can't wait. */
class Deflated extends Error {
  readonly position: number
  constructor(position: number) {
    super("the rest is deflated")
    this.position = position
  }
}

const parsed = (bytes: Uint8Array, inflater: (bytes: unknown, position: number) => Uint8Array): DataSet =>
  dicomParser.parseDicom(bytes, { inflater })

interface ReadDataSet {
  readonly dataSet?: DataSet | undefined
  /** The transfer syntax, where it can't be read of the data set. */
  readonly syntax?: string
  readonly whole: boolean
}

/**
 * The data elements of a DICOM file (PS3.10), and whether all of it could be read: of one that is cut off, what stands before. Never rejects.
 */
export const readDataSet = async (bytes: Uint8Array<ArrayBuffer>): Promise<ReadDataSet> => {
  try {
    const dataSet = parsed(bytes, (_, position) => {
      throw new Deflated(position)
    })
    return { dataSet, whole: true }
  } catch (error) {
    if (!(error instanceof Deflated)) return { dataSet: readBefore(error), whole: false }
    try {
      const plain = await inflatedFile(bytes.subarray(error.position))
      return { dataSet: parsed(bytes, () => plain), syntax: deflatedSyntax, whole: true }
    } catch (broken) {
      return { dataSet: readBefore(broken), syntax: deflatedSyntax, whole: false }
    }
  }
}

/** The first item of a sequence. */
export const itemOf = (dataSet: DataSet | undefined, tag: string, index = 0): DataSet | undefined =>
  dataSet?.elements[tag]?.items?.[index]?.dataSet

/**
 * A value of the image itself, else of its shared functional group, or that of the frame (enhanced images, PS3.3, C.7.6.16): `group` is the
 * sequence in which it stands there.
 */
export const inGroups = <T>(
  dataSet: DataSet,
  group: string,
  frame: number,
  read: (from: DataSet) => T | undefined,
): T | undefined => {
  const perFrame = itemOf(itemOf(dataSet, "x52009230", frame), group)
  for (const from of [perFrame, itemOf(itemOf(dataSet, "x52009229"), group), dataSet]) {
    const found = from === undefined ? undefined : read(from)
    if (found !== undefined) return found
  }
  return undefined
}

export const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined
