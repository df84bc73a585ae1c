import { readBitmap } from "./bitmap.ts"
import { readGif } from "./gif.ts"
import { readJpeg } from "./jpeg.ts"
import { readPng } from "./png.ts"
import { readWebp } from "./webp.ts"

/** A picture's file as its parts say it, before a pixel is decoded. */
export interface Picture {
  /** Pixels, as they are stored: before the picture is turned. */
  readonly width: number
  readonly height: number
  /** How it has to be turned to be upright, 1 (not at all) to 8, as EXIF numbers it. */
  readonly orientation: number
  /**
   * The same picture, bit for bit, without what else its file holds: where, when and by what it was taken, by whom it was worked on, comments,
   * previews, whatever stands after its end. Its colour profile stays, and how it has to be turned.
   */
  clean(): Uint8Array<ArrayBuffer>
}

const readers: Readonly<Record<string, (bytes: Uint8Array) => Picture | undefined>> = {
  "image/jpeg": readJpeg,
  "image/png": readPng,
  "image/webp": readWebp,
  "image/gif": readGif,
  "image/bmp": readBitmap,
}

/** The picture in a file of that content type; `undefined` for other types, and for what can't be taken apart. Never throws. */
export const readPicture = (bytes: Uint8Array, contentType: string): Picture | undefined =>
  readers[contentType]?.(bytes)
