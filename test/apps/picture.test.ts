import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { declaredSize } from "../../apps/shared/files/declared-size.ts"
import { orientationIn } from "../../apps/shared/files/orientation.ts"
import { readPicture } from "../../apps/shared/files/picture.ts"
import { sizeWithin } from "../../apps/shared/files/redraw.ts"
import { losslessWebp, type PictureType, pictures, secrets, secretsIn, withSecrets } from "../kit/pictures.ts"

const types = Object.keys(pictures) as PictureType[]

describe.each(types)("of %s", (type) => {
  test("a picture is cleaned of place, time, maker, caption and what stands after its end", () => {
    const planted = withSecrets(type)
    const expected = type === "image/gif" ? ["xmp", "caption", "trailer"] : Object.keys(secrets)
    expect(secretsIn(planted)).toEqual(expected)
    expect(secretsIn(readPicture(planted, type)?.clean() ?? planted)).toEqual([])
  })

  test("a picture that has nothing to be cleaned of stays as it is", () => {
    const plain = pictures[type]
    expect(readPicture(plain, type)?.clean()).toEqual(plain)
  })

  test("a picture's pixels stay as they were coded", () => {
    const cleaned = readPicture(withSecrets(type), type)?.clean() ?? new Uint8Array()
    // A WebP file that had an extended header keeps it.
    const plain = type === "image/webp" ? pictures[type].subarray(12) : pictures[type]
    expect(Buffer.from(cleaned).includes(Buffer.from(plain))).toBe(true)
  })

  test("a picture's size is read before it is decoded", () => {
    expect(readPicture(withSecrets(type), type)).toMatchObject({ width: 16, height: 8 })
  })

  test("a file that was cut or changed anywhere is read or refused, and nothing else", () => {
    const planted = withSecrets(type)
    fc.assert(
      fc.property(fc.nat(planted.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const changed = cut ? planted.slice(0, at) : planted.with(at, byte)
        const picture = readPicture(changed, type)
        expect(picture === undefined || picture.clean().length <= planted.length).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

test.each(["image/jpeg", "image/png", "image/webp"] as const)(
  "how a picture of %s has to be turned is kept, and nothing else of its EXIF",
  (type) => {
    const cleaned = readPicture(withSecrets(type, pictures[type], 6), type)?.clean() ?? new Uint8Array()
    expect(secretsIn(cleaned)).toEqual([])
    expect(readPicture(cleaned, type)?.orientation).toBe(6)
  },
)

test("the size of a lossless WebP is read", () => {
  expect(readPicture(losslessWebp, "image/webp")).toMatchObject({ width: 16, height: 8 })
})

test.each([
  ["too short", "MM\0*"],
  ["an entry beyond its end", "II*\0\x08\0\0\0\x09\0\0\0\0\0\0\0"],
  ["entries beyond its end", "II*\0\xff\xff\xff\x7f\0\0\0\0\0\0"],
  ["a turn that doesn't exist", "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x09\0\0\0\0\0\0"],
])("EXIF with %s turns nothing", (_, letters) => {
  expect(orientationIn(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)))).toBe(1)
})

test.each([
  ["a photograph to 1800 pixels of its shorter side", [4032, 3024], [2400, 1800]],
  ["a strip by its shorter side alone", [8000, 2000], [7200, 1800]],
  ["a screen's long page by its longer side", [1290, 15_000], [705, 8192]],
  ["nothing that is small enough", [1800, 2546], [1800, 2546]],
  ["a line to a line", [100_000, 1], [8192, 1]],
] as const)("drawing makes smaller %s", (_, [width, height], [toWidth, toHeight]) => {
  expect(sizeWithin({ width, height }, { shorter: 1800, longer: 8192 })).toEqual({ width: toWidth, height: toHeight })
})

test("the size of a HEIC picture is the largest that one of its items declares", () => {
  const ispe = (width: number, height: number) => {
    const box = Buffer.alloc(20)
    box.writeUInt32BE(20, 0)
    box.write("ispe", 4, "latin1")
    box.writeUInt32BE(width, 12)
    box.writeUInt32BE(height, 16)
    return box
  }
  const file = Buffer.concat([
    Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1"),
    ispe(512, 512),
    ispe(4032, 3024),
  ])
  expect(declaredSize(file, "image/heic")).toEqual({ width: 4032, height: 3024 })
  expect(declaredSize(file.subarray(0, 24), "image/heic")).toBeUndefined()
})

describe("of a TIFF", () => {
  /** Its header and one directory: tag, type (3: two bytes, 4: four) and value of each entry. */
  const tiff = (entries: readonly (readonly [number, 3 | 4, number])[], { little = true, next = 0 } = {}) => {
    const view = new DataView(new ArrayBuffer(8 + 2 + 12 * entries.length + 4))
    view.setUint16(0, little ? 0x4949 : 0x4d4d)
    view.setUint16(2, 42, little)
    view.setUint32(4, 8, little)
    view.setUint16(8, entries.length, little)
    for (const [i, [tag, type, value]] of entries.entries()) {
      const at = 10 + 12 * i
      view.setUint16(at, tag, little)
      view.setUint16(at + 2, type, little)
      view.setUint32(at + 4, 1, little)
      if (type === 3) view.setUint16(at + 8, value, little)
      else view.setUint32(at + 8, value, little)
    }
    view.setUint32(10 + 12 * entries.length, next, little)
    return new Uint8Array(view.buffer)
  }
  const page = [
    [256, 4, 2480],
    [257, 3, 3508],
  ] as const

  test.each([true, false])("the size of its only page is known before it is decoded (little-endian: %s)", (little) => {
    expect(declaredSize(tiff(page, { little }), "image/tiff")).toEqual({ width: 2480, height: 3508 })
  })

  test("of several pages no size is told, so that no page is lost by drawing the first alone", () => {
    expect(declaredSize(tiff(page, { next: 8 }), "image/tiff")).toBeUndefined()
  })

  test("that is cut short anywhere, or has no size, no size is told", () => {
    const whole = tiff(page)
    for (let length = 0; length < whole.length; length++)
      expect(declaredSize(whole.subarray(0, length), "image/tiff")).toBeUndefined()
    expect(declaredSize(tiff([[256, 4, 2480]]), "image/tiff")).toBeUndefined()
  })
})
