/** ZIP archives (PKWARE's APPNOTE 6.3), read where they lie: only what is asked for comes into memory. */

import { viewOf } from "./bytes.ts"
import { crc32 } from "./crc32.ts"
import { zipName } from "./zip-names.ts"

type Bytes = Uint8Array<ArrayBuffer>

export interface ZipEntry {
  /** As it stands in the archive; never a place to write to. */
  readonly path: string
  /** Bytes, once it is unpacked. */
  readonly size: number
  readonly packedSize: number
  readonly encrypted: boolean
  readonly method: number
  readonly crc: number
  /** Where its local header is. */
  readonly offset: number
}

export type ZipFailureCode =
  | "not-zip"
  | "damaged"
  /** More entries, or a longer directory, than anybody's documents have. */
  | "too-many"
  | "encrypted"
  /** Packed by a method other than the usual. */
  | "unsupported"
  /** Larger than was asked for, or packed so well that it is made to fill memory. */
  | "too-large"

export class ZipFailure extends Error {
  override readonly name = "ZipFailure"
  readonly code: ZipFailureCode
  constructor(code: ZipFailureCode, options?: ErrorOptions) {
    super(code, options)
    this.code = code
  }
}

const mostEntries = 20_000
const longestDirectory = 32 * 1024 * 1024
/** What is small is no danger, however well it is packed. */
const small = 1024 * 1024
/** Deflate packs 1,032 to 1 at most; people's files, text with many spaces among them, stay far below this. */
const highestRatio = 250
const endLength = 22
const longestComment = 0xffff
const [stored, deflated] = [0, 8]

const bytesAt = async (file: Blob, from: number, length: number): Promise<Bytes> => {
  const bytes = new Uint8Array(await file.slice(from, from + length).arrayBuffer())
  if (bytes.length !== length) throw new ZipFailure("damaged")
  return bytes
}

/** A number of eight bytes; more than 2^53 is more than any file has. */
const long = (view: DataView, at: number): number => {
  const number = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)
  if (!Number.isSafeInteger(number)) throw new ZipFailure("damaged")
  return number
}

interface Directory {
  readonly entries: number
  readonly length: number
  readonly offset: number
}

/** Where the directory is, by the record at the end, and by its longer form where numbers don't fit. */
const directoryOf = async (file: Blob): Promise<Directory> => {
  const length = Math.min(file.size, endLength + longestComment)
  const start = file.size - length
  const tail = await bytesAt(file, start, length)
  const view = viewOf(tail)
  let at = length - endLength
  while (at >= 0 && view.getUint32(at, true) !== 0x06054b50) at--
  if (at < 0) throw new ZipFailure("not-zip")
  const short = {
    entries: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  }
  const isLong = short.entries === 0xffff || short.length === 0xffffffff || short.offset === 0xffffffff
  if (!isLong || at < 20 || view.getUint32(at - 20, true) !== 0x07064b50) return short
  const record = viewOf(await bytesAt(file, long(view, at - 12), 56))
  if (record.getUint32(0, true) !== 0x06064b50) throw new ZipFailure("damaged")
  return { entries: long(record, 32), length: long(record, 40), offset: long(record, 48) }
}

/** The extra fields after an entry's name, by their number. */
const extraFields = (extra: Uint8Array): ReadonlyMap<number, Uint8Array> => {
  const view = viewOf(extra)
  const fields = new Map<number, Uint8Array>()
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + view.getUint16(at + 2, true)
    if (end > extra.length) break
    fields.set(view.getUint16(at, true), extra.subarray(at + 4, end))
    at = end
  }
  return fields
}

/** Sizes and place, from the longer field for those that are too large for the usual one. */
const longForms = (extra: Uint8Array | undefined, short: readonly number[]): number[] => {
  let at = 0
  return short.map((number) => {
    if (number !== 0xffffffff) return number
    if (extra === undefined || at + 8 > extra.length) throw new ZipFailure("damaged")
    at += 8
    return long(viewOf(extra), at - 8)
  })
}

const entryAt = (directory: Uint8Array, at: number): { entry: ZipEntry; end: number } => {
  const view = viewOf(directory)
  if (at + 46 > directory.length || view.getUint32(at, true) !== 0x02014b50) throw new ZipFailure("damaged")
  const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true))
  const nameEnd = at + 46 + (name ?? 0)
  const extraEnd = nameEnd + (extra ?? 0)
  const end = extraEnd + (comment ?? 0)
  if (end > directory.length) throw new ZipFailure("damaged")
  const fields = extraFields(directory.subarray(nameEnd, extraEnd))
  const shorts = [24, 20, 42].map((field) => view.getUint32(at + field, true))
  const [size = 0, packedSize = 0, offset = 0] = longForms(fields.get(0x0001), shorts)
  const flags = view.getUint16(at + 8, true)
  return {
    entry: {
      path: zipName(directory.subarray(at + 46, nameEnd)),
      size,
      packedSize,
      encrypted: (flags & 1) !== 0,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      offset,
    },
    end,
  }
}

/** That no byte of the archive is unpacked twice, by which small archives are made to hold much. */
const requireApart = (entries: readonly ZipEntry[], directory: Directory): void => {
  const inOrder = entries.toSorted((a, b) => a.offset - b.offset)
  for (const [i, { offset, packedSize }] of inOrder.entries()) {
    const next = inOrder[i + 1]?.offset ?? directory.offset
    if (offset + 30 + packedSize > next) throw new ZipFailure("damaged")
  }
}

/** The files in an archive, folders left out. Throws `ZipFailure`: `not-zip`, `damaged`, `too-many`. */
export const readZip = async (file: Blob): Promise<ZipEntry[]> => {
  if (file.size < endLength) throw new ZipFailure("not-zip")
  const directory = await directoryOf(file)
  const { entries: count, length, offset } = directory
  if (count > mostEntries || length > longestDirectory) throw new ZipFailure("too-many")
  if (offset + length > file.size) throw new ZipFailure("damaged")
  const bytes = await bytesAt(file, offset, length)
  const entries: ZipEntry[] = []
  for (let i = 0, at = 0; i < count; i++) {
    const { entry, end } = entryAt(bytes, at)
    entries.push(entry)
    at = end
  }
  requireApart(entries, directory)
  return entries.filter(({ path }) => !/[/\\]$/.test(path))
}

/** Counts and checks what is unpacked; the last piece is given on only when all of it is right. */
const checked = ({ size, crc }: ZipEntry): TransformStream<Uint8Array, Uint8Array> => {
  let [length, sum] = [0, 0]
  return new TransformStream({
    transform: (piece, controller) => {
      length += piece.length
      sum = crc32(piece, sum)
      if (length > size) throw new ZipFailure("damaged")
      controller.enqueue(piece)
    },
    flush: () => {
      if (length !== size || sum !== crc) throw new ZipFailure("damaged")
    },
  })
}

/**
 * A file of the archive, piece by piece; whether all of it is right is known when the stream has ended without an error. `most`: bytes that the reader
 * bears. Throws `ZipFailure`: `encrypted`, `unsupported`, `too-large`, `damaged`.
 */
export const streamEntry = async (file: Blob, entry: ZipEntry, most: number): Promise<ReadableStream<Uint8Array>> => {
  const { size, packedSize, encrypted, method, offset } = entry
  if (encrypted) throw new ZipFailure("encrypted")
  if (method !== stored && method !== deflated) throw new ZipFailure("unsupported")
  if (size > most || (size > small && size > packedSize * highestRatio)) throw new ZipFailure("too-large")
  const header = viewOf(await bytesAt(file, offset, 30))
  if (header.getUint32(0, true) !== 0x04034b50) throw new ZipFailure("damaged")
  const start = offset + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  if (start + packedSize > file.size) throw new ZipFailure("damaged")
  const packed = file.slice(start, start + packedSize).stream()
  const plain = method === stored ? packed : packed.pipeThrough(new DecompressionStream("deflate-raw"))
  return plain.pipeThrough(checked(entry))
}

/** A file of the archive, in memory. Throws as `streamEntry` does. */
export const unpackEntry = async (file: Blob, entry: ZipEntry, most: number): Promise<Bytes> => {
  const stream = await streamEntry(file, entry, most)
  const all = new Uint8Array(entry.size)
  let at = 0
  try {
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read()
      if (done) return all
      all.set(value, at)
      at += value.length
    }
  } catch (cause) {
    if (cause instanceof ZipFailure) throw cause
    throw new ZipFailure("damaged", { cause })
  }
}
