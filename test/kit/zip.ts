import { crc32, deflateRawSync, inflateRawSync } from "node:zlib"

type Bytes = Uint8Array<ArrayBuffer>

const u16 = (n: number) => [n & 0xff, (n >> 8) & 0xff]
const u32 = (n: number) => [...u16(n & 0xffff), ...u16(n >>> 16)]

/** Changes what an archive says of one of its files, as another program, or an attacker, would write it. */
export interface ZipChange {
  readonly flags?: number
  readonly method?: number
  readonly size?: number
  readonly crc?: number
  readonly offset?: number
  readonly name?: Uint8Array
}

/** A ZIP archive, each file deflated where that makes it smaller; short ones, as an open document's first, aren't (PKWARE's APPNOTE 4.3). */
export const zipOf = (
  files: Readonly<Record<string, Uint8Array>>,
  changes: Readonly<Record<string, ZipChange>> = {},
): Bytes => {
  const parts: Uint8Array[] = []
  const directory: number[] = []
  let length = 0
  const add = (part: Uint8Array) => {
    parts.push(part)
    length += part.length
  }
  for (const [path, bytes] of Object.entries(files)) {
    const change = changes[path] ?? {}
    const deflated = deflateRawSync(bytes)
    const packed = bytes.length > 100 && deflated.length < bytes.length ? deflated : bytes
    const name = change.name ?? new TextEncoder().encode(path)
    const common = [
      ...u16(20),
      ...u16(change.flags ?? 0x0800),
      ...u16(change.method ?? (packed === bytes ? 0 : 8)),
      ...u32(0),
      ...u32(change.crc ?? crc32(bytes)),
      ...u32(packed.length),
      ...u32(change.size ?? bytes.length),
      ...u16(name.length),
      ...u16(0),
    ]
    directory.push(0x50, 0x4b, 1, 2, ...u16(20), ...common, ...Array<number>(10).fill(0))
    directory.push(...u32(change.offset ?? length), ...name)
    add(Uint8Array.from([0x50, 0x4b, 3, 4, ...common, ...name]))
    add(packed)
  }
  const count = Object.keys(files).length
  const end = [
    0x50,
    0x4b,
    5,
    6,
    ...u32(0),
    ...u16(count),
    ...u16(count),
    ...u32(directory.length),
    ...u32(length),
    0,
    0,
  ]
  return Uint8Array.from(Buffer.concat([...parts, Uint8Array.from([...directory, ...end])]))
}

/** The files of an archive that `zipOf` wrote. */
export const filesIn = (archive: Uint8Array): Record<string, Uint8Array> => {
  const bytes = Buffer.from(archive)
  const files: Record<string, Uint8Array> = {}
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
    const [packed, nameLength] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26)]
    const start = at + 30 + nameLength
    const content = bytes.subarray(start, start + packed)
    files[bytes.toString("utf8", at + 30, start)] = bytes.readUInt16LE(at + 8) === 8 ? inflateRawSync(content) : content
    at = start + packed
  }
  return files
}
