import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  concat,
  equal,
  free,
  fromBase64url,
  fromHex,
  fromStandardBase64,
  fromUtf8,
  toBase64url,
  toHex,
  toStandardBase64,
  utf8,
} from "../../../protocol/crypto/bytes.ts"

const ascii = (text: string) => new TextEncoder().encode(text)
const bytes = () => fc.uint8Array({ maxLength: 200 })

describe("base64", () => {
  // RFC 4648, section 10.
  test.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])("%j is %j", (text, encoded) => {
    expect(toStandardBase64(ascii(text))).toBe(encoded)
    expect(fromStandardBase64(encoded)).toEqual(ascii(text))
    expect(toBase64url(ascii(text))).toBe(encoded.replace(/=+$/, ""))
    expect(fromBase64url(encoded.replace(/=+$/, ""))).toEqual(ascii(text))
  })

  test("writes what Node writes, and reads it back", () => {
    fc.assert(
      fc.property(bytes(), (value) => {
        expect(toBase64url(value)).toBe(Buffer.from(value).toString("base64url"))
        expect(toStandardBase64(value)).toBe(Buffer.from(value).toString("base64"))
        expect(fromBase64url(toBase64url(value))).toEqual(value)
        expect(fromStandardBase64(toStandardBase64(value))).toEqual(value)
      }),
    )
  })

  test("takes one text for the same bytes and no other", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from("AQgwx09-_+/= \n")), maxLength: 6 }), (text) => {
        let read
        try {
          read = fromBase64url(text)
        } catch {
          return
        }
        expect(toBase64url(read)).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  test.each(["Zg==", "Zm8=", "Zh", "Zm9", "Z", "Zm9vY", "Zm+v", "Zm/v", "Zg\n", " Zg", "Zm9v\0", "Zm9\u{1f600}"])(
    "%j isn't base64url",
    (text) => {
      expect(() => fromBase64url(text)).toThrow(TypeError)
    },
  )

  test.each(["Zg", "Zg=", "Zg===", "Zh==", "Zm8", "Zm9v====", "Zm-v", "Zm_v", "====", "Zg==Zg=="])(
    "%j isn't base64",
    (text) => {
      expect(() => fromStandardBase64(text)).toThrow(TypeError)
    },
  )
})

test("hex is lower case and even", () => {
  expect(toHex(Uint8Array.of(0, 1, 0xab, 255))).toBe("0001abff")
  expect(fromHex("0001abff")).toEqual(Uint8Array.of(0, 1, 0xab, 255))
  for (const text of ["0", "AB", "0x", "g0", " 00"]) expect(() => fromHex(text)).toThrow(TypeError)
})

test("UTF-8 has one text for the same bytes: no replacement, no byte order mark lost", () => {
  expect(fromUtf8(utf8("Größe 😀\ufeff"))).toBe("Größe 😀\ufeff")
  expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa")
  expect(() => utf8("\ud800")).toThrow(TypeError)
  expect(() => fromUtf8(Uint8Array.of(0xff))).toThrow(TypeError)
  expect(() => fromUtf8(Uint8Array.of(0xc0, 0x80))).toThrow(TypeError)
})

test("bytes are joined in their order, and equal when all of them are", () => {
  expect(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3))
  expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
  expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
  expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false)
  expect(equal(new Uint8Array(0), new Uint8Array(0))).toBe(true)
})

test.for(["A=AA", "=AAA", "AA=A", "A==A", "A===", "===="])("padding anywhere but at the end is refused: %s", (text) => {
  expect(() => fromStandardBase64(text)).toThrow(TypeError)
})

describe("memory that is given back", () => {
  test("is of bytes with a buffer of their own, and they are empty then", () => {
    const bytes = Uint8Array.of(1, 2, 3)
    free(bytes)
    expect([bytes.length, bytes.buffer.byteLength]).toEqual([0, 0])
  })

  test.each([
    ["the beginning of", (buffer: ArrayBuffer) => new Uint8Array(buffer, 0, 2)],
    ["the end of", (buffer: ArrayBuffer) => new Uint8Array(buffer, 1)],
    ["nothing of", (buffer: ArrayBuffer) => new Uint8Array(buffer, 0, 0)],
  ])("is none where they are %s somebody's buffer", (_, part) => {
    const whole = Uint8Array.of(1, 2, 3)
    free(part(whole.buffer))
    expect([...whole]).toEqual([1, 2, 3])
  })

  test("is none where it is shared between threads, or can't be given back", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(7)
    free(shared)
    expect([...shared]).toEqual([7, 7, 7])
    const old = Uint8Array.of(1, 2, 3)
    const { transfer } = ArrayBuffer.prototype
    Reflect.deleteProperty(ArrayBuffer.prototype, "transfer")
    try {
      free(old)
    } finally {
      // oxlint-disable-next-line eslint/no-extend-native -- puts back what a platform of some years ago doesn't have
      Object.defineProperty(ArrayBuffer.prototype, "transfer", {
        value: transfer,
        writable: true,
        configurable: true,
      })
    }
    expect([...old]).toEqual([1, 2, 3])
  })
})
