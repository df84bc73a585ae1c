import { type Bytes, concat } from "../../../protocol/crypto/bytes.ts"

/** The bytes as a stream, in chunks of `size`; made one by one as they are asked for. */
export function inChunks(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let position = 0
  return new ReadableStream({
    pull(controller) {
      if (position >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(position, position + size))
      position += size
    },
  })
}

export async function collect(stream: ReadableStream<Uint8Array>): Promise<Bytes> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return concat(...chunks)
}
