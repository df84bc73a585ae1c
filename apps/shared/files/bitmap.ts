import { viewOf } from "./bytes.ts"
import type { Picture } from "./picture.ts"

/** Lengths of the headers that have no room for a profile, which may name a file of whoever wrote the picture. */
const plainHeaders: ReadonlySet<number> = new Set([12, 40, 52, 56, 64])

/** A Windows bitmap, by its file's and its picture's header: pixels, and nothing else. A height below zero means that the first row is the upper. */
export const readBitmap = (bytes: Uint8Array): Picture | undefined => {
  if (bytes.length < 26) return undefined
  const view = viewOf(bytes)
  const header = view.getUint32(14, true)
  if (!plainHeaders.has(header)) return undefined
  const end = view.getUint32(2, true)
  return {
    // OS/2's first header has shorter fields.
    width: header === 12 ? view.getUint16(18, true) : Math.abs(view.getInt32(18, true)),
    height: header === 12 ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true)),
    orientation: 1,
    clean: () => Uint8Array.from(bytes.subarray(0, Math.max(end, 26))),
  }
}
