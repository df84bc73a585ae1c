import { decodeRle } from "./rle.ts"
import type { Pixels, Study, Window } from "./study.ts"

/** A frame ready to be drawn: grey values as stored, or colours. */
export type Frame =
  | { readonly kind: "grey"; readonly stored: Uint8Array | Uint16Array }
  | { readonly kind: "colour"; readonly rgba: Uint8ClampedArray<ArrayBuffer> }

const grey = (bytes: Uint8Array, { bitsAllocated, littleEndian }: Pixels): Uint8Array | Uint16Array => {
  if (bitsAllocated === 8) return bytes
  const stored = new Uint16Array(bytes.length / 2)
  const [low, high] = littleEndian ? [0, 1] : [1, 0]
  for (let i = 0; i < stored.length; i++) stored[i] = (bytes[2 * i + low] ?? 0) | ((bytes[2 * i + high] ?? 0) << 8)
  return stored
}

const colour = (bytes: Uint8Array, { rows, columns, planar, photometric }: Pixels): Uint8ClampedArray<ArrayBuffer> => {
  const count = rows * columns
  const rgba = new Uint8ClampedArray(count * 4)
  const [step, plane] = planar ? [1, count] : [3, 1]
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [bytes[i * step] ?? 0, bytes[i * step + plane] ?? 0, bytes[i * step + 2 * plane] ?? 0]
    const at = i * 4
    if (photometric === "RGB") {
      rgba[at] = a
      rgba[at + 1] = b
      rgba[at + 2] = c
    } else {
      // PS3.3, C.7.6.3.1.2.
      rgba[at] = a + 1.402 * (c - 128)
      rgba[at + 1] = a - 0.344136 * (b - 128) - 0.714136 * (c - 128)
      rgba[at + 2] = a + 1.772 * (b - 128)
    }
    rgba[at + 3] = 255
  }
  return rgba
}

/** What a study's frame holds, but for one that a browser decodes. `undefined` where it is damaged. */
export const decodeFrame = ({ pixels, frame }: Study, index: number): Frame | undefined => {
  const { kind, bytes } = frame(index)
  if (kind === "jpeg") return undefined
  const { rows, columns, samples, bitsAllocated } = pixels
  const plain =
    kind === "stored" ? bytes : decodeRle(bytes, { pixels: rows * columns, samples, bytesPerSample: bitsAllocated / 8 })
  if (plain === undefined) return undefined
  // What RLE gives is pixel by pixel, whatever the file says of planes.
  const laidOut = kind === "rle" ? { ...pixels, planar: false, littleEndian: true } : pixels
  return samples === 1
    ? { kind: "grey", stored: grey(plain, laidOut) }
    : { kind: "colour", rgba: colour(plain, laidOut) }
}

/** A browser's picture of a grey frame, as stored values. */
export const greyOfPicture = (rgba: Uint8ClampedArray): Uint8Array => {
  const stored = new Uint8Array(rgba.length / 4)
  for (let i = 0; i < stored.length; i++) stored[i] = rgba[i * 4] ?? 0
  return stored
}

/** What a stored value means: its bits taken out, its sign, then slope and intercept, such as Hounsfield units. */
export const modalityValue = (stored: number, pixels: Pixels): number => {
  const { bitsStored, highBit, signed, slope, intercept } = pixels
  const bits = (stored >> (highBit + 1 - bitsStored)) & (2 ** bitsStored - 1)
  const value = signed && bits >= 2 ** (bitsStored - 1) ? bits - 2 ** bitsStored : bits
  return value * slope + intercept
}

/** The window that shows everything of a frame. */
export const fullWindow = (stored: Uint8Array | Uint16Array, pixels: Pixels): Window => {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const seen = new Uint8Array(2 ** pixels.bitsAllocated)
  for (const value of stored) seen[value] = 1
  for (let value = 0; value < seen.length; value++) {
    if (seen[value] === 0) continue
    const meant = modalityValue(value, pixels)
    least = Math.min(least, meant)
    greatest = Math.max(greatest, meant)
  }
  if (least > greatest) return { center: 0, width: 1 }
  return { center: (least + greatest + 1) / 2, width: Math.max(1, greatest - least + 1) }
}

/** PS3.3, C.11.2.1.2.1: from black to white, 0 to 255. */
export const windowed = (value: number, { center, width }: Window): number => {
  if (width <= 1) return value < center ? 0 : 255
  const share = (value - (center - 0.5)) / (width - 1) + 0.5
  return Math.round(Math.min(1, Math.max(0, share)) * 255)
}

/** Draws a frame into `rgba`: a table of all stored values is made once for each window. */
export const draw = (
  frame: Frame,
  pixels: Pixels,
  { window, invert }: { window: Window; invert: boolean },
  rgba: Uint8ClampedArray,
): void => {
  if (frame.kind === "colour") {
    for (let i = 0; i < rgba.length; i++)
      rgba[i] = invert && i % 4 !== 3 ? 255 - (frame.rgba[i] ?? 0) : (frame.rgba[i] ?? 0)
    return
  }
  const inverted = (pixels.photometric === "MONOCHROME1") !== invert
  const table = new Uint8Array(2 ** pixels.bitsAllocated)
  for (let value = 0; value < table.length; value++) {
    const shade = windowed(modalityValue(value, pixels), window)
    table[value] = inverted ? 255 - shade : shade
  }
  const { stored } = frame
  for (let i = 0; i < stored.length; i++) {
    const shade = table[stored[i] ?? 0] ?? 0
    const at = i * 4
    rgba[at] = shade
    rgba[at + 1] = shade
    rgba[at + 2] = shade
    rgba[at + 3] = 255
  }
}
