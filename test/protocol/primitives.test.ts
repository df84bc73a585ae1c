import * as fc from "fast-check"
import { expect, test } from "vitest"
import * as z from "zod/mini"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { base64urlOf, base64urlUpTo } from "../../protocol/primitives.ts"

const characters = Array.from("ABwgQz09-_=+/ \n")
const lengths = fc.integer({ min: 1, max: 99 })
const takes = (schema: z.ZodMiniType, text: string) => z.safeParse(schema, text).success

test("base64url of a number of bytes is what any such bytes are written as", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 99 }), (bytes) => {
      expect(takes(base64urlOf(bytes.length), toBase64url(bytes))).toBe(true)
      expect(takes(base64urlUpTo(bytes.length), toBase64url(bytes))).toBe(true)
      expect(takes(base64urlOf(bytes.length + 1), toBase64url(bytes))).toBe(false)
      expect(takes(base64urlUpTo(bytes.length - 1), toBase64url(bytes))).toBe(false)
    }),
  )
})

test("base64url of a number of bytes is no other text", () => {
  const texts = lengths.chain((bytes) =>
    fc.tuple(
      fc.constant(bytes),
      fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: Math.ceil((bytes * 4) / 3) }),
    ),
  )
  fc.assert(
    fc.property(texts, ([bytes, text]) => {
      const read = decoded(text)
      expect(takes(base64urlOf(bytes), text)).toBe(read?.length === bytes)
      expect(takes(base64urlUpTo(bytes), text)).toBe(read !== undefined)
    }),
    { numRuns: 2000 },
  )
})

test.for([
  [16, `${"A".repeat(21)}B`],
  [32, `${"A".repeat(42)}B`],
  [40, `${"A".repeat(53)}B`],
] as const)("base64url of %i bytes is no text whose trailing bits aren't zero", ([bytes, text]) => {
  expect(takes(base64urlOf(bytes), text)).toBe(false)
  expect(takes(base64urlOf(bytes), text.replace("B", "A"))).toBe(true)
})

/** The bytes of a text that has some. */
function decoded(text: string) {
  try {
    return fromBase64url(text)
  } catch {
    return undefined
  }
}
