import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { decodeLossless } from "../../imaging/jpeg-lossless.ts"
import type { Pixels } from "../../imaging/pixels.ts"
import { jpegLossless } from "../kit/jpeg-lossless-file.ts"

const pixelsOf = (rows: number, columns: number, samples: 1 | 3, bitsAllocated: 8 | 16): Pixels => ({
  rows,
  columns,
  samples,
  bitsAllocated,
  bitsStored: bitsAllocated,
  highBit: bitsAllocated - 1,
  signed: false,
  floating: false,
  planar: false,
  photometric: samples === 1 ? "MONOCHROME2" : "RGB",
  littleEndian: true,
  swapped: false,
})

const pictures = fc
  .record({
    rows: fc.integer({ min: 1, max: 9 }),
    columns: fc.integer({ min: 1, max: 9 }),
    samples: fc.constantFrom(1 as const, 3 as const),
    precision: fc.integer({ min: 2, max: 16 }),
  })
  .filter(({ samples, precision }) => samples === 1 || precision <= 8)
  .chain((of) =>
    fc.record({
      of: fc.constant(of),
      values: fc.array(fc.integer({ min: 0, max: 2 ** of.precision - 1 }), {
        minLength: of.rows * of.columns * of.samples,
        maxLength: of.rows * of.columns * of.samples,
      }),
    }),
  )

describe("a lossless JPEG", () => {
  test.each([1, 2, 3, 4, 5, 6, 7])(
    "gives the numbers that were written, predicted by selection value %i",
    (selection) => {
      fc.assert(
        fc.property(pictures, ({ of, values }) => {
          const { rows, columns, samples, precision } = of
          fc.pre(selection !== 7 || precision < 16)
          const pixels = pixelsOf(rows, columns, samples, precision <= 8 ? 8 : 16)
          const written = jpegLossless({ ...of, values }, selection)
          expect([...decodeLossless(written, pixels)!]).toEqual(values)
        }),
        { numRuns: 60 },
      )
    },
  )

  const picture = { rows: 2, columns: 3, samples: 1, precision: 12, values: [1, 2, 4095, 0, 7, 2048] }
  const written = jpegLossless(picture)
  const pixels = pixelsOf(2, 3, 1, 16)

  test("may be padded by a byte, as fragments are", () => {
    expect([...decodeLossless(Uint8Array.from([...written, 0]), pixels)!]).toEqual(picture.values)
  })

  test("is refused where it isn't the picture that the file says it is", () => {
    for (const other of [{ rows: 3 }, { columns: 2 }, { samples: 3 as const }, { bitsAllocated: 8 as const }])
      expect(decodeLossless(written, { ...pixels, ...other })).toBeUndefined()
  })

  test("of 16 bits predicted by the average of two pixels is refused, since its decoder gives others", () => {
    const wrapped = {
      rows: 3,
      columns: 4,
      samples: 1,
      precision: 16,
      values: [0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 32_772, 0],
    }
    expect(decodeLossless(jpegLossless(wrapped, 7), pixelsOf(3, 4, 1, 16))).toBeUndefined()
    expect([...decodeLossless(jpegLossless(wrapped, 6), pixelsOf(3, 4, 1, 16))!]).toEqual(wrapped.values)
  })

  test("of colours of more than 8 bits is refused, since its decoder gives others", () => {
    const colours = { rows: 1, columns: 1, samples: 3, precision: 9, values: [0, 0, 1] }
    expect(decodeLossless(jpegLossless(colours), pixelsOf(1, 1, 3, 16))).toBeUndefined()
  })

  test("is refused where it is cut off anywhere, and where it is another kind of JPEG", () => {
    for (let length = 0; length < written.length; length++)
      expect(decodeLossless(written.slice(0, length), pixels)).toBeUndefined()
    const baseline = written.slice()
    baseline[baseline.findIndex((byte, i) => byte === 0xff && baseline[i + 1] === 0xc3) + 1] = 0xc0
    expect(decodeLossless(baseline, pixels)).toBeUndefined()
  })

  test("throws nothing, however it is altered", () => {
    for (let at = 0; at < written.length; at++)
      for (const flip of [1, 0x80, 0xff]) {
        const altered = written.slice()
        altered[at]! ^= flip
        expect(() => decodeLossless(altered, pixels)).not.toThrow()
      }
  })
})
