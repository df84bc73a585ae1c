import { crc32, deflateSync } from "node:zlib"
import { qrModules, quietZone } from "../../sdk/card-image.ts"

const pixelsPerModule = 8

/** The QR code of a card as a PNG: greyscale, 8 pixels per module, with its quiet zone. */
export const cardPng = (text: string): Uint8Array => modulesPng(qrModules(text))

/** The same of modules that were read from a picture: rows of equal length, true for black. */
export function modulesPng(modules: readonly (readonly boolean[])[]): Uint8Array {
  const side = (modules.length + 2 * quietZone) * pixelsPerModule
  const pixels = new Uint8Array(side * side).fill(255)
  for (const [row, line] of modules.entries()) {
    for (const [column, black] of line.entries()) {
      if (!black) continue
      const x = (column + quietZone) * pixelsPerModule
      for (let y = 0; y < pixelsPerModule; y++) {
        const start = ((row + quietZone) * pixelsPerModule + y) * side + x
        pixels.fill(0, start, start + pixelsPerModule)
      }
    }
  }
  return greyscalePng(pixels, side, side)
}

/** A PNG of 8-bit grey values, row by row (W3C PNG, third edition). */
export function greyscalePng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  // Each row is preceded by its filter, none.
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
