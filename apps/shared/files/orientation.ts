import { bytesOf, viewOf } from "./bytes.ts"

const tag = 0x0112

/**
 * How a picture has to be turned, 1 (not at all) to 8, by the TIFF structure that EXIF is (CIPA DC-008, 4.6.5.1). 1 where that says nothing that
 * can be read.
 */
export const orientationIn = (exif: Uint8Array): number => {
  const view = viewOf(exif)
  if (exif.length < 14) return 1
  const little = exif[0] === 0x49
  const first = view.getUint32(4, little)
  if (first + 2 > exif.length) return 1
  const entries = view.getUint16(first, little)
  for (let i = 0; i < entries; i++) {
    const at = first + 2 + 12 * i
    if (at + 12 > exif.length) return 1
    if (view.getUint16(at, little) !== tag) continue
    const turn = view.getUint16(at + 8, little)
    return turn >= 1 && turn <= 8 ? turn : 1
  }
  return 1
}

/** An EXIF structure that says how a picture has to be turned, and nothing else. */
export const exifOf = (orientation: number): Uint8Array<ArrayBuffer> =>
  bytesOf(`MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0${String.fromCharCode(orientation)}\0\0\0\0\0\0`)
