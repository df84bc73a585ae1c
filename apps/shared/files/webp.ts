import { joined } from "../../../protocol/crypto/bytes.ts"
import { bytesOf, lettersAt, viewOf } from "./bytes.ts"
import { exifOf, orientationIn } from "./orientation.ts"
import type { Picture } from "./picture.ts"

/** Chunks that say how pixels, colours and frames are written (RFC 9649, 2.7). */
const needed: ReadonlySet<string> = new Set(["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"])
const [exifFlag, xmpFlag] = [0x08, 0x04]

interface Chunk {
  readonly type: string
  readonly body: Uint8Array
}

const chunksIn = (bytes: Uint8Array, from: number): Chunk[] | undefined => {
  const view = viewOf(bytes)
  const chunks: Chunk[] = []
  let at = from
  while (at + 8 <= bytes.length) {
    const end = at + 8 + view.getUint32(at + 4, true)
    if (end > bytes.length) return undefined
    chunks.push({ type: lettersAt(bytes, at, 4), body: bytes.subarray(at + 8, end) })
    at = end + ((end - at) % 2)
  }
  return chunks
}

const chunk = ({ type, body }: Chunk): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(8 + body.length + (body.length % 2))
  whole.set(bytesOf(type))
  viewOf(whole).setUint32(4, body.length, true)
  whole.set(body, 8)
  return whole
}

/** A frame has chunks of its own after sixteen bytes. */
const frameLength = 16
const cleaned = (all: Chunk, orientation: number): Chunk => {
  const { type, body } = all
  if (type === "VP8X") {
    const changed = Uint8Array.from(body)
    changed[0] = ((changed[0] ?? 0) & ~(exifFlag | xmpFlag)) | (orientation === 1 ? 0 : exifFlag)
    return { type, body: changed }
  }
  if (type !== "ANMF") return all
  const inside = (chunksIn(body, frameLength) ?? []).filter((each) => needed.has(each.type)).map(chunk)
  return { type, body: joined([body.subarray(0, frameLength), ...inside]) }
}

const threeBytes = (body: Uint8Array, at: number) =>
  (body[at] ?? 0) | ((body[at + 1] ?? 0) << 8) | ((body[at + 2] ?? 0) << 16)

/** Width and height: of the canvas where there is one, else of the one picture, lossy (RFC 6386, 9.1) or lossless (RFC 9649, 3.4). */
const sizeOf = ({ type, body }: Chunk): { width: number; height: number } | undefined => {
  if (body.length < 10 && !(type === "VP8L" && body.length >= 5)) return undefined
  const view = viewOf(body)
  if (type === "VP8X") return { width: threeBytes(body, 4) + 1, height: threeBytes(body, 7) + 1 }
  if (type === "VP8 ") return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff }
  if (type !== "VP8L") return undefined
  const bits = view.getUint32(1, true)
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
}

export const readWebp = (bytes: Uint8Array): Picture | undefined => {
  if (bytes.length < 12) return undefined
  const end = 8 + viewOf(bytes).getUint32(4, true)
  const chunks = chunksIn(bytes.subarray(0, end), 12)
  const [first] = chunks ?? []
  const size = first === undefined ? undefined : sizeOf(first)
  if (chunks === undefined || size === undefined) return undefined
  const exif = chunks.find(({ type }) => type === "EXIF")?.body
  // Some writers put JPEG's prefix before it.
  const structure = exif !== undefined && lettersAt(exif, 0, 6) === "Exif\0\0" ? exif.subarray(6) : exif
  const orientation = structure === undefined ? 1 : orientationIn(structure)
  return {
    ...size,
    orientation,
    clean: () => {
      const kept = chunks.filter(({ type }) => needed.has(type)).map((each) => cleaned(each, orientation))
      const turn = orientation === 1 ? [] : [{ type: "EXIF", body: exifOf(orientation) }]
      return chunk({
        type: "RIFF",
        body: joined([bytesOf("WEBP"), ...[...kept, ...turn].map(chunk)]),
      })
    },
  }
}
