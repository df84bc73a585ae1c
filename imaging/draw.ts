import { type Frame, type Stored, storedValue } from "./decode.ts"
import { type LookupTable, lookedUp, shadeOf } from "./lookup-table.ts"
import type { Meaning, Pixels, Window } from "./pixels.ts"

/** What a stored number means: its value, then the table of the modality, or slope and intercept, such as Hounsfield units. */
export const modalityValue = (stored: number, pixels: Pixels, { slope, intercept, table }: Meaning): number => {
  const value = storedValue(stored, pixels)
  return table === undefined ? value * slope + intercept : lookedUp(table, value)
}

/** The least and the greatest that a frame's values mean. */
const rangeOf = (stored: Stored, pixels: Pixels, meaning: Meaning): [number, number] => {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const see = (value: number) => {
    const meant = modalityValue(value, pixels, meaning)
    if (meant < least) least = meant
    if (meant > greatest) greatest = meant
  }
  if (pixels.bitsAllocated > 16) {
    for (const value of stored) see(value)
    return [least, greatest]
  }
  const seen = new Uint8Array(2 ** pixels.bitsAllocated)
  for (const value of stored) seen[value] = 1
  for (const [value, is] of seen.entries()) if (is === 1) see(value)
  return [least, greatest]
}

/** The window that shows everything of a frame. */
export const fullWindow = (stored: Stored, pixels: Pixels, meaning: Meaning): Window => {
  const [least, greatest] = rangeOf(stored, pixels, meaning)
  if (!(least <= greatest)) return { center: 0, width: 1 }
  // Of numbers with a fraction, or wider than any window, between the two exactly.
  if (pixels.bitsAllocated > 16 || !Number.isInteger(meaning.slope))
    return greatest > least
      ? { center: (least + greatest) / 2, width: greatest - least, shape: "linear-exact" }
      : { center: least, width: 1 }
  return { center: (least + greatest + 1) / 2, width: Math.max(1, greatest - least + 1) }
}

/** From black to white, 0 to 255: PS3.3, C.11.2.1.2.1 (linear), C.11.2.1.3.1 (sigmoid), C.11.2.1.3.2 (linear, exact). */
export const windowed = (value: number, { center, width, shape }: Window): number => {
  if (shape === "sigmoid") return Math.round(255 / (1 + Math.exp((-4 * (value - center)) / width)))
  if (shape === undefined && width <= 1) return value < center ? 0 : 255
  const share = shape === undefined ? (value - (center - 0.5)) / (width - 1) + 0.5 : (value - center) / width + 0.5
  return Math.round(Math.min(1, Math.max(0, share)) * 255)
}

/** How a grey frame is looked at: by a window, or by the table from meant values to shades that the file has. */
export interface Look {
  readonly window: Window
  readonly shades?: LookupTable | undefined
  readonly invert: boolean
}

const shader = (pixels: Pixels, meaning: Meaning, { window, shades, invert }: Look): ((stored: number) => number) => {
  const inverted = (pixels.photometric === "MONOCHROME1") !== invert
  return (stored) => {
    const meant = modalityValue(stored, pixels, meaning)
    const shade = shades === undefined ? windowed(meant, window) : shadeOf(shades, lookedUp(shades, meant))
    return inverted ? 255 - shade : shade
  }
}

/** Draws a frame into `rgba`: a table of all stored values is made once for each window, where there are few enough of them. */
export const draw = (
  frame: Frame,
  { pixels, meaning }: { readonly pixels: Pixels; readonly meaning: Meaning },
  look: Look,
  rgba: Uint8ClampedArray,
): void => {
  if (frame.kind === "colour") {
    for (let i = 0; i < rgba.length; i++)
      rgba[i] = look.invert && i % 4 !== 3 ? 255 - (frame.rgba[i] ?? 0) : (frame.rgba[i] ?? 0)
    return
  }
  const { stored } = frame
  const shade = shader(pixels, meaning, look)
  const isTabled = pixels.bitsAllocated <= 16
  const table = isTabled
    ? Uint8Array.from({ length: 2 ** pixels.bitsAllocated }, (_, value) => shade(value))
    : undefined
  for (let i = 0; i < stored.length; i++) {
    const value = stored[i] ?? 0
    const drawn = table === undefined ? shade(value) : (table[value] ?? 0)
    const at = i * 4
    rgba[at] = drawn
    rgba[at + 1] = drawn
    rgba[at + 2] = drawn
    rgba[at + 3] = 255
  }
}
