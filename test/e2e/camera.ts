import { writeFileSync } from "node:fs"
import { qrModules, quietZone } from "../../sdk/card-image.ts"

/** Grey values, row by row. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

/** A frame of a camera that looks at a card: the code upon a grey table, 640 x 480. */
const frameOf = (text: string): Picture => {
  const [width, height] = [640, 480]
  const modules = qrModules(text)
  const cells = modules.length + 2 * quietZone
  const scale = Math.floor(height / cells)
  const [left, top] = [Math.floor((width - cells * scale) / 2), Math.floor((height - cells * scale) / 2)]
  const pixels = new Uint8Array(width * height).fill(110)
  for (let y = 0; y < cells * scale; y++)
    for (let x = 0; x < cells * scale; x++) {
      const black = modules[Math.floor(y / scale) - quietZone]?.[Math.floor(x / scale) - quietZone] ?? false
      pixels[(top + y) * width + left + x] = black ? 30 : 225
    }
  return { width, height, pixels }
}

/** A film of the card for Chromium's camera: YUV4MPEG2, 4:2:0, which it shows again and again. */
export const writeFilm = (file: string, text: string): void => {
  const { width, height, pixels } = frameOf(text)
  const colourless = Buffer.alloc((width * height) / 2, 128)
  const frame = Buffer.concat([Buffer.from("FRAME\n"), pixels, colourless])
  writeFileSync(file, Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420\n`), frame, frame]))
}
