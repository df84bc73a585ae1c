import { type FileHandle, open, stat } from "node:fs/promises"
import type { Source } from "../../sdk/transfer/source.ts"

/**
 * A file as a source of the SDK; its first `size` bytes, all where that isn't given. What is read goes straight into the reader's memory: `openAsBlob` costs several
 * times the CPU.
 */
export const fileSource = async (path: string, size?: number): Promise<Source> => ({
  size: size ?? (await stat(path)).size,
  stream: () => {
    let file: FileHandle | undefined
    let left = size ?? Number.POSITIVE_INFINITY
    return new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: 1024 * 1024,
      start: async () => {
        file = await open(path)
      },
      pull: async (controller) => {
        const { byobRequest } = controller
        const view = byobRequest?.view
        if (byobRequest == null || view == null || file === undefined)
          throw new Error("there is always a place to read to")
        const into = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
        const { bytesRead } = await file.read(into, 0, Math.min(into.length, left)).catch(async (error: unknown) => {
          await file?.close()
          throw error
        })
        left -= bytesRead
        if (bytesRead === 0) {
          await file.close()
          controller.close()
        }
        byobRequest.respond(bytesRead)
      },
      cancel: () => file?.close(),
    })
  },
})
