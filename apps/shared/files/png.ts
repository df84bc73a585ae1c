import { joined } from "../../../protocol/crypto/bytes.ts"
import { bytesOf, lettersAt, viewOf } from "./bytes.ts"
import { crc32 } from "./crc32.ts"
import { exifOf, orientationIn } from "./orientation.ts"
import type { Picture } from "./picture.ts"

/** Chunks that say how pixels and colours are written, and in which order frames are shown (W3C PNG, third edition, 11). */
const needed: ReadonlySet<string> = new Set(
  "IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split(" "),
)
const signatureLength = 8

interface Chunk {
  readonly type: string
  readonly body: Uint8Array
  readonly whole: Uint8Array
}

/** The chunks of a PNG file up to its end, whatever comes after it. */
const chunksOf = (bytes: Uint8Array): Chunk[] | undefined => {
  const view = viewOf(bytes)
  const chunks: Chunk[] = []
  let at = signatureLength
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at)
    if (end > bytes.length) return undefined
    const type = lettersAt(bytes, at + 4, 4)
    chunks.push({ type, body: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) })
    if (type === "IEND") return chunks
    at = end
  }
  return undefined
}

export const pngChunk = (type: string, body: Uint8Array): Uint8Array<ArrayBuffer> => {
  const whole = joined([new Uint8Array(4), bytesOf(type), body, new Uint8Array(4)])
  viewOf(whole).setUint32(0, body.length)
  viewOf(whole).setUint32(whole.length - 4, crc32(whole.subarray(4, whole.length - 4)))
  return whole
}

export const readPng = (bytes: Uint8Array): Picture | undefined => {
  const chunks = chunksOf(bytes)
  const [header] = chunks ?? []
  if (chunks === undefined || header?.type !== "IHDR" || header.body.length !== 13) return undefined
  const exif = chunks.find(({ type }) => type === "eXIf")
  const orientation = exif === undefined ? 1 : orientationIn(exif.body)
  return {
    width: viewOf(header.body).getUint32(0),
    height: viewOf(header.body).getUint32(4),
    orientation,
    clean: () =>
      joined([
        bytes.subarray(0, signatureLength),
        header.whole,
        ...(orientation === 1 ? [] : [pngChunk("eXIf", exifOf(orientation))]),
        ...chunks.filter(({ type }, i) => i > 0 && needed.has(type)).map(({ whole }) => whole),
      ]),
  }
}
