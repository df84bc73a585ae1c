import { type Bytes, joined } from "./bytes.ts"

const through = async (bytes: Bytes, stream: CompressionStream | DecompressionStream, most: number): Promise<Bytes> => {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader()
  const parts: Uint8Array[] = []
  let length = 0
  // By a reader: not every browser can loop over a stream.
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length
    if (length > most) {
      await reader.cancel().catch(() => undefined)
      throw new RangeError(`more than ${most} bytes`)
    }
    parts.push(read.value)
  }
  return joined(parts)
}

/** The bytes as DEFLATE has them (RFC 1951), without a header. `RangeError` where these are more than `most`. */
export const deflated = (bytes: Bytes, most: number): Promise<Bytes> =>
  through(bytes, new CompressionStream("deflate-raw"), most)

/** What was deflated. Rejects where the bytes are damaged, and with `RangeError`, before more is inflated, where they come to more than `most`. */
export const inflated = (bytes: Bytes, most: number): Promise<Bytes> =>
  through(bytes, new DecompressionStream("deflate-raw"), most)
