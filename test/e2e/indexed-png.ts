import { crc32, deflateSync, inflateSync } from "node:zlib"

/** The pixels of a PNG as Chromium's screenshots are: 8-bit RGB, not interlaced. */
const decoded = (png: Buffer): { width: number; height: number; rgb: Buffer } => {
  const data: Buffer[] = []
  let offset = 8
  while (offset < png.length) {
    const size = png.readUInt32BE(offset)
    if (png.toString("latin1", offset + 4, offset + 8) === "IDAT")
      data.push(png.subarray(offset + 8, offset + 8 + size))
    offset += 12 + size
  }
  if (png[24] !== 8 || png[25] !== 2) throw new Error("the screenshot isn't 8-bit RGB")
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const rows = inflateSync(Buffer.concat(data))
  const row = width * 3
  const rgb = Buffer.alloc(row * height)
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (row + 1)] ?? 0
    for (let x = 0; x < row; x++) {
      const at = y * row + x
      const left = x < 3 ? 0 : (rgb[at - 3] ?? 0)
      const above = y === 0 ? 0 : (rgb[at - row] ?? 0)
      const corner = x < 3 || y === 0 ? 0 : (rgb[at - row - 3] ?? 0)
      rgb[at] = (rows[y * (row + 1) + 1 + x] ?? 0) + predicted(filter, left, above, corner)
    }
  }
  return { width, height, rgb }
}

/** PNG, third edition, 9.2. */
const predicted = (filter: number, left: number, above: number, corner: number): number => {
  if (filter === 1) return left
  if (filter === 2) return above
  if (filter === 3) return (left + above) >> 1
  if (filter !== 4) return 0
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((each) => Math.abs(left + above - corner - each))
  if (toLeft === undefined || toAbove === undefined || toCorner === undefined) return 0
  if (toLeft <= toAbove && toLeft <= toCorner) return left
  return toAbove <= toCorner ? above : corner
}

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

/** The same picture in its 256 commonest colours, others by the nearest of them: a third of the size. */
export const indexedPng = (screenshot: Buffer): Buffer => {
  const { width, height, rgb } = decoded(screenshot)
  const counts = new Map<number, number>()
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = rgb.readUIntBE(at, 3)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const palette = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 256)
    .map(([colour]) => colour)
  const places = new Map(palette.map((colour, place) => [colour, place]))
  const distance = (one: number, other: number) =>
    [16, 8, 0].reduce((sum, shift) => sum + (((one >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0)
  const nearest = (colour: number): number =>
    palette.reduce(
      (best, each, place) => (distance(each, colour) < distance(palette[best] ?? 0, colour) ? place : best),
      0,
    )
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const colour = rgb.readUIntBE((y * width + x) * 3, 3)
      const place = places.get(colour) ?? nearest(colour)
      places.set(colour, place)
      rows[y * (width + 1) + 1 + x] = place
    }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const colours = Buffer.alloc(palette.length * 3)
  for (const [place, colour] of palette.entries()) colours.writeUIntBE(colour, place * 3, 3)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("PLTE", colours),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ])
}
