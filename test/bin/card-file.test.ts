import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, expect, test } from "vitest"
import { readCard } from "../../bin/ehr/card-file.ts"
import { cardPng } from "../../bin/ehr/card-png.ts"
import { encodeCard, makeCard } from "../../protocol/card.ts"
import { cardSvg } from "../../sdk/card-image.ts"

const folder = mkdtempSync(path.join(tmpdir(), "card-file-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const text = encodeCard(makeCard({ fingerprint: "A".repeat(43), hri: "https://hri.example" }))
const written = (name: string, content: string | Uint8Array): string => {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  return file
}
const svg = cardSvg(text, { heading: "EMERGENCY HEALTH CARD", lines: ["Opens my health record."] })

test.each([
  ["card.svg", svg],
  ["card.png", cardPng(text)],
  ["card.txt", text],
  ["space.txt", `${text} \n`],
  ["tab.txt", `\t${text}\t`],
  ["wrapped.txt", `${text.slice(0, 60)}\r\n${text.slice(60, 120)}\n  ${text.slice(120)}\n`],
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
