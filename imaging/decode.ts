import { jpegOf } from "./jpeg.ts"
import { decodeLossless } from "./jpeg-lossless.ts"
import { lookedUp, type Palette } from "./lookup-table.ts"
import type { Pixels } from "./pixels.ts"
import { decodeRle } from "./rle.ts"
import type { Study } from "./study.ts"

/** One number a pixel, as it is stored. */
export type Stored = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array

/** A frame ready to be drawn: grey values as stored, or colours. */
export type Frame =
  | { readonly kind: "grey"; readonly stored: Stored }
  | { readonly kind: "colour"; readonly rgba: Uint8ClampedArray<ArrayBuffer> }

/** Decodes a JPEG of 8 bits to red, green, blue and opacity, by the size that the file says; `undefined` where it can't, or the picture has another. */
export type PictureDecoder = (
  jpeg: Uint8Array<ArrayBuffer>,
  size: { readonly rows: number; readonly columns: number },
) => Promise<Uint8ClampedArray<ArrayBuffer> | undefined>

const numbersOf = (bytes: Uint8Array, { bitsAllocated, floating, littleEndian }: Pixels, count: number): Stored => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bitsAllocated === 1) return Uint8Array.from({ length: count }, (_, i) => ((bytes[i >> 3] ?? 0) >> (i & 7)) & 1)
  if (bitsAllocated === 8) return bytes.subarray(0, count)
  if (bitsAllocated === 16) return Uint16Array.from({ length: count }, (_, i) => view.getUint16(2 * i, littleEndian))
  if (bitsAllocated === 64) return Float64Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, littleEndian))
  if (floating) return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, littleEndian))
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(4 * i, littleEndian))
}

/** PS3.3, C.7.6.3.1.2. */
const rgbOfYbr = (rgba: Uint8ClampedArray, at: number, y: number, cb: number, cr: number): void => {
  rgba[at] = y + 1.402 * (cr - 128)
  rgba[at + 1] = y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128)
  rgba[at + 2] = y + 1.772 * (cb - 128)
}

/** Two pixels, side by side, as Y, Y, Cb, Cr (PS3.3, C.7.6.3.1.2). */
const colourOfHalf = (bytes: Uint8Array, count: number): Uint8ClampedArray<ArrayBuffer> => {
  const rgba = new Uint8ClampedArray(count * 4).fill(255)
  for (let i = 0; i < count; i++) {
    const pair = (i >> 1) * 4
    rgbOfYbr(rgba, i * 4, bytes[pair + (i & 1)] ?? 0, bytes[pair + 2] ?? 0, bytes[pair + 3] ?? 0)
  }
  return rgba
}

/** Numbers of more bits are shown by their most significant eight. */
const colour = (stored: Stored, { bitsAllocated, planar, photometric }: Pixels): Uint8ClampedArray<ArrayBuffer> => {
  const count = stored.length / 3
  const rgba = new Uint8ClampedArray(count * 4).fill(255)
  const [step, plane] = planar ? [1, count] : [3, 1]
  const share = 2 ** (bitsAllocated - 8)
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [stored[i * step] ?? 0, stored[i * step + plane] ?? 0, stored[i * step + 2 * plane] ?? 0]
    const at = i * 4
    if (photometric === "RGB") {
      rgba[at] = Math.floor(a / share)
      rgba[at + 1] = Math.floor(b / share)
      rgba[at + 2] = Math.floor(c / share)
    } else rgbOfYbr(rgba, at, a, b, c)
  }
  return rgba
}

/** The bits of a stored number that are the value, and its sign (PS3.5, 8.1.1). */
export const storedValue = (
  stored: number,
  { bitsAllocated, bitsStored, highBit, signed, floating }: Pixels,
): number => {
  if (floating) return stored
  const all = bitsStored === bitsAllocated
  const value = all ? stored : Math.floor(stored / 2 ** (highBit + 1 - bitsStored)) % 2 ** bitsStored
  return signed && value >= 2 ** (bitsStored - 1) ? value - 2 ** bitsStored : value
}

const coloured = (stored: Stored, palette: Palette, pixels: Pixels): Uint8ClampedArray<ArrayBuffer> => {
  const rgba = new Uint8ClampedArray(stored.length * 4).fill(255)
  for (let i = 0; i < stored.length; i++) {
    const value = storedValue(stored[i] ?? 0, pixels)
    for (const [channel, table] of palette.entries())
      rgba[i * 4 + channel] = Math.floor(lookedUp(table, value) / 2 ** Math.max(0, table.bits - 8))
  }
  return rgba
}

/** A browser's picture of a grey frame, as stored values. */
const greyOfPicture = (rgba: Uint8ClampedArray): Uint8Array =>
  Uint8Array.from({ length: rgba.length / 4 }, (_, i) => rgba[i * 4] ?? 0)

const greyOrColour = ({ palette }: Study, stored: Stored, pixels: Pixels): Frame => {
  if (palette !== undefined) return { kind: "colour", rgba: coloured(stored, palette, pixels) }
  return pixels.samples === 1 ? { kind: "grey", stored } : { kind: "colour", rgba: colour(stored, pixels) }
}

const ofPicture = async (study: Study, bytes: Uint8Array, decode: PictureDecoder): Promise<Frame | undefined> => {
  const { pixels } = study
  const colours = pixels.photometric === "RGB" ? "rgb" : "ycbcr"
  const jpeg = jpegOf(bytes, pixels.samples === 1 ? undefined : colours)
  const rgba = jpeg && (await decode(jpeg, pixels))
  if (rgba === undefined) return undefined
  return pixels.samples === 1 ? greyOrColour(study, greyOfPicture(rgba), pixels) : { kind: "colour", rgba }
}

/** What a study's frame holds; `undefined` where it is damaged, or `decode` can't. */
export const decodeFrame = async (study: Study, index: number, decode: PictureDecoder): Promise<Frame | undefined> => {
  const { pixels } = study
  const { kind, bytes } = study.frame(index)
  if (kind === "jpeg") return ofPicture(study, bytes, decode)
  // What these give is pixel by pixel, whatever the file says of planes.
  const laidOut = { ...pixels, planar: false, littleEndian: true }
  if (kind === "jpeg-lossless") {
    const stored = decodeLossless(bytes, pixels)
    return stored && greyOrColour(study, stored, laidOut)
  }
  const { rows, columns, samples, bitsAllocated, photometric } = pixels
  const count = rows * columns
  if (photometric === "YBR_FULL_422") return { kind: "colour", rgba: colourOfHalf(bytes, count) }
  if (kind === "stored") return greyOrColour(study, numbersOf(bytes, pixels, count * samples), pixels)
  const plain = decodeRle(bytes, { pixels: count, samples, bytesPerSample: bitsAllocated / 8 })
  if (plain === undefined) return undefined
  return greyOrColour(study, numbersOf(plain, laidOut, count * samples), laidOut)
}
