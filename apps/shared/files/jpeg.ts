import { joined } from "../../../protocol/crypto/bytes.ts"
import { bytesOf, lettersAt, viewOf } from "./bytes.ts"
import { exifOf, orientationIn } from "./orientation.ts"
import type { Picture } from "./picture.ts"

interface Segment {
  readonly marker: number
  /** Without marker and length. */
  readonly body: Uint8Array
  /** As it stands in the file; of a scan, with its coded data. */
  readonly whole: Uint8Array
}

const startOfScan = 0xda
const endOfImage = 0xd9
/** Frames, scans and their tables; above them are programs' own segments, comments and extensions. */
const isCoding = (marker: number) => marker >= 0xc0 && marker <= 0xdf
/** A frame's header: all of C0 to CF but tables of Huffman codes, of conditioning, and what is reserved. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** Where the coded data of a scan ends: at the next marker that isn't a restart or a stuffed byte. */
const endOfScan = (bytes: Uint8Array, from: number): number => {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1]
    if (next === undefined) break
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
  }
  return bytes.length
}

/** The segments of a JPEG file up to its end of image, whatever comes after it (ISO 10918-1, annex B). `undefined`: it isn't one. */
const segmentsOf = (bytes: Uint8Array): Segment[] | undefined => {
  const view = viewOf(bytes)
  const segments: Segment[] = []
  let at = 2
  while (at < bytes.length) {
    // Any number of fill bytes may come before a marker.
    const start = at
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++
    const marker = bytes[at + 1]
    if (bytes[at] !== 0xff || marker === undefined) return undefined
    if (marker === endOfImage) return segments
    if (start + 4 > bytes.length || at + 4 > bytes.length) return undefined
    const length = view.getUint16(at + 2)
    if (length < 2 || at + 2 + length > bytes.length) return undefined
    const header = at + 2 + length
    const end = marker === startOfScan ? endOfScan(bytes, header) : header
    segments.push({ marker, body: bytes.subarray(at + 4, header), whole: bytes.subarray(at, end) })
    at = end
  }
  // A file that was cut in a scan is shown as far as it goes.
  return segments.some(({ marker }) => marker === startOfScan) ? segments : undefined
}

const isExif = ({ marker, body }: Segment) => marker === 0xe1 && lettersAt(body, 0, 6) === "Exif\0\0"

/** What the picture needs to look as it does: how its pixels and colours are written. Never a preview, which has metadata of its own. */
const isNeeded = ({ marker, body }: Segment): boolean => {
  if (isCoding(marker)) return true
  if (marker === 0xe2) return lettersAt(body, 0, 12) === "ICC_PROFILE\0"
  return marker === 0xee && lettersAt(body, 0, 5) === "Adobe"
}

const segment = (marker: number, body: Uint8Array): Uint8Array =>
  joined([Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff), body])

/** How large a pixel is, without the small picture that JFIF may hold beside it. */
const densityIn = (segments: readonly Segment[]): Uint8Array[] => {
  const jfif = segments.find(({ marker, body }) => marker === 0xe0 && lettersAt(body, 0, 5) === "JFIF\0")
  if (jfif === undefined || jfif.body.length < 14) return []
  return [segment(0xe0, joined([jfif.body.subarray(0, 12), Uint8Array.of(0, 0)]))]
}

export const readJpeg = (bytes: Uint8Array): Picture | undefined => {
  const segments = segmentsOf(bytes)
  const frame = segments?.find(({ marker }) => isFrame(marker))
  if (segments === undefined || frame === undefined || frame.body.length < 6) return undefined
  const exif = segments.find(isExif)
  const orientation = exif === undefined ? 1 : orientationIn(exif.body.subarray(6))
  const view = viewOf(frame.body)
  return {
    width: view.getUint16(3),
    height: view.getUint16(1),
    orientation,
    clean: () =>
      joined([
        bytesOf("\xff\xd8"),
        ...densityIn(segments),
        ...(orientation === 1 ? [] : [segment(0xe1, joined([bytesOf("Exif\0\0"), exifOf(orientation)]))]),
        ...segments.filter(isNeeded).map(({ whole }) => whole),
        bytesOf("\xff\xd9"),
      ]),
  }
}
