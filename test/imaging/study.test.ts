import { beforeAll, describe, expect, test } from "vitest"
import { decodeFrame, type Frame } from "../../imaging/decode.ts"
import { draw, fullWindow, modalityValue, windowed } from "../../imaging/draw.ts"
import type { Meaning, Pixels } from "../../imaging/pixels.ts"
import { decodeRle } from "../../imaging/rle.ts"
import { readStudy, type Study } from "../../imaging/study.ts"
import { ascii, explicit, fileOf, image, us, type DicomValue as Value } from "../kit/dicom-file.ts"
import { sample, withoutSamples } from "../samples.ts"

const studyOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<Study> => {
  const reading = await readStudy(bytes)
  if (reading.outcome !== "ok") throw new Error(reading.outcome)
  return reading.study
}
const frameOf = (study: Study, index = 0): Promise<Frame | undefined> =>
  decodeFrame(study, index, async () => undefined)
const shades = async (study: Study, index = 0, invert = false): Promise<number[]> => {
  const frame = (await frameOf(study, index))!
  const { rows, columns } = study.pixels
  const rgba = new Uint8ClampedArray(rows * columns * 4)
  const meaning = study.meaning(index)
  const window = frame.kind === "grey" ? fullWindow(frame.stored, study.pixels, meaning) : { center: 0, width: 1 }
  draw(frame, { pixels: study.pixels, meaning }, { window, invert }, rgba)
  return [...rgba]
}

describe.skipIf(withoutSamples)("a real CT image", () => {
  let bytes: Uint8Array<ArrayBuffer>
  beforeAll(() => {
    bytes = sample("dicomparser-CT1_UNC.dcm")
  })

  test("is read with what it says of itself", async () => {
    const { facts, pixels, frames } = await studyOf(bytes)
    expect(facts.modality).toBe("CT")
    expect(facts.syntax).toBe(explicit)
    expect([pixels.rows, pixels.columns, frames]).toEqual([512, 512, 1])
  })

  test("shows air black and bone white in its own window, and everything in a full one", async () => {
    const study = await studyOf(bytes)
    const frame = (await frameOf(study))!
    if (frame.kind !== "grey") throw new Error("not grey")
    const rgba = new Uint8ClampedArray(512 * 512 * 4)
    const meaning = study.meaning(0)
    draw(frame, { pixels: study.pixels, meaning }, { window: { center: 40, width: 400 }, invert: false }, rgba)
    const shade = (index: number) => rgba[index * 4]
    const hounsfield = (index: number) => modalityValue(frame.stored[index]!, study.pixels, meaning)
    let [air, bone] = [0, 0]
    for (let i = 0; i < 512 * 512; i++) {
      if (hounsfield(i) < -800) {
        air++
        expect(shade(i)).toBe(0)
      }
      if (hounsfield(i) > 300) {
        bone++
        expect(shade(i)).toBe(255)
      }
    }
    expect(air).toBeGreaterThan(1000)
    expect(bone).toBeGreaterThan(1000)
    const full = fullWindow(frame.stored, study.pixels, meaning)
    expect(
      new Set([...frame.stored].map((v) => windowed(modalityValue(v, study.pixels, meaning), full))).size,
    ).toBeGreaterThan(50)
  })

  test("is refused as damaged, not drawn blank, where its pixels are cut off", async () => {
    for (const length of [bytes.length - 2, bytes.length / 2, 4000])
      expect(["damaged", "not-dicom", "no-image"]).toContain((await readStudy(bytes.slice(0, length))).outcome)
    expect((await readStudy(bytes.slice(0, bytes.length - 1000))).outcome).not.toBe("ok")
  })
})

describe("an image's pixels", () => {
  test("are shown from black to white, and the other way round where they are inverse or somebody inverts them", async () => {
    const straight = [0, 85, 170, 255].flatMap((shade) => [shade, shade, shade, 255])
    const reverse = [255, 170, 85, 0].flatMap((shade) => [shade, shade, shade, 255])
    const inverse = image({ 0x00280004: { tag: 0x00280004, vr: "CS", bytes: ascii("MONOCHROME1") } })
    expect(await shades(await studyOf(fileOf(explicit, image())))).toEqual(straight)
    expect(await shades(await studyOf(fileOf(explicit, image())), 0, true)).toEqual(reverse)
    expect(await shades(await studyOf(fileOf(explicit, inverse)))).toEqual(reverse)
  })

  test("mean what their bits, sign, slope and intercept say", async () => {
    const pixels: Pixels = {
      rows: 1,
      columns: 1,
      bitsAllocated: 16,
      bitsStored: 12,
      highBit: 11,
      signed: true,
      samples: 1,
      planar: false,
      photometric: "MONOCHROME2",
      floating: false,
      swapped: false,
      littleEndian: true,
    }
    const meaning: Meaning = { slope: 2, intercept: -10 }
    expect(modalityValue(0x0fff, pixels, meaning)).toBe(-12)
    expect(modalityValue(0x07ff, pixels, meaning)).toBe(2047 * 2 - 10)
    // What stands above the bits that are stored, such as an overlay, is not part of the value.
    expect(modalityValue(0xf001, pixels, meaning)).toBe(-8)
    expect(modalityValue(0x0010, { ...pixels, bitsStored: 12, highBit: 15, signed: false }, meaning)).toBe(2 - 10)
  })

  test("follow the standard's window exactly", async () => {
    // PS3.3, C.11.2.1.2.1: centre 2048, width 4096 is the identity of 12 bits.
    expect(windowed(0, { center: 2048, width: 4096 })).toBe(0)
    expect(windowed(4095, { center: 2048, width: 4096 })).toBe(255)
    expect([-1, 0].map((value) => windowed(value, { center: 0, width: 1 }))).toEqual([0, 255])
  })

  test("are colours, pixel by pixel or plane by plane", async () => {
    const colours = async (planar: number, bytes: number[], photometric = "RGB") =>
      shades(
        await studyOf(
          fileOf(
            explicit,
            image({
              0x00280002: { tag: 0x00280002, vr: "US", bytes: us(3) },
              0x00280004: { tag: 0x00280004, vr: "CS", bytes: ascii(photometric) },
              0x00280006: { tag: 0x00280006, vr: "US", bytes: us(planar) },
              0x00280010: { tag: 0x00280010, vr: "US", bytes: us(1) },
              0x7fe00010: { tag: 0x7fe00010, vr: "OB", bytes: Uint8Array.from(bytes) },
            }),
          ),
        ),
      )
    expect(await colours(0, [1, 2, 3, 4, 5, 6])).toEqual([1, 2, 3, 255, 4, 5, 6, 255])
    expect(await colours(1, [1, 4, 2, 5, 3, 6])).toEqual([1, 2, 3, 255, 4, 5, 6, 255])
    expect(await colours(0, [128, 128, 128, 76, 85, 255], "YBR_FULL")).toEqual([128, 128, 128, 255, 254, 0, 0, 255])
  })

  test("come frame by frame", async () => {
    const two = image({
      0x00280008: { tag: 0x00280008, vr: "IS", bytes: ascii("2") },
      0x7fe00010: { tag: 0x7fe00010, vr: "OB", bytes: Uint8Array.of(0, 0, 0, 255, 255, 0, 0, 0) },
    })
    const study = await studyOf(fileOf(explicit, two))
    expect(study.frames).toBe(2)
    expect((await shades(study, 0))[0]).toBe(0)
    expect((await shades(study, 1))[0]).toBe(255)
  })

  test("come out of RLE, its high bytes first", async () => {
    const header = (offsets: number[]) => {
      const bytes = new Uint8Array(64)
      const view = new DataView(bytes.buffer)
      view.setUint32(0, offsets.length, true)
      offsets.forEach((offset, i) => view.setUint32(4 + 4 * i, offset, true))
      return bytes
    }
    // High bytes: 1 four times, as a run. Low bytes: 1, 2, 3, 4, as they are.
    const frame = Uint8Array.from([...header([64, 66]), 0xfd, 1, 3, 1, 2, 3, 4])
    const size = { pixels: 4, samples: 1, bytesPerSample: 2 }
    expect([...decodeRle(frame, size)!]).toEqual([1, 1, 2, 1, 3, 1, 4, 1])
    expect(decodeRle(frame.slice(0, -1), size)).toBeUndefined()
    expect(decodeRle(frame, { ...size, samples: 3 })).toBeUndefined()
    expect(decodeRle(new Uint8Array(3), size)).toBeUndefined()
  })
})

describe("what can't be shown", () => {
  const outcomeOf = async (elements: Value[], syntax = explicit) => (await readStudy(fileOf(syntax, elements))).outcome

  test("is said to be what it is", async () => {
    expect((await readStudy(new Uint8Array(0))).outcome).toBe("not-dicom")
    expect((await readStudy(new Uint8Array(5000))).outcome).toBe("not-dicom")
    expect(await outcomeOf(image().filter(({ tag }) => tag !== 0x7fe00010))).toBe("no-image")
    expect(await outcomeOf(image({ 0x00280004: { tag: 0x00280004, vr: "CS", bytes: ascii("PALETTE COLOR") } }))).toBe(
      "pixel-format",
    )
    expect(await outcomeOf(image({ 0x00280100: { tag: 0x00280100, vr: "US", bytes: us(24) } }))).toBe("pixel-format")
    expect(await outcomeOf(image({ 0x00280101: { tag: 0x00280101, vr: "US", bytes: us(12) } }))).toBe("pixel-format")
    expect(await outcomeOf(image({ 0x00280010: { tag: 0x00280010, vr: "US", bytes: us(0) } }))).toBe("pixel-format")
    expect(
      await outcomeOf(
        image({
          0x00280010: { tag: 0x00280010, vr: "US", bytes: us(60000) },
          0x00280011: { tag: 0x00280011, vr: "US", bytes: us(60000) },
        }),
      ),
    ).toBe("too-large")
    expect(await outcomeOf(image({ 0x00280010: { tag: 0x00280010, vr: "US", bytes: us(3) } }))).toBe("damaged")
    expect(await outcomeOf(image({ 0x00280008: { tag: 0x00280008, vr: "IS", bytes: ascii("99999999") } }))).toBe(
      "too-large",
    )
  })

  test("keeps its compression's name and whose it is", async () => {
    // JPEG 2000.
    const item = (tag: number, bytes: number[]) => [0xfe, 0xff, tag, 0xe0, bytes.length, 0, 0, 0, ...bytes]
    const fragments = Uint8Array.from([...item(0, []), ...item(0, [1, 2, 3, 4]), ...item(0xdd, [])])
    const encapsulated = image({ 0x7fe00010: { tag: 0x7fe00010, vr: "OB", bytes: fragments } })
    const named = [{ tag: 0x00100010, vr: "PN", bytes: ascii("Doe^Jane") }, ...encapsulated]
    const reading = await readStudy(fileOf("1.2.840.10008.1.2.4.90", named))
    // JPEG Baseline, which a browser decodes.
    expect((await studyOf(fileOf("1.2.840.10008.1.2.4.50", named))).frame(0)).toEqual({
      kind: "jpeg",
      bytes: Uint8Array.of(1, 2, 3, 4),
    })
    expect(
      await readStudy(fileOf("1.2.840.10008.1.2.4.50", [named[0]!, ...image()])),
      "fragments that are none",
    ).toMatchObject({ outcome: "damaged", facts: { patientName: "Doe^Jane" } })
    expect(reading).toMatchObject({
      outcome: "compression",
      facts: { syntax: "1.2.840.10008.1.2.4.90", patientName: "Doe^Jane" },
    })
  })

  test("is never an exception, however a file is altered", async () => {
    const bytes = fileOf(explicit, image())
    for (let position = 128; position < bytes.length; position++)
      for (const flip of [0x01, 0x80, 0xff]) {
        const altered = bytes.slice()
        altered[position]! ^= flip
        const reading = await readStudy(altered)
        const frame: Frame | undefined = reading.outcome === "ok" ? await frameOf(reading.study) : undefined
        expect(reading.outcome === "ok" ? frame : "refused").toBeDefined()
      }
  })
})
