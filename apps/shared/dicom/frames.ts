import { decodeFrame, type Frame, greyOfPicture } from "./render.ts"
import type { Study } from "./study.ts"

/** A picture's pixels, by the browser's own decoder; `undefined` where it has none for it. */
const pictureOf = async (bytes: Uint8Array, { rows, columns }: Study["pixels"]) => {
  try {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(bytes)], { type: "image/jpeg" }))
    try {
      if (bitmap.width !== columns || bitmap.height !== rows) return undefined
      const context = new OffscreenCanvas(columns, rows).getContext("2d")
      if (context === null) return undefined
      context.drawImage(bitmap, 0, 0)
      return context.getImageData(0, 0, columns, rows).data
    } finally {
      bitmap.close()
    }
  } catch {
    return undefined
  }
}

/** A frame of a study, by whatever decodes it; `undefined` where nothing here does. */
export const frameOf = async (study: Study, index: number): Promise<Frame | undefined> => {
  const { kind, bytes } = study.frame(index)
  if (kind !== "jpeg") return decodeFrame(study, index)
  const rgba = await pictureOf(bytes, study.pixels)
  if (rgba === undefined) return undefined
  return study.pixels.samples === 1
    ? { kind: "grey", stored: greyOfPicture(rgba) }
    : { kind: "colour", rgba: new Uint8ClampedArray(rgba) }
}
