import { joined } from "../../../protocol/crypto/bytes.ts"
import { lettersAt, viewOf } from "./bytes.ts"
import type { Picture } from "./picture.ts"

/** A table of colours' length, bytes, by the flags before it. */
const tableLength = (flags: number) => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1))

/** Where a chain of blocks ends, each after its length, the last of none. */
const endOfBlocks = (bytes: Uint8Array, from: number): number | undefined => {
  let at = from
  for (let length = bytes[at]; length !== undefined; length = bytes[at]) {
    at += length + 1
    if (length === 0) return at
  }
  return undefined
}

const [extension, image, trailer] = [0x21, 0x2c, 0x3b]
const [graphicControl, application] = [0xf9, 0xff]

/** Where the part at `at` ends, and whether the picture needs it: comments and what programs wrote for themselves, it doesn't. */
const partAt = (bytes: Uint8Array, at: number): { end: number; needed: boolean } | undefined => {
  if (bytes[at] === image) {
    const end = endOfBlocks(bytes, at + 11 + tableLength(bytes[at + 9] ?? 0))
    return end === undefined ? undefined : { end, needed: true }
  }
  const end = bytes[at] === extension ? endOfBlocks(bytes, at + 2) : undefined
  if (end === undefined) return undefined
  const isLoop = bytes[at + 1] === application && ["NETSCAPE2.0", "ANIMEXTS1.0"].includes(lettersAt(bytes, at + 3, 11))
  return { end, needed: bytes[at + 1] === graphicControl || isLoop }
}

/** GIF89a, W3C. */
export const readGif = (bytes: Uint8Array): Picture | undefined => {
  if (bytes.length < 13) return undefined
  const header = 13 + tableLength(bytes[10] ?? 0)
  const kept = [bytes.subarray(0, header)]
  let at = header
  while (bytes[at] !== trailer) {
    const part = partAt(bytes, at)
    if (part === undefined || part.end > bytes.length) return undefined
    if (part.needed) kept.push(bytes.subarray(at, part.end))
    at = part.end
  }
  const view = viewOf(bytes)
  return {
    width: view.getUint16(6, true),
    height: view.getUint16(8, true),
    orientation: 1,
    clean: () => joined([...kept, Uint8Array.of(trailer)]),
  }
}
