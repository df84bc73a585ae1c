import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { TransferFailure } from "./failure.ts"

/**
 * What can be read in pieces without being held in memory: exactly `size` bytes from `stream()`, which is asked for once per upload. A `Blob` or `File` is one.
 * A stream of type `bytes` is read into memory that is used again and again; any other is copied. Of a Node stream:
 * `{ size, stream: () => Readable.toWeb(readable) }`. Nothing is read further ahead than what is under way to the cloud.
 */
export interface Source {
  readonly size: number
  stream(): ByteStream
}

type Chunk<T extends Uint8Array> = { done: false; value: T } | { done: true; value?: unknown }

/** What is needed of a `ReadableStream` of bytes: the browser's type of it and Node's are not the same. */
export interface ByteStream {
  getReader(): { read(): Promise<Chunk<Uint8Array>>; cancel(): Promise<void> }
  getReader(options: { mode: "byob" }): { read(into: Bytes): Promise<Chunk<Bytes>>; cancel(): Promise<void> }
}

/** The bytes of a document, wherever they are. */
export type Content = Bytes | Source

export const sizeOf = (content: Content): number => (content instanceof Uint8Array ? content.length : content.size)

/** Reads a document from its beginning, each byte once. */
export interface Reader {
  /** The next `length` bytes, which the next reading may overwrite; `source-changed` where there are fewer. */
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

/** A blob is read where it is wanted: no chunks to put together. */
const overBlob = (blob: Blob): Reader => {
  let position = 0
  return {
    read: async (length) => {
      const piece = await readable(() => blob.slice(position, position + length).arrayBuffer())
      if (piece.byteLength !== length) throw new TransferFailure("source-changed")
      position += length
      return new Uint8Array(piece)
    },
    end: async () => {
      if (position !== blob.size) throw new TransferFailure("source-changed")
    },
    cancel: () => undefined,
  }
}

/** Reads into a buffer that it is given, and gives it back; no bytes at the end. */
const filling = (stream: ByteStream): { readInto(into: Bytes): Promise<Bytes>; cancel(): Promise<void> } => {
  try {
    const reader = stream.getReader({ mode: "byob" })
    return {
      readInto: async (into) => {
        const { done, value } = await reader.read(into)
        return done ? new Uint8Array(0) : value
      },
      cancel: () => reader.cancel(),
    }
  } catch {
    // Not a stream of type `bytes`: it has chunks of its own.
  }
  const reader = stream.getReader()
  let rest: Uint8Array = new Uint8Array(0)
  return {
    readInto: async (into) => {
      while (rest.length === 0) {
        const { done, value } = await reader.read()
        if (done) return new Uint8Array(0)
        rest = value
      }
      const taken = rest.subarray(0, into.length)
      into.set(taken)
      rest = rest.subarray(taken.length)
      return into.subarray(0, taken.length)
    },
    cancel: () => reader.cancel(),
  }
}

const overStream = (stream: ByteStream): Reader => {
  const source = filling(stream)
  let buffer = new ArrayBuffer(0)
  return {
    read: async (length) => {
      if (buffer.byteLength < length) buffer = new ArrayBuffer(length)
      for (let filled = 0; filled < length; ) {
        const into = new Uint8Array(buffer, filled, length - filled)
        const piece = await readable(() => source.readInto(into))
        if (piece.length === 0) throw new TransferFailure("source-changed")
        buffer = piece.buffer
        filled += piece.length
      }
      return new Uint8Array(buffer, 0, length)
    },
    end: async () => {
      const { length } = await readable(() => source.readInto(new Uint8Array(1)))
      if (length !== 0) throw new TransferFailure("source-changed")
    },
    cancel: () => {
      source.cancel().catch(() => undefined)
    },
  }
}

export const readerOf = (content: Content): Reader => {
  if (content instanceof Uint8Array) return overBytes(content)
  return content instanceof Blob ? overBlob(content) : overStream(content.stream())
}
