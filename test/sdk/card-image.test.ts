import { describe, expect, test } from "vitest"
import { encodeCard, makeCard } from "../../protocol/card.ts"
import { frontAddress, makeFront } from "../../protocol/card-front.ts"
import { cardSheetSvg, cardSvg, qrModules } from "../../sdk/card-image.ts"
import { aHash } from "../kit/holders.ts"

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

  test("has a smaller code with words under it, whose modules are as wide as the other's, and nothing of them in the code's white", () => {
    const address = frontAddress(makeFront({ fingerprint: aHash("F") }), `https://${"a".repeat(17)}.example.org/`)
    const front = cardSvg(address, { heading: "In an emergency", lines: ["Born: 1957"], under: ["Scan it."] })
    const [, left, scale] = /translate\(([\d.]+) [\d.]+\) scale\(([\d.]+)\)/.exec(front) ?? []
    const white = 4 * Number(scale)
    expect(Number(scale)).toBeGreaterThan(0.7)
    expect(Number(left)).toBeGreaterThan(white)
    const texts = [...front.matchAll(/<text x="([\d.]+)" y="([\d.]+)" font-size="([\d.]+)"[^>]*>([^<]*)/g)]
    expect(texts.map(([, , , , words]) => words)).toEqual(["In an emergency", "Born: 1957", "Scan it."])
    for (const [, x, y, size] of texts) {
      const isBeside = Number(x) >= Number(left) + 30 + white - 0.1
      const isBelow = Number(y) - Number(size) >= Number(left) + 30
      expect(isBeside || isBelow).toBe(true)
    }
  })

  test("escapes what people wrote", () => {
    expect(svg).toContain(">Pat &lt;Test&gt; &amp; &quot;Co&quot;</text>")
    expect(svg).toContain(">born 1990</text>")
    expect(svg.match(/</g)).toHaveLength(svg.match(/>/g)?.length ?? 0)
  })

  test("writes many lines smaller before it leaves any out", () => {
    const lines = Array.from({ length: 12 }, (_, i) => `line ${i}`)
    const svg = cardSvg("A", { heading: "H", lines })
    for (const line of lines) expect(svg).toContain(`>${line}</text>`)
    expect(svg).not.toContain("…")
  })

  test("says where it left out lines that don't fit", () => {
    expect(cardSvg("A", { heading: "H", lines: Array.from({ length: 40 }, () => "one more line") })).toContain(
      " …</text>\n</svg>",
    )
  })
})

const versionOf = (text: string) => (qrModules(text).length - 17) / 4

describe("the codes of a card's two sides", () => {
  test("are of version 6 at most for the front, with the longest address of a page that is printed", () => {
    const front = makeFront({ fingerprint: aHash("F") })
    for (const secret of [front.secret, new Uint8Array(16), new Uint8Array(16).fill(255)]) {
      expect(
        versionOf(frontAddress({ ...front, secret }, `https://${"a".repeat(17)}.example.org/`)),
      ).toBeLessThanOrEqual(6)
      expect(versionOf(frontAddress({ ...front, secret }, "https://card.example/"))).toBeLessThanOrEqual(5)
    }
  })

  test("are of version 10 at most for the back, with the address of an index of 63 characters", () => {
    for (const hri of ["https://hri.example/", `https://${"a".repeat(43)}.example.org`])
      expect(versionOf(encodeCard(makeCard({ fingerprint: aHash("F"), hri })))).toBeLessThanOrEqual(10)
  })

  test("stand beside each other on one sheet, with a line to fold it at", () => {
    const side = (text: string) => cardSvg(text, { heading: text, lines: [] })
    const sheet = cardSheetSvg(side("FRONT"), side("BACK"))
    expect(sheet).toContain('width="171.2mm" height="54mm" viewBox="0 0 171.2 54"')
    expect(sheet.indexOf("FRONT")).toBeLessThan(sheet.indexOf("BACK"))
    // Units of the sheet: a length in mm would be taken for as many pixels, which are not its units.
    expect(sheet.match(/<svg [^>]*x="0" width="85.6" height="54" [^]*FRONT/)).not.toBeNull()
    expect(sheet).toMatch(/<svg [^>]*x="85.6" width="85.6" height="54" [^]*BACK/)
    expect(sheet).toContain("stroke-dasharray")
    expect(sheet.match(/<svg /g)).toHaveLength(3)
    expect(sheet.match(/<\/svg>/g)).toHaveLength(3)
    // Printed in grey as it is: black, white, and greys.
    expect(new Set(sheet.match(/#[0-9a-f]{3,6}/g))).toEqual(new Set(["#fff", "#999", "#666"]))
  })
})
