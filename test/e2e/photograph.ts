import { greyscalePng } from "../../bin/ehr/card-png.ts"
import { qrModules, quietZone } from "../../sdk/card-image.ts"

const module = 7
const paper = 225
const ink = 35
const table = 95

/** The card as it was printed, lit evenly. `u`, `v`: in modules, from the corner of its quiet zone. */
const printed = (text: string) => {
  const modules = qrModules(text)
  const cells = modules.length + 2 * quietZone
  const at = (u: number, v: number): number => {
    if (u < 0 || v < 0 || u >= cells || v >= cells) return table
    return modules[Math.floor(v) - quietZone]?.[Math.floor(u) - quietZone] === true ? ink : paper
  }
  return { cells, at }
}

/** A 3 x 3 mean, as a hand that isn't still makes one. */
const blurred = (pixels: Uint8Array, side: number): Uint8Array => {
  const out = new Uint8Array(pixels)
  for (let y = 1; y < side - 1; y++)
    for (let x = 1; x < side - 1; x++) {
      let sum = 0
      for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) sum += pixels[(y + dy) * side + x + dx] ?? 0
      out[y * side + x] = sum / 9
    }
  return out
}

/**
 * A photograph of a card in use, as a PNG: lying askew on a table and seen at an angle, creased, with a lamp mirrored in it, grainy and out of
 * focus. The same text gives the same picture.
 */
export const photographOf = (text: string, { degrees = 17 }: { degrees?: number } = {}): Uint8Array => {
  const { cells, at } = printed(text)
  const side = Math.ceil(cells * module * 1.5)
  const pixels = new Uint8Array(side * side)
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)]
  let grain = 1
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [x - side / 2, y - side / 2]
      // Farther away towards the top.
      const distance = 1 - dy / side / 12
      const u = ((dx * cos + dy * sin) * distance) / module + cells / 2
      const v = ((dy * cos - dx * sin) * distance) / module + cells / 2
      const fold = u + v * 0.2 - cells * 0.55
      // Beyond the fold the paper lies a little lower.
      let light = at(u, fold > 0 ? v + 0.35 : v)
      if (Math.abs(fold) < 0.3) light = 160
      // The light falls from one side; the lamp itself whitens what it covers.
      light *= 0.72 + (0.34 * x) / side
      light += 215 * Math.exp(-((u - cells * 0.66) ** 2 + (v - cells * 0.68) ** 2) / (cells * 0.055) ** 2)
      grain = (grain * 1103515245 + 12345) % 2147483648
      pixels[y * side + x] = Math.max(0, Math.min(255, light + (grain / 2147483648 - 0.5) * 28))
    }
  return greyscalePng(blurred(blurred(pixels, side), side), side, side)
}

/** Two cards side by side, which nobody can choose between. */
export const pictureOfTwo = (one: string, other: string): Uint8Array => {
  const [left, right] = [printed(one), printed(other)]
  const [width, height] = [(left.cells + right.cells) * module, Math.max(left.cells, right.cells) * module]
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      pixels[y * width + x] =
        x < left.cells * module ? left.at(x / module, y / module) : right.at(x / module - left.cells, y / module)
  return greyscalePng(pixels, width, height)
}

export const pictureOfNothing = (): Uint8Array => greyscalePng(new Uint8Array(200 * 200).fill(table), 200, 200)
