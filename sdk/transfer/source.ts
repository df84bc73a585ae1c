import type { Bytes } from "../crypto/bytes.ts"
import { TransferFailure } from "./failure.ts"

/**
 * What can be read in pieces without being held in memory: exactly `size` bytes from `stream()`. A `Blob` or `File` is one, and so in Node a file:
 * `await fs.openAsBlob(path)`. Of a Node stream: `{ size, stream: () => Readable.toWeb(readable) }`. Nothing is read further ahead than what
 * is under way to the cloud.
 */
export interface Source {
  readonly size: number
  stream(): ByteStream
}

/** What is needed of a `ReadableStream` of bytes: the browser's type of it and Node's are not the same. */
export interface ByteStream {
  getReader(): {
    read(): Promise<{ done: false; value: Uint8Array } | { done: true; value?: unknown }>
    cancel(): Promise<void>
  }
}

/** The bytes of a document, wherever they are. */
export type Content = Bytes | Source

export const sizeOf = (content: Content): number => (content instanceof Uint8Array ? content.length : content.size)

/** Reads a document from its beginning, each byte once. */
export interface Reader {
  /** The next `length` bytes, in a buffer that the caller may keep; `source-changed` where there are fewer. */
  read(length: number): Promise<Bytes>
  /** That nothing comes after what was read: `source-changed` where something does. */
  end(): Promise<void>
  /** Gives up; what is being read fails. */
  cancel(): void
}

const readable = async <T>(read: () => Promise<T>): Promise<T> => {
  try {
    return await read()
  } catch (cause) {
    throw new TransferFailure("source-unreadable", { cause })
  }
}

const overBytes = (bytes: Bytes): Reader => {
  let position = 0
  return {
    read: async (length) => {
      const piece = bytes.subarray(position, position + length)
      position += length
      if (piece.length !== length) throw new TransferFailure("source-changed")
      return piece
    },
    end: async () => {
      if (position !== bytes.length) throw new TransferFailure("source-changed")
    },
    cancel: () => undefined,
  }
}

/** A blob is read where it is wanted, in as many bytes as are wanted: no chunks to put together. */
const overBlob = (blob: Blob): Reader => {
  let position = 0
  return {
    read: async (length) => {
      const from = position
      position += length
      const piece = await readable(() => blob.slice(from, from + length).arrayBuffer())
      if (piece.byteLength !== length) throw new TransferFailure("source-changed")
      return new Uint8Array(piece)
    },
    end: async () => {
      if (position !== blob.size) throw new TransferFailure("source-changed")
    },
    cancel: () => undefined,
  }
}

const overStream = (stream: ByteStream): Reader => {
  const reader = stream.getReader()
  let rest: Uint8Array = new Uint8Array(0)
  return {
    read: async (length) => {
      const piece = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        if (rest.length === 0) {
          const { done, value } = await readable(() => reader.read())
          if (done) throw new TransferFailure("source-changed")
          rest = value
        }
        const taken = rest.subarray(0, length - filled)
        piece.set(taken, filled)
        filled += taken.length
        rest = rest.subarray(taken.length)
      }
      return piece
    },
    end: async () => {
      while (rest.length === 0) {
        const { done, value } = await readable(() => reader.read())
        if (done) return
        rest = value
      }
      throw new TransferFailure("source-changed")
    },
    cancel: () => {
      reader.cancel().catch(() => undefined)
    },
  }
}

export const readerOf = (content: Content): Reader => {
  if (content instanceof Uint8Array) return overBytes(content)
  return content instanceof Blob ? overBlob(content) : overStream(content.stream())
}

/** All of a document that is small enough to be held. */
export const wholeOf = async (content: Content): Promise<Bytes> => {
  if (content instanceof Uint8Array) return content
  const reader = readerOf(content)
  const bytes = await reader.read(content.size)
  await reader.end()
  return bytes
}
