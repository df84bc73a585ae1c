import { lettersAt, viewOf } from "./bytes.ts"

interface Size {
  readonly width: number
  readonly height: number
}

/** Bytes that the description of a HEIC or AVIF picture is looked for in. */
const looked = 1024 * 1024

/** Of HEIC and AVIF: the largest of the sizes that its items declare (ISO 23008-12, 6.5.3); a picture of tiles declares them too. */
const ofHeif = (bytes: Uint8Array): Size | undefined => {
  const head = bytes.subarray(0, looked)
  const view = viewOf(head)
  let largest: Size | undefined
  for (let at = head.indexOf(0x69); at >= 0 && at + 16 <= head.length; at = head.indexOf(0x69, at + 1)) {
    if (lettersAt(head, at, 4) !== "ispe") continue
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) }
    if (largest === undefined || size.width * size.height > largest.width * largest.height) largest = size
  }
  return largest
}

/** Of a TIFF of one page whose directory is read (TIFF 6.0, 2 and 8); of several pages a browser would draw the first alone. */
const ofTiff = (bytes: Uint8Array): Size | undefined => {
  const view = viewOf(bytes)
  const little = bytes[0] === 0x49
  const number = (at: number, length: 2 | 4) => (length === 2 ? view.getUint16(at, little) : view.getUint32(at, little))
  if (bytes.length < 8) return undefined
  const directory = number(4, 4)
  if (directory + 2 > bytes.length) return undefined
  const next = directory + 2 + 12 * number(directory, 2)
  if (next + 4 > bytes.length || number(next, 4) !== 0) return undefined
  const valueOf = (tag: number): number | undefined => {
    for (let at = directory + 2; at < next; at += 12)
      // A number of two bytes, or of four.
      if (number(at, 2) === tag) return number(at + 2, 2) === 3 ? number(at + 8, 2) : number(at + 8, 4)
    return undefined
  }
  const [width, height] = [valueOf(256), valueOf(257)]
  return width === undefined || height === undefined ? undefined : { width, height }
}

const readers: Readonly<Record<string, (bytes: Uint8Array) => Size | undefined>> = {
  "image/heic": ofHeif,
  "image/avif": ofHeif,
  "image/tiff": ofTiff,
}

/** Pixels that a picture says it has, of those kinds that aren't taken apart. Never throws. */
export const declaredSize = (bytes: Uint8Array, contentType: string): Size | undefined => readers[contentType]?.(bytes)
