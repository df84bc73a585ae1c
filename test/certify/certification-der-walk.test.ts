import { describe, expect, test } from "vitest"
import { walk } from "../../certify/der-walk.ts"

const walked = (...bytes: number[]) =>
  Array.from(walk(Uint8Array.from(bytes)), ({ tag, whole, content }) => [tag, [...whole], [...content]])

describe("walking DER", () => {
  test("gives values in their order, each with its header and without", () => {
    expect(walked()).toEqual([])
    expect(walked(5, 0)).toEqual([[5, [5, 0], []]])
    expect(walked(4, 2, 7, 8, 0x30, 3, 2, 1, 9)).toEqual([
      [4, [4, 2, 7, 8], [7, 8]],
      [0x30, [0x30, 3, 2, 1, 9], [2, 1, 9]],
    ])
  })

  test("reads lengths of up to four bytes", () => {
    expect(walked(4, 0x7f, ...Array(127).fill(1))).toEqual([[4, [4, 0x7f, ...Array(127).fill(1)], Array(127).fill(1)]])
    for (const header of [
      [0x81, 1],
      [0x82, 0, 1],
      [0x83, 0, 0, 1],
      [0x84, 0, 0, 0, 1],
    ])
      expect(walked(4, ...header, 7, 5, 0)).toEqual([
        [4, [4, ...header, 7], [7]],
        [5, [5, 0], []],
      ])
    const long = Array(0x102).fill(6)
    expect(walked(4, 0x82, 1, 2, ...long)).toEqual([[4, [4, 0x82, 1, 2, ...long], long]])
  })

  test.for([
    ["a tag alone", [4]],
    ["a tag alone after a value", [5, 0, 4]],
    ["a tag of several bytes", [0x1f, 0x1f, 0]],
    ["a constructed tag of several bytes", [0xbf, 1, 0]],
    ["no definite length", [0x30, 0x80, 0, 0]],
    ["a length of five bytes", [4, 0x85, 0, 0, 0, 0, 1, 7]],
    ["a length that is cut off", [4, 0x82, 1]],
    ["a content that is cut off", [4, 2, 7]],
    ["a content that is cut off, its length in two bytes", [4, 0x81, 2, 7]],
    ["a content that would end where no file is as long", [4, 0x84, 0xff, 0xff, 0xff, 0xff, 7]],
  ] as [string, number[]][])("refuses %s", ([, bytes]) => {
    expect(() => walked(...bytes)).toThrow(Error)
  })

  test("takes a tag of one byte whatever its class", () => {
    expect(walked(0xa0, 0, 0xde, 0).map(([tag]) => tag)).toEqual([0xa0, 0xde])
  })
})
