import { type FileHandle, open, rename } from "node:fs/promises"

/** Bytes of a stream, at their place in a file. */
const writeAt = async (handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> => {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.length - written, position + written)
    written += bytesWritten
  }
}

/** The file beside `output` that takes its name once all of it is there. */
export const partialOf = (output: string): string => `${output}.part`

/**
 * Writes a stream into a file, from `position` on; it stands beside `output`, and takes its name when the stream has ended well. `flush` has what was
 * written so far on the disk. Only the file's owner may read it.
 */
export const saveStream = async (
  stream: ReadableStream<Uint8Array> | ((flush: () => Promise<void>) => Promise<ReadableStream<Uint8Array>>),
  output: string,
  position = 0,
): Promise<void> => {
  const partial = partialOf(output)
  const handle = await open(partial, position === 0 ? "w" : "r+", 0o600)
  try {
    await handle.truncate(position)
    let at = position
    const source = typeof stream === "function" ? await stream(() => handle.sync()) : stream
    for await (const chunk of source) {
      await writeAt(handle, chunk, at)
      at += chunk.length
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(partial, output)
}
