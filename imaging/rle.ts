/**
 * Decodes a frame of RLE Lossless (DICOM PS3.5, annex G) into bytes as they would be stored: pixel by pixel, little endian. `undefined` where the
 * frame isn't what its header says.
 */
export const decodeRle = (
  frame: Uint8Array,
  { pixels, samples, bytesPerSample }: { pixels: number; samples: number; bytesPerSample: number },
): Uint8Array | undefined => {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (frame.length < 64) return undefined
  const segments = view.getUint32(0, true)
  if (segments !== samples * bytesPerSample) return undefined
  const decoded = new Uint8Array(pixels * segments)
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint32(4 + 4 * segment, true)
    const end = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : frame.length
    if (start < 64 || end > frame.length || start > end) return undefined
    const plane = decodeSegment(frame.subarray(start, end), pixels)
    if (plane === undefined) return undefined
    // The segments of a sample begin with its most significant byte.
    const sample = Math.floor(segment / bytesPerSample)
    const place = sample * bytesPerSample + (bytesPerSample - 1 - (segment % bytesPerSample))
    for (let pixel = 0; pixel < pixels; pixel++) decoded[pixel * segments + place] = plane[pixel] ?? 0
  }
  return decoded
}

/** PackBits. */
const decodeSegment = (packed: Uint8Array, length: number): Uint8Array | undefined => {
  const plain = new Uint8Array(length)
  let filled = 0
  for (let position = 0; position < packed.length && filled < length; ) {
    const count = packed[position++] ?? 0
    if (count < 128) {
      const literal = packed.subarray(position, position + count + 1)
      plain.set(literal.subarray(0, length - filled), filled)
      filled += literal.length
      position += count + 1
    } else if (count > 128) {
      plain.fill(packed[position++] ?? 0, filled, Math.min(length, filled + 257 - count))
      filled += 257 - count
    }
  }
  return filled >= length ? plain : undefined
}
