import { bytesOf, viewOf } from "../../apps/shared/files/bytes.ts"
import { readPicture } from "../../apps/shared/files/picture.ts"
import { pngChunk } from "../../apps/shared/files/png.ts"
import { joined } from "../../protocol/crypto/bytes.ts"

type Bytes = Uint8Array<ArrayBuffer>

const base64 = (text: string): Bytes => Uint8Array.from(Buffer.from(text, "base64"))

/** 16 x 8 pixels, the left half red, the right half white, as libjpeg, libpng, libwebp and Pillow write them. */
export const pictures = {
  "image/jpeg": base64(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAIABADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAUH/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABUBAQEAAAAAAAAAAAAAAAAAAAQF/8QAGhEAAQUBAAAAAAAAAAAAAAAAAAQFQUKBwf/aAAwDAQACEQMRAD8AhNrAdPJYdqbw/9k=",
  ),
  "image/png": base64(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAICAIAAAB/FOjAAAAAHUlEQVR4nGM8ISfHgA2YP3yIVZwJqygeMKqBGAAAbBoDDdZJcLUAAAAASUVORK5CYII=",
  ),
  "image/webp": base64("UklGRjQAAABXRUJQVlA4ICgAAABwAQCdASoQAAgAAsBMJaACdAFAAAD+6lb//kYBeo3VP/55o/+BAAAA"),
  "image/gif": base64(
    "R0lGODdhEAAIAIEAAP///8geHgAAAAAAACwAAAAAEAAIAAAIJAADCBwoEIDBgwYJEkSIUOFAhgcdFoQIQGIAihUlYrS4USPFgAA7",
  ),
} as const
export type PictureType = keyof typeof pictures

export const losslessWebp = base64("UklGRigAAABXRUJQVlA4TBwAAAAvD8ABAA/wj/8n///jf/7jAWLBZP7SnSlE9D9y")

const u16 = (n: number) => [n >> 8, n & 0xff]
const u32 = (n: number) => [...u16(n >>> 16), ...u16(n & 0xffff)]
/** Degrees, minutes, seconds, which no picture has by chance. */
const latitude = [37, 1, 58, 1, 171_234, 10_000].flatMap(u32)

/** What is written beside the pixels, of which nothing may be left. */
export const secrets = {
  latitude: Uint8Array.from(latitude),
  maker: bytesOf("SECRET-CAMERA 4711"),
  xmp: bytesOf("<exif:GPSLatitude>37,58.2854N</exif:GPSLatitude>"),
  caption: bytesOf("SECRET-CAPTION at home"),
  trailer: bytesOf("SECRET-TRAILER moving picture"),
} as const

/** An entry of a directory: tag, type, count, value or where it stands. */
const entry = (tag: number, type: number, count: number, value: readonly number[]) => [
  ...u16(tag),
  ...u16(type),
  ...u32(count),
  ...value,
]

/** EXIF with a maker, an orientation and a place (CIPA DC-008). */
const exifWithPlace = (orientation: number): Bytes => {
  const maker = secrets.maker
  const entries = 3
  const afterFirst = 8 + 2 + entries * 12 + 4
  const gps = afterFirst + maker.length
  const afterGps = gps + 2 + 12 + 4
  return Uint8Array.from([
    ...bytesOf("MM\0*"),
    ...u32(8),
    ...u16(entries),
    ...entry(0x010f, 2, maker.length, u32(afterFirst)),
    ...entry(0x0112, 3, 1, [...u16(orientation), 0, 0]),
    ...entry(0x8825, 4, 1, u32(gps)),
    ...u32(0),
    ...maker,
    ...u16(1),
    ...entry(0x0002, 5, 3, u32(afterGps)),
    ...u32(0),
    ...latitude,
  ])
}

const segment = (marker: number, ...parts: Uint8Array[]): Uint8Array => {
  const body = joined(parts)
  return joined([Uint8Array.of(0xff, marker, ...u16(body.length + 2)), body])
}

const riffChunk = (type: string, body: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(8 + body.length + (body.length % 2))
  whole.set(bytesOf(type))
  viewOf(whole).setUint32(4, body.length, true)
  whole.set(body, 8)
  return whole
}

/** A WebP file's chunks after a header that announces EXIF and XMP. */
const extended = (plain: Uint8Array): Uint8Array => {
  if (Buffer.from(plain).toString("latin1", 12, 16) === "VP8X") {
    const chunks = Uint8Array.from(plain.subarray(12))
    chunks[8] = (chunks[8] ?? 0) | 0x0c
    return chunks
  }
  const { width = 1, height = 1 } = readPicture(plain, "image/webp") ?? {}
  const less = (n: number) => [(n - 1) & 0xff, (n - 1) >> 8, 0]
  return joined([riffChunk("VP8X", Uint8Array.of(0x0c, 0, 0, 0, ...less(width), ...less(height))), plain.subarray(12)])
}

/** A GIF's blocks of at most 255 bytes. */
const blocks = (body: Uint8Array): Uint8Array => joined([Uint8Array.of(body.length), body, Uint8Array.of(0)])

const planters: Readonly<Record<PictureType, (plain: Uint8Array, orientation: number) => Bytes>> = {
  "image/jpeg": (plain, orientation) =>
    joined([
      plain.subarray(0, 2),
      segment(0xe1, bytesOf("Exif\0\0"), exifWithPlace(orientation)),
      segment(0xe1, bytesOf("http://ns.adobe.com/xap/1.0/\0"), secrets.xmp),
      segment(0xed, bytesOf("Photoshop 3.0\x008BIM\x04\x04\0\0\0\0"), secrets.caption),
      segment(0xe2, bytesOf("MPF\0"), secrets.maker),
      segment(0xe5, secrets.caption),
      segment(0xfe, secrets.caption),
      plain.subarray(2),
      secrets.trailer,
      plain,
    ]),
  "image/png": (plain, orientation) =>
    joined([
      plain.subarray(0, 33),
      pngChunk("eXIf", exifWithPlace(orientation)),
      pngChunk("iTXt", joined([bytesOf("XML:com.adobe.xmp\0\0\0\0\0"), secrets.xmp])),
      pngChunk("tEXt", joined([bytesOf("Comment\0"), secrets.caption])),
      pngChunk("tIME", Uint8Array.of(7, 0xe9, 1, 2, 3, 4, 5)),
      pngChunk("caNv", secrets.maker),
      plain.subarray(33),
      secrets.trailer,
    ]),
  "image/webp": (plain, orientation) =>
    joined([
      riffChunk(
        "RIFF",
        joined([
          bytesOf("WEBP"),
          extended(plain),
          riffChunk("EXIF", exifWithPlace(orientation)),
          riffChunk("XMP ", secrets.xmp),
          riffChunk("NOTE", secrets.caption),
        ]),
      ),
      secrets.trailer,
    ]),
  "image/gif": (plain) =>
    joined([
      plain.subarray(0, 25),
      Uint8Array.of(0x21, 0xfe),
      blocks(secrets.caption),
      Uint8Array.of(0x21, 0xff),
      Uint8Array.of(11),
      bytesOf("XMP DataXMP"),
      blocks(secrets.xmp),
      plain.subarray(25),
      secrets.trailer,
    ]),
}

/** A picture in whose file stand a place, a time, a maker, a caption and more: `plain`, else one of 16 x 8 pixels. */
export const withSecrets = (type: PictureType, plain: Uint8Array = pictures[type], orientation = 1): Bytes =>
  planters[type](plain, orientation)

/** Which of the secrets stand in some bytes. */
export const secretsIn = (bytes: Uint8Array): string[] =>
  Object.entries(secrets).flatMap(([name, secret]) => (Buffer.from(bytes).includes(Buffer.from(secret)) ? [name] : []))
