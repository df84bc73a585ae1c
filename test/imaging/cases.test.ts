import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { decodeFrame, storedValue } from "../../imaging/decode.ts"
import { jpegOf } from "../../imaging/jpeg.ts"
import { readStudy, type Study } from "../../imaging/study.ts"

interface Expected {
  /** The values of each frame; of colours, one after the other, as many bits as the file's palette has. */
  readonly frames: readonly (readonly number[])[]
  readonly rescale?: readonly (readonly [number, number])[]
}

const folder = join(import.meta.dirname, "cases")
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)))
/** As pydicom 3.0.2 reads these files. */
const expected: Readonly<Record<string, Expected>> = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"))

const studyOf = async (name: string): Promise<Study> => {
  const reading = await readStudy(bytesOf(name))
  if (reading.outcome !== "ok") throw new Error(reading.outcome)
  return reading.study
}

const valuesOf = async (study: Study, index: number): Promise<number[]> => {
  const frame = await decodeFrame(study, index, async () => undefined)
  if (frame === undefined) throw new Error("not decoded")
  return frame.kind === "grey"
    ? Array.from(frame.stored, (stored) => storedValue(stored, study.pixels))
    : [...frame.rgba].filter((_, i) => i % 4 !== 3)
}

describe("an image that is stored in a less common way has the pixels that pydicom reads:", () => {
  test.each([
    ["32 bits", "dcm-32bit.dcm", 1],
    ["deflated", "dcm-deflated.dcm", 1],
    ["a palette of 16 bits", "dcm-palette.dcm", 256],
    ["two frames", "dcm-per-frame-slope.dcm", 1],
  ])("%s", async (_, name, share) => {
    const study = await studyOf(name)
    const { frames } = expected[name]!
    expect(study.frames).toBe(frames.length)
    for (const [index, values] of frames.entries())
      expect(await valuesOf(study, index)).toEqual(values.map((value) => Math.floor(value / share)))
  })
})

test("each frame of an enhanced image has a slope and an intercept of its own", async () => {
  const name = "dcm-per-frame-slope.dcm"
  const study = await studyOf(name)
  const { rescale } = expected[name]!
  expect(rescale!.length).toBe(2)
  expect([0, 1].map((index) => study.meaning(index)).map(({ slope, intercept }) => [slope, intercept])).toEqual(rescale)
})

test("a JPEG in a file that says RGB is decoded as RGB, though nothing in the picture says so", async () => {
  const study = await studyOf("dcm-rgb-jpeg-no-marker.dcm")
  const seen: Uint8Array[] = []
  await decodeFrame(study, 0, async (jpeg) => {
    seen.push(jpeg)
    return undefined
  })
  // Adobe's marker, whose last byte is the transform: none.
  expect([...seen[0]!.subarray(0, 18)]).toEqual([
    0xff, 0xd8, 0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0,
  ])
})

test("a PDF in a DICOM file is given as the PDF that it is", async () => {
  const reading = await readStudy(bytesOf("dcm-encapsulated-pdf.dcm"))
  if (reading.outcome !== "pdf") throw new Error(reading.outcome)
  expect(new TextDecoder().decode(reading.pdf)).toMatch(/^%PDF-1\.4\n%%EOF/)
})

describe("of a JPEG", () => {
  const segment = (marker: number, ...content: number[]) => [0xff, marker, 0, content.length + 2, ...content]
  const scan = [...segment(0xda, 1, 1, 0, 0, 63, 0), 1, 2, 3, 0xff, 0xd9]
  const picture = Uint8Array.from([
    0xff,
    0xd8,
    ...segment(0xe1, 69, 120),
    ...segment(0xdb, 7),
    0xff,
    ...segment(0xee, 9),
    ...scan,
  ])

  test("what applications say in it, such as which way up it is shown, goes; the rest stays", () => {
    expect([...jpegOf(picture, undefined)!]).toEqual([0xff, 0xd8, ...segment(0xdb, 7), ...scan])
    expect([...jpegOf(picture, "ycbcr")!].slice(2, 18)).toEqual(
      segment(0xee, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 1),
    )
  })

  test("nothing is given where it isn't one", () => {
    for (const broken of [
      [],
      [0xff],
      [0xff, 0xd8],
      [0xff, 0xd8, 0, 0],
      [0xff, 0xd8, 0xff, 0xdb, 0, 1],
      [0xff, 0xd8, 0xff, 0xdb, 0xff, 0xff, 1],
    ])
      expect(jpegOf(Uint8Array.from(broken), "rgb")).toBeUndefined()
  })
})
