import { type Detected, detectFile } from "../detect.ts"
import { declaredSize } from "./declared-size.ts"
import { type JpegPage, pdfOfPictures } from "./pdf-of-pictures.ts"
import { type Picture, readPicture } from "./picture.ts"
import { type Redrawing, redraw, sizeWithin } from "./redraw.ts"

interface Size {
  readonly width: number
  readonly height: number
}

/** What was done to a picture before it is encrypted. `drawn`: from which size to which; pixels, upright. Absent where no pixel was touched. */
export interface CleanedPicture {
  readonly outcome: "cleaned"
  readonly drawn?: { readonly from: Size; readonly to: Size }
}

/** A picture that holds whatever its camera wrote. `too-large`: it has too many pixels for a device; `undecodable`: this browser doesn't show it. */
export interface UncleanedPicture {
  readonly outcome: "uncleaned"
  readonly because: "too-large" | "undecodable"
}

/** A file as it will be encrypted. */
export interface PreparedFile {
  readonly file: File
  readonly detected: Detected
  /** Of pictures alone. */
  readonly picture?: CleanedPicture | UncleanedPicture
}

/**
 * 1800 pixels for the shorter side of a sheet of A4 are 218 dpi: more than a fax's fine 204 by 196, by which clinics send each other letters. The
 * shorter side counts: a strip of an ECG or a screen's long page is cut to no ribbon. `longer` is what every browser's canvas takes.
 */
const bounds = { shorter: 1800, longer: 8192, quality: 0.85 } as const
/** A telephone's largest photograph has 200 million pixels, which take 800 MB once they are decoded; half of that is what a device bears. */
const mostPixels = 110_000_000
/** Bytes of a picture that are read at once. */
const mostBytes = 200 * 1024 * 1024

/** Of pictures that have no colour between two others by chance, such as screens and drawings; all others are photographs. */
const lossless: ReadonlySet<string> = new Set(["image/png", "image/bmp"])

const redrawingOf = (contentType: string): Redrawing => ({
  ...bounds,
  contentType: lossless.has(contentType) ? "image/png" : "image/jpeg",
})

/** Stays as it is, pixel for pixel: small enough, upright, and of a kind that can be taken apart and is compressed. */
const needsNoDrawing = (picture: Picture, contentType: string): boolean => {
  const { width } = sizeWithin(picture, bounds)
  // Drawn anew, it would stand still.
  if (contentType === "image/gif") return true
  return contentType !== "image/bmp" && picture.orientation === 1 && width === picture.width
}

const endings = { "image/jpeg": "jpg", "image/png": "png" } as const
const renamed = (name: string, contentType: keyof typeof endings) =>
  `${name.replace(/\.[^.]*$/, "")}.${endings[contentType]}`

const uncleaned = (file: File, detected: Detected, because: UncleanedPicture["because"]): PreparedFile => ({
  file,
  detected,
  picture: { outcome: "uncleaned", because },
})

const takenApart = (file: File, detected: Detected, picture: Picture): PreparedFile => ({
  file: new File([picture.clean()], file.name, { type: detected.contentType }),
  detected,
  picture: { outcome: "cleaned" },
})

const drawnAnew = async (file: File, detected: Detected, from: Size): Promise<PreparedFile> => {
  const redrawing = redrawingOf(detected.contentType)
  const { blob, ...to } = await redraw(file, redrawing)
  const { contentType } = redrawing
  const { unshown: _, ...rest } = detected
  return {
    file: new File([blob], renamed(file.name, contentType), { type: contentType }),
    detected: { ...rest, kind: "image", contentType },
    picture: { outcome: "cleaned", drawn: { from, to } },
  }
}

/** From 5 on, a picture lies on its side. */
const uprightSize = ({ width, height }: Size, orientation: number): Size =>
  orientation >= 5 ? { width: height, height: width } : { width, height }

const preparePicture = async (file: File, detected: Detected): Promise<PreparedFile> => {
  const { contentType } = detected
  if (file.size > mostBytes) return uncleaned(file, detected, "too-large")
  const bytes = new Uint8Array(await file.arrayBuffer())
  const picture = readPicture(bytes, contentType)
  if (picture !== undefined && needsNoDrawing(picture, contentType)) return takenApart(file, detected, picture)
  const size = picture ?? declaredSize(bytes, contentType)
  const because =
    size === undefined || size.width * size.height === 0
      ? "undecodable"
      : size.width * size.height > mostPixels
        ? "too-large"
        : undefined
  const otherwise = (why: UncleanedPicture["because"]) =>
    picture === undefined ? uncleaned(file, detected, why) : takenApart(file, detected, picture)
  if (size === undefined || because !== undefined) return otherwise(because ?? "undecodable")
  try {
    return await drawnAnew(file, detected, uprightSize(size, picture?.orientation ?? 1))
  } catch {
    return otherwise("undecodable")
  }
}

/**
 * What a file is, and the file as it may be encrypted: a picture comes upright, not larger than it must be to be read, and without what its camera
 * wrote beside the pixels. All of it on this device.
 */
export const prepareFile = async (file: File): Promise<PreparedFile> => {
  const detected = await detectFile(file)
  return detected.contentType.startsWith("image/") ? preparePicture(file, detected) : { file, detected }
}

/** A page with three colours: a picture that wasn't drawn here may have one, or four. */
const pageOf = async ({ file, detected, picture }: PreparedFile): Promise<JpegPage> => {
  if (picture?.outcome === "cleaned" && picture.drawn !== undefined && detected.contentType === "image/jpeg")
    return { jpeg: file, ...picture.drawn.to }
  const { blob: jpeg, width, height } = await redraw(file, { ...bounds, contentType: "image/jpeg" })
  return { jpeg, width, height }
}

/** Pictures as one document, in their order. Rejects what the browser can't show. */
export const pdfOfPrepared = async (pictures: readonly PreparedFile[]): Promise<Blob> => {
  const pages: JpegPage[] = []
  // One after the other: a decoded page takes much memory.
  for (const picture of pictures) pages.push(await pageOf(picture))
  return pdfOfPictures(pages)
}
