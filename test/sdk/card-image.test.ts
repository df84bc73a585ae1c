import { describe, expect, test } from "vitest"
import { cardSvg, qrModules } from "../../sdk/card-image.ts"

/** 300 bytes in base45 (three characters for two bytes), of all its characters, behind the card's prefix. */
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
const longestText = `EHR1:${Array.from({ length: 450 }, (_, i) => alphabet[(i * 31 + (i % 11) * 7) % 45]).join("")}`

describe("a printable card", () => {
  const svg = cardSvg(longestText, { heading: "Emergency card", lines: ['Pat <Test> & "Co"', "born\u0000 1990"] })

  test("has the size of a credit card", () => {
    expect(svg).toContain('width="85.6mm" height="54mm" viewBox="0 0 85.6 54"')
  })

  test("keeps its longest payload within version 16 at level Q", () => {
    expect((qrModules(longestText).length - 17) / 4).toBeLessThanOrEqual(16)
  })

  test("refuses what would need smaller modules", () => {
    expect(() => qrModules("A".repeat(700))).toThrow("too long for a QR code")
  })

  test("prints the code 42 mm wide with four modules of white around it", () => {
    const [, left, scale] = /translate\(([\d.]+) [\d.]+\) scale\(([\d.]+)\)/.exec(svg) ?? []
    const size = qrModules(longestText).length
    expect(Number(scale) * size).toBeCloseTo(42, 2)
    expect(Number(left)).toBeGreaterThan(4 * Number(scale))
    for (const [, x] of svg.matchAll(/<text x="([\d.]+)"/g)) {
      expect(Number(x)).toBeGreaterThan(Number(left) + 42 + 3.9 * Number(scale))
    }
  })

  test("escapes what people wrote", () => {
    expect(svg).toContain(">Pat &lt;Test&gt; &amp; &quot;Co&quot;</text>")
    expect(svg).toContain(">born 1990</text>")
    expect(svg.match(/</g)).toHaveLength(svg.match(/>/g)?.length ?? 0)
  })

  test("says where it left out lines that don't fit", () => {
    expect(cardSvg("A", { heading: "H", lines: Array.from({ length: 40 }, () => "one more line") })).toContain(
      " …</text>\n</svg>",
    )
  })
})
