import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { makeFront } from "../../protocol/card-front.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import {
  maxOpenLines,
  type OpenPart,
  openLineKinds,
  openOpenPart,
  openPart,
  sealedHash,
  sealOpenPart,
} from "../../protocol/open-part.ts"
import { maxSealedOpenPart } from "../../protocol/primitives.ts"
import { aHash, cloudId, patientId } from "../kit/holders.ts"

const front = makeFront({ fingerprint: aHash("F") })
const place = { cloudId, patientId, cardId: patientId, number: 3 }
const said: OpenPart = {
  name: "Ελένη",
  language: "el",
  lines: [{ about: "allergy", text: "Πενικιλίνη" }],
  contact: { name: "Νίκος", phone: "+30 210 123-4567" },
}
const takes = (value: unknown) => openPart.safeParse(value).success

describe("an open part", () => {
  test("opens with the front, for the very place and number it was sealed for, and no other", async () => {
    const sealed = await sealOpenPart(front, place, said)
    expect(await openOpenPart(front, place, sealed)).toEqual(said)
    const elsewhere = [
      { ...place, cloudId: "other.example" },
      { ...place, patientId: "oKGio6SlpqeoqaqrrK2urw" },
      { ...place, cardId: "oKGio6SlpqeoqaqrrK2urw" },
      { ...place, number: 4 },
    ]
    for (const other of elsewhere) await expect(openOpenPart(front, other, sealed)).rejects.toThrow(CryptoFailure)
    const another = makeFront({ fingerprint: aHash("F") })
    await expect(openOpenPart(another, place, sealed)).rejects.toThrow(CryptoFailure)
    expect(await sealedHash(sealed)).not.toBe(await sealedHash(`${sealed}A`))
  })

  test("of the largest size fits the room that there is for what is sealed, and no larger one is sealed", async () => {
    const longest = { language: "el", lines: Array.from({ length: maxOpenLines }, () => line("a".repeat(120))) }
    const { length } = await sealOpenPart(front, place, longest)
    expect(length).toBeLessThanOrEqual(maxSealedOpenPart)
    const greek = { language: "el", lines: Array.from({ length: maxOpenLines }, () => line("ά".repeat(120))) }
    await expect(sealOpenPart(front, place, greek)).rejects.toThrow(TypeError)
    const full = { language: "el", lines: [...greek.lines.slice(0, 14), line("ά".repeat(36))] }
    expect(new TextEncoder().encode(JSON.stringify(full)).length).toBeLessThanOrEqual(4096)
    expect((await sealOpenPart(front, place, full)).length).toBeLessThanOrEqual(maxSealedOpenPart)
  })

  test("may say nothing, and has no member but those there are", () => {
    expect(takes({ language: "en", lines: [] })).toBe(true)
    expect(takes(said)).toBe(true)
    expect(takes({ ...said, more: 1 })).toBe(false)
    expect(takes({ lines: [] })).toBe(false)
    expect(takes({ language: "en" })).toBe(false)
    for (const about of openLineKinds)
      expect(takes({ language: "en", lines: [{ about, text: "a" }] }), about).toBe(true)
    expect(takes({ language: "en", lines: [{ about: "joke", text: "a" }] })).toBe(false)
    expect(takes({ language: "en", lines: Array.from({ length: maxOpenLines + 1 }, () => line("a")) })).toBe(false)
    expect(takes({ language: "el; x", lines: [] })).toBe(false)
  })

  test.each(["", "a\nb", "a\u0000", "a\u202eb", "a\u2066b", "\ud800", "a".repeat(121)])(
    "has no line %j, which could be read as something else",
    (text) => {
      expect(takes({ language: "en", lines: [line(text)] })).toBe(false)
    },
  )

  test.each(["112", "+30 210 1234567", "030/123-456"])("may name the number %j to call", (phone) => {
    expect(takes({ ...said, contact: { name: "N", phone } })).toBe(true)
  })

  test.each(["", "1", "(030)123456", "tel:112", "112;ext=1", "+", "12 ", "1".repeat(40), "٠١٢"])(
    "names no number %j to call",
    (phone) => {
      expect(takes({ ...said, contact: { name: "N", phone } })).toBe(false)
    },
  )

  test("is read as it was written, whatever it says", async () => {
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).filter((text) => takes(lineOf(text)))
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 5 }), async (texts) => {
        const said: OpenPart = { language: "en", lines: texts.map(line) }
        expect(await openOpenPart(front, place, await sealOpenPart(front, place, said))).toEqual(said)
      }),
      { numRuns: 20 },
    )
  })
})

function line(text: string): OpenPart["lines"][number] {
  return { about: "other", text }
}

function lineOf(text: string) {
  return { language: "en", lines: [line(text)] }
}
