import { inflateSync } from "node:zlib"
import { describe, expect, test, vi } from "vitest"
import { cardPng, greyscalePng } from "../../bin/ehr/card-png.ts"
import { scanCard } from "../../bin/ehr/scan-card.ts"

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
const text = `EHR1:${Array.from({ length: 450 }, (_, i) => alphabet[(i * 31 + (i % 11) * 7) % 45]).join("")}`

/** The pixels of a PNG made here: one chunk of unfiltered rows. */
function pixelsOf(png: Uint8Array): { pixels: Uint8Array; side: number } {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  const side = view.getUint32(16)
  const rows = inflateSync(png.subarray(41, 41 + view.getUint32(33)))
  const pixels = new Uint8Array(side * side)
  for (let y = 0; y < side; y++) pixels.set(rows.subarray(y * (side + 1) + 1, (y + 1) * (side + 1)), y * side)
  return { pixels, side }
}

/** The picture with a grey disc over `share` of its code. */
function blotted(png: Uint8Array, share: number): Uint8Array {
  const { pixels, side } = pixelsOf(png)
  const code = (side * 81) / 89
  const radius = Math.sqrt((code * code * share) / Math.PI)
  const stained = pixels.map((pixel, i) => {
    const [x, y] = [i % side, Math.floor(i / side)]
    return Math.hypot(x - side * 0.55, y - side * 0.52) < radius ? 60 : pixel
  })
  return greyscalePng(stained, side, side)
}

describe("a card's picture", () => {
  test("gives back the text it was made of, without any network", async () => {
    const fetching = vi.spyOn(globalThis, "fetch")
    expect(await scanCard(cardPng(text))).toBe(text)
    expect(fetching).not.toHaveBeenCalled()
  })

  test("has 8 pixels per module and four modules of white on each side", () => {
    const { pixels, side } = pixelsOf(cardPng(text))
    expect(side).toBe((81 + 8) * 8)
    expect(pixels.subarray(0, side * 32).every((pixel) => pixel === 255)).toBe(true)
    expect(pixels[32 * side + 32]).toBe(0)
  })

  test("is read with a blot over a tenth of it", async () => {
    expect(await scanCard(blotted(cardPng(text), 0.1))).toBe(text)
  })

  test("that is ruined gets a sentence on what to do", async () => {
    await expect(scanCard(blotted(cardPng(text), 0.4))).rejects.toThrow(/picture/)
  })

  test("without a code gets a sentence on what to do", async () => {
    const white = greyscalePng(new Uint8Array(40_000).fill(255), 200, 200)
    await expect(scanCard(white)).rejects.toThrow("There is no QR code in the picture.")
  })

  test("with two cards isn't guessed at", async () => {
    const [one, two] = [pixelsOf(cardPng("EHR1:ONE")), pixelsOf(cardPng("EHR1:TWO"))]
    const both = Uint8Array.from([...one.pixels, ...two.pixels])
    await expect(scanCard(greyscalePng(both, one.side, 2 * one.side))).rejects.toThrow("more than one QR code")
  })

  test("that is no picture is called so", async () => {
    await expect(scanCard(new TextEncoder().encode("card"))).rejects.toThrow("isn't a picture")
    await expect(scanCard(new Uint8Array())).rejects.toThrow("isn't a picture")
    await expect(scanCard(cardPng(text).subarray(0, 400))).rejects.toThrow("picture")
  })
})
