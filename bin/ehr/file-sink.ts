import { type FileHandle, open } from "node:fs/promises"

/** A file that a stream of bytes is written to from `position` on; whatever stood behind is gone. Flushed before it is closed. */
export const fileSink = async (file: string, position: number): Promise<{ handle: FileHandle; sink: WritableStream<Uint8Array> }> => {
  const handle = await open(file, position === 0 ? "w" : "r+", 0o600)
  await handle.truncate(position)
  let at = position
  const write = async (chunk: Uint8Array): Promise<void> => {
    for (let written = 0; written < chunk.length; ) {
      const { bytesWritten } = await handle.write(chunk, written, chunk.length - written, at)
      written += bytesWritten
      at += bytesWritten
    }
  }
  const end = async () => {
    await handle.sync()
    await handle.close()
  }
  return { handle, sink: new WritableStream({ write, close: end, abort: () => handle.close() }) }
}
