import type { PictureDecoder } from "../../../imaging/decode.ts"

/** A picture's pixels, by the browser's own decoder. */
export const browserPicture: PictureDecoder = async (jpeg, { rows, columns }) => {
  try {
    const bitmap = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }), { colorSpaceConversion: "none" })
    try {
      if (bitmap.width !== columns || bitmap.height !== rows) return undefined
      const context = new OffscreenCanvas(columns, rows).getContext("2d")
      if (context === null) return undefined
      context.drawImage(bitmap, 0, 0)
      return new Uint8ClampedArray(context.getImageData(0, 0, columns, rows).data)
    } finally {
      bitmap.close()
    }
  } catch {
    return undefined
  }
}
