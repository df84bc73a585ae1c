import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, expect, test } from "vitest"
import { readCard } from "../../bin/ehr/card-file.ts"
import { cardPng } from "../../bin/ehr/card-png.ts"
import { encodeCard, makeCard } from "../../protocol/card.ts"
import { frontAddress, makeFront } from "../../protocol/card-front.ts"
import { cardSheetSvg, cardSvg } from "../../sdk/card-image.ts"

const folder = mkdtempSync(path.join(tmpdir(), "card-file-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const text = encodeCard(makeCard({ fingerprint: "A".repeat(43), hri: "https://hri.example" }))
/** Where a line may end, from there on: a space is a digit, which a reader can't tell from an indentation. */
const wrapAt = (from: number): number => (/ /.test(text.slice(from - 1, from + 1)) ? wrapAt(from + 1) : from)
const [first, second] = [wrapAt(60), wrapAt(120)]
const written = (name: string, content: string | Uint8Array): string => {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  return file
}
const svg = cardSvg(text, { heading: "EMERGENCY HEALTH CARD", lines: ["Opens my health record."] })
const address = frontAddress(makeFront({ fingerprint: "A".repeat(43) }), "https://card.example/")
const frontSvg = cardSvg(address, { heading: "IN AN EMERGENCY", lines: [], under: ["Scan it."] })

test.each([
  ["card.svg", svg],
  ["sheet.svg", cardSheetSvg(frontSvg, svg)],
  ["card.png", cardPng(text)],
  ["card.txt", text],
  ["space.txt", `${text} \n`],
  ["tab.txt", `\t${text}\t`],
  ["wrapped.txt", `${text.slice(0, first)}\r\n${text.slice(first, second)}\n  ${text.slice(second)}\n`],
])("a card is read from %s", async (name, content) => {
  expect((await readCard(written(name, content))).text.trim()).toBe(text)
})

test.each([
  ["card.heic", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0\xff\xfe", "latin1")],
  ["card.webp", Buffer.from("RIFF\xff\xff\0\0WEBPVP8 ", "latin1")],
  ["card.png", cardPng(text).subarray(0, 60)],
])("%s, which can't be decoded, is said to be no picture that can be read", async (name, content) => {
  await expect(readCard(written(name, content))).rejects.toThrow(/isn't a picture that can be read\. Use a PNG/)
})

test("a text that is no card, and a drawing without a code, are called foreign", async () => {
  for (const content of ["hello", "<svg><path d='M0 0h1'/></svg>", svg.replace(/ d="[^"]+"/, "")])
    await expect(readCard(written("other", content))).rejects.toMatchObject({ code: "card-foreign" })
})
