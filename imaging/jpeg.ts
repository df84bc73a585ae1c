/** What stands before the scan of a JPEG (ITU-T T.81), and its colours as its DICOM file says they are: a decoder knows them by a marker alone, or guesses. */
import { inOnePiece } from "./pieces.ts"

const [startOfImage, startOfScan, endOfImage] = [0xd8, 0xda, 0xd9]
/** Adobe's marker, APP14, whose last byte says which colours these are: 0 for RGB, 1 for YCbCr. */
const adobe = (transform: 0 | 1) => [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform]
const isApplication = (marker: number) => marker >= 0xe0 && marker <= 0xef
const standsAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)

interface Segment {
  readonly marker: number
  /** Where its marker begins, and what follows it. */
  readonly from: number
  readonly to: number
}

/** The segments before the scan, and where that begins; `undefined` where it is no JPEG. */
const segmentsOf = (
  bytes: Uint8Array,
): { readonly segments: readonly Segment[]; readonly scan: number } | undefined => {
  if (bytes[0] !== 0xff || bytes[1] !== startOfImage) return undefined
  const segments: Segment[] = []
  let at = 2
  for (;;) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === startOfScan) return { segments, scan: at }
    const length = standsAlone(marker) ? 0 : ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    const to = at + 2 + length
    if ((!standsAlone(marker) && length < 2) || to > bytes.length) return undefined
    segments.push({ marker, from: at, to })
    at = to
  }
}

/**
 * The picture without what applications say in it, such as which way up it is to be shown, and with what its colours are; `undefined` where it is none.
 * `colours`: whether they are YCbCr; of a grey picture, undefined.
 */
export const jpegOf = (
  bytes: Uint8Array,
  colours: "rgb" | "ycbcr" | undefined,
): Uint8Array<ArrayBuffer> | undefined => {
  const read = segmentsOf(bytes)
  if (read === undefined) return undefined
  const kept = read.segments.filter(({ marker }) => !isApplication(marker))
  const head = [0xff, startOfImage, ...(colours === undefined ? [] : adobe(colours === "rgb" ? 0 : 1))]
  return inOnePiece([
    Uint8Array.from(head),
    ...kept.map(({ from, to }) => bytes.subarray(from, to)),
    bytes.subarray(read.scan),
  ])
}

/** What a JPEG says of its picture. `process`: the marker of its frame, such as 0xc3 for lossless with Huffman codes. */
interface JpegFrame {
  readonly process: number
  readonly precision: number
  readonly rows: number
  readonly columns: number
  readonly samples: number
  /** The start of spectral selection in the first scan's header: of lossless, the selection value of the predictor. */
  readonly selection: number
}

/** What it says of its picture; `undefined` where it has no single frame, or is cut off: one that ends has its marker of the end. */
export const jpegFrame = (bytes: Uint8Array): JpegFrame | undefined => {
  const read = segmentsOf(bytes)
  const frames = read?.segments.filter(
    ({ marker, from, to }) =>
      marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker) && to - from >= 10,
  )
  const [frame, another] = frames ?? []
  if (read === undefined || frame === undefined || another !== undefined) return undefined
  // A fragment has an even length.
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length
  if (bytes[end - 2] !== 0xff || bytes[end - 1] !== endOfImage) return undefined
  const { marker: process, from } = frame
  const number = (at: number) => ((bytes[from + at] ?? 0) << 8) | (bytes[from + at + 1] ?? 0)
  return {
    process,
    precision: bytes[from + 4] ?? 0,
    rows: number(5),
    columns: number(7),
    samples: bytes[from + 9] ?? 0,
    // Behind the marker, the length, and the number of components with two bytes of each.
    selection: bytes[read.scan + 5 + 2 * (bytes[read.scan + 4] ?? 0)] ?? 0,
  }
}
