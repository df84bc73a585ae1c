import type { Bytes } from "../../../protocol/crypto/bytes.ts"
import type { Source } from "../../../sdk/transfer/source.ts"

/** The same bytes each time, quickly: a document of any size. */
export const documentOf = (size: number, seed = 1): Bytes => {
  const bytes = new Uint8Array(size)
  const words = new Uint32Array(bytes.buffer, 0, size >> 2)
  let state = seed >>> 0 || 1
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[i] = state
  }
  for (let i = words.length * 4; i < size; i++) bytes[i] = (i * 31 + seed) & 255
  return bytes
}

/** A document as a stream of type `bytes`, which reads into its reader's memory, at most so many bytes at a time. */
export const inDrops = (bytes: Bytes, most: number): Source => ({
  size: bytes.length,
  stream: () => {
    let position = 0
    return new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: 1024,
      pull(controller) {
        const view = controller.byobRequest!.view!
        const drop = bytes.subarray(position, position + Math.min(most, view.byteLength))
        new Uint8Array(view.buffer, view.byteOffset).set(drop)
        position += drop.length
        if (drop.length === 0) controller.close()
        controller.byobRequest!.respond(drop.length)
      },
    })
  },
})
