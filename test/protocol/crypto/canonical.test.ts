import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { utf8 } from "../../../protocol/crypto/bytes.ts"
import { canonicalHash, canonicalText } from "../../../protocol/crypto/canonical.ts"
import { parseJson } from "../../../protocol/crypto/strict-json.ts"

describe("canonical JSON", () => {
  test("is that of RFC 8785, section 3.2.4", () => {
    const value: unknown = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    )
    expect(canonicalText(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    )
  })

  test("sorts names by UTF-16 units (RFC 8785, section 3.2.3)", () => {
    const names = ["\u20ac", "\r", "\ufb33", "1", "\ud83d\ude00", "\u0080", "\u00f6"]
    const value = Object.fromEntries(names.map((name) => [name, 0]))
    const sorted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\ud83d\ude00", "\ufb33"]
    expect(canonicalText(value)).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(",")}}`)
  })

  // RFC 8785, appendix B.
  test.each([
    [0, "0"],
    [-0, "0"],
    [5e-324, "5e-324"],
    [-1.7976931348623157e308, "-1.7976931348623157e+308"],
    [9007199254740992, "9007199254740992"],
    [295147905179352830000, "295147905179352830000"],
    [9.999999999999997e22, "9.999999999999997e+22"],
    [1e23, "1e+23"],
    [0.000001, "0.000001"],
    [1e-7, "1e-7"],
  ])("writes the number %d as %s", (number, text) => {
    expect(canonicalText(number)).toBe(text)
  })

  test.each([
    ["NaN", Number.NaN],
    ["infinity", { a: [Number.POSITIVE_INFINITY] }],
    ["undefined", undefined],
    ["an undefined member", { a: undefined }],
    ["an undefined item", [undefined]],
    ["a hole", Array.from({ length: 1 })],
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate as a name", { "\udc00": 1 }],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["bytes", new Uint8Array(1)],
    ["a function", () => 1],
    ["a symbol", Symbol("a")],
    ["a symbol as a name", { [Symbol("a")]: 1 }],
    ["a bigint", 1n],
    ["an object with toJSON", { toJSON: () => 1 }],
  ])("refuses %s", async (_, value) => {
    expect(() => canonicalText(value)).toThrow(TypeError)
    await expect(canonicalHash(value)).rejects.toThrow(TypeError)
  })

  test("has a frozen hash", async () => {
    // printf '{"a":[1,"ä"],"b":null}' | openssl dgst -sha256 -binary | basenc --base64url
    expect(await canonicalHash({ b: null, a: [1, "ä"] })).toBe("CdBkArFZh4bnQDFJs8SEuKuCbYPERIUoEikAdtsSZGs")
  })

  test("is the same whatever the order of names, and reads back as the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(JSON.stringify(value).isWellFormed() && !JSON.stringify(value).includes("\\ud"))
        const text = canonicalText(value)
        const reversed: unknown = JSON.parse(JSON.stringify(value), (_, member: unknown) =>
          typeof member === "object" && member !== null && !Array.isArray(member)
            ? Object.fromEntries(Object.entries(member).toReversed())
            : member,
        )
        expect(canonicalText(reversed)).toBe(text)
        expect(canonicalText(JSON.parse(text))).toBe(text)
      }),
    )
  })
})

describe("strict JSON", () => {
  test("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(text.isWellFormed())
        expect(parseJson(utf8(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  test.each([
    '{"a":1,"a":1}',
    String.raw`{"a":1,"\u0061":1}`,
    '{"x":{"a":1, "b":[{}], "a" : 2}}',
    String.raw`{"\"":1,"b":"\\","\"":2}`,
    '{"__proto__":1,"__proto__":2}',
  ])("refuses a name that stands twice: %s", (text) => {
    expect(() => parseJson(utf8(text))).toThrow(TypeError)
  })

  test.each([
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a:","c":"{\\"a\\":1,"}',
    String.raw`{"a":"\\","b":"\\\"","c":":"}`,
    '{"A":1,"a":2}',
    "7",
    '"a"',
  ])("takes names and values that only look alike: %s", (text) => {
    expect(parseJson(utf8(text))).toEqual(JSON.parse(text))
  })

  test.each(["", "{", "{'a':1}", "[1,]", "\ufeff{}", "NaN", "01"])("refuses %j", (text) => {
    expect(() => parseJson(utf8(text))).toThrow(SyntaxError)
  })

  test("takes a time that grows with the text alone: a quadratic one would not end within the test's", () => {
    const long = "x".repeat(10_000_000)
    expect(parseJson(utf8(`{"a":"${long}"}`))).toEqual({ a: long })
    expect(parseJson(utf8(`{"a":"${String.raw`\\`.repeat(60_000)}"}`))).toEqual({ a: "\\".repeat(60_000) })
    expect(() => parseJson(utf8("[".repeat(5000) + "]".repeat(5000)))).not.toThrow()
  })
})

test("an object without a prototype is one like any other", () => {
  const bare: unknown = Object.assign(Object.create(null), { b: 1, a: [] })
  expect(canonicalText(bare)).toBe('{"a":[],"b":1}')
})
