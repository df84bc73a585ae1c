import * as fc from "fast-check"
import { expect, test } from "vitest"
import { fromBase45, toBase45 } from "../../../protocol/crypto/base45.ts"

// RFC 9285, section 4.
test.each([
  ["AB", "BB8"],
  ["Hello!!", "%69 VD92EX0"],
  ["base-45", "UJCLQE7W581"],
  ["ietf!", "QED8WEX0"],
  ["", ""],
])("%j is %j in base45", (text, encoded) => {
  expect(toBase45(new TextEncoder().encode(text))).toBe(encoded)
  expect(fromBase45(encoded)).toEqual(new TextEncoder().encode(text))
})

test("the largest values are taken, the next ones refused", () => {
  expect(fromBase45("FGW")).toEqual(Uint8Array.of(255, 255))
  expect(fromBase45("U5")).toEqual(Uint8Array.of(255))
  for (const text of ["GGW", ":::", "V5", "::"]) expect(() => fromBase45(text)).toThrow(TypeError)
})

test.each(["A", "ABCD", "bb8", "BB_", "BB8\n", "B\u{1f600}"])("%j isn't base45", (text) => {
  expect(() => fromBase45(text)).toThrow(TypeError)
})

test("any bytes come back, and a text that is read is the one that is written", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(fromBase45(toBase45(bytes))).toEqual(bytes)
    }),
  )
  const digits = fc.constantFrom(...Array.from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"))
  fc.assert(
    fc.property(fc.string({ unit: digits, maxLength: 9 }), (text) => {
      let bytes
      try {
        bytes = fromBase45(text)
      } catch {
        return
      }
      expect(toBase45(bytes)).toBe(text)
    }),
    { numRuns: 2000 },
  )
})
