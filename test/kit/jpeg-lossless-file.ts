/** A picture to be written as JPEG Lossless: numbers pixel by pixel, colours one after the other. */
interface Picture {
  readonly rows: number
  readonly columns: number
  readonly samples: number
  readonly precision: number
  readonly values: readonly number[]
}

const segment = (marker: number, ...content: number[]) => [
  0xff,
  marker,
  (content.length + 2) >> 8,
  (content.length + 2) & 255,
  ...content,
]
const word = (value: number) => [value >> 8, value & 255]

/** From the pixels to the left, above, and above to the left (ITU-T T.81, table H.1). */
const predictions: Readonly<Record<number, (left: number, above: number, corner: number) => number>> = {
  1: (left) => left,
  2: (_, above) => above,
  3: (_left, _above, corner) => corner,
  4: (left, above, corner) => left + above - corner,
  5: (left, above, corner) => left + ((above - corner) >> 1),
  6: (left, above, corner) => above + ((left - corner) >> 1),
  7: (left, above) => (left + above) >> 1,
}

/** Writes JPEG Lossless (ITU-T T.81, annex H): each of 17 lengths of a difference has a code of 5 bits. */
export const jpegLossless = (
  { rows, columns, samples, precision, values }: Picture,
  selection = 1,
): Uint8Array<ArrayBuffer> => {
  const bits: number[] = []
  const write = (value: number, length: number) => {
    for (let bit = length - 1; bit >= 0; bit--) bits.push((value >> bit) & 1)
  }
  const at = (row: number, column: number, sample: number) => values[(row * columns + column) * samples + sample] ?? 0
  const predicted = (row: number, column: number, sample: number): number => {
    if (row === 0) return column === 0 ? 2 ** (precision - 1) : at(0, column - 1, sample)
    if (column === 0) return at(row - 1, 0, sample)
    const [left, above, corner] = [
      at(row, column - 1, sample),
      at(row - 1, column, sample),
      at(row - 1, column - 1, sample),
    ]
    return predictions[selection]!(left, above, corner)
  }
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let sample = 0; sample < samples; sample++) {
        const difference = ((at(row, column, sample) - predicted(row, column, sample) + 0x18000) & 0xffff) - 0x8000
        const length = difference === -0x8000 ? 16 : 32 - Math.clz32(Math.abs(difference))
        write(length, 5)
        if (length < 16) write(difference < 0 ? difference + 2 ** length - 1 : difference, length)
      }
  while (bits.length % 8 > 0) bits.push(1)
  const packed: number[] = []
  for (let i = 0; i < bits.length; i += 8) {
    const byte = bits.slice(i, i + 8).reduce((sum, bit) => sum * 2 + bit, 0)
    packed.push(byte, ...(byte === 0xff ? [0] : []))
  }
  const components = Array.from({ length: samples }, (_, i) => i + 1)
  return Uint8Array.from([
    0xff,
    0xd8,
    ...segment(
      0xc4,
      0,
      0,
      0,
      0,
      0,
      17,
      ...Array.from({ length: 11 }, () => 0),
      ...Array.from({ length: 17 }, (_, i) => i),
    ),
    ...segment(0xc3, precision, ...word(rows), ...word(columns), samples, ...components.flatMap((id) => [id, 0x11, 0])),
    ...segment(0xda, samples, ...components.flatMap((id) => [id, 0]), selection, 0, 0),
    ...packed,
    0xff,
    0xd9,
  ])
}
