import { Decoder } from "@cornerstonejs/jpeg-lossless-decoder-js"
import { jpegFrame } from "./jpeg.ts"
import type { Pixels } from "./pixels.ts"

/** Lossless, with Huffman codes (ITU-T T.81, annex H). */
const lossless = 0xc3

/**
 * Decodes a frame of JPEG Lossless (processes 14 and 14 with selection value 1) into numbers, pixel by pixel. `undefined` where it is another process, isn't
 * the picture that the file says it is, or is cut off.
 */
export const decodeLossless = (
  bytes: Uint8Array,
  { rows, columns, samples, bitsAllocated }: Pixels,
): Uint8Array | Uint16Array | undefined => {
  const frame = jpegFrame(bytes)
  if (frame === undefined || frame.process !== lossless) return undefined
  if (frame.rows !== rows || frame.columns !== columns || frame.samples !== samples) return undefined
  if (frame.precision < 2 || frame.precision > bitsAllocated) return undefined
  // The library gives other numbers than were written: of colours, and of an average that it doesn't round before differences wrap.
  if (samples === 3 && frame.precision > 8) return undefined
  if (frame.selection === 7 && frame.precision === 16) return undefined
  try {
    const own = Uint8Array.from(bytes)
    const decoded = new Decoder().decode(own.buffer, 0, own.length, frame.precision <= 8 ? 1 : 2)
    return decoded.length === rows * columns * samples ? decoded : undefined
  } catch {
    return undefined
  }
}
