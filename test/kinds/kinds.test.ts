import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { listArchive, unpackFile } from "../../apps/shared/archive/read.ts"
import archiveEn from "../../apps/shared/archive/words-en.ts"
import { type Detected, detect, headLength } from "../../apps/shared/detect.ts"
import { readOffice } from "../../apps/shared/files/office/office.ts"
import { plainTextOf } from "../../apps/shared/files/office/written.ts"
import filesEn from "../../apps/shared/files/words-en.ts"
import { readHealthCards } from "../../apps/shared/health-cards/read.ts"
import healthCardEn from "../../apps/shared/health-cards/words-en.ts"
import { decodeText } from "../../apps/shared/text-encoding.ts"
import en from "../../apps/shared/words/en.ts"
import { readSummary } from "../../fhir/summary.ts"
import { decodeFrame } from "../../imaging/decode.ts"
import { readStudy } from "../../imaging/study.ts"
import { said } from "../fhir/reading.ts"
import { type KindOfFile, kindsOfFile } from "./samples.ts"

/** What a reader gets of a file: its words where this machine reads them, else by whom it is drawn; or why it isn't shown. */
type Reading = { readonly shown: string; readonly words?: string } | { readonly because: string }

const readings: Readonly<
  Record<Detected["kind"], (bytes: Uint8Array<ArrayBuffer>, contentType: string) => Reading | Promise<Reading>>
> = {
  fhir: (bytes) => ({
    shown: "a summary",
    words: readSummary(bytes)
      .sections.flatMap(({ items }) => items.map((item) => [said(item).label, ...item.marks].join(", ")))
      .join("; "),
  }),
  "health-card": async (bytes) => {
    const { cards } = await readHealthCards(bytes, [])
    const items = cards.flatMap(({ summary }) => summary?.sections ?? []).flatMap((section) => section.items)
    return items.length === 0
      ? { because: healthCardEn.empty }
      : { shown: "a summary", words: items.map((item) => said(item).label).join("; ") }
  },
  archive: async (bytes) => {
    const archive = new Blob([bytes])
    const listing = await listArchive(archive)
    if (listing.outcome !== "files") return { because: archiveEn.failures[listing.outcome] }
    const words: string[] = []
    for (const entry of listing.files) {
      const unpacked = await unpackFile(archive, entry)
      if (unpacked.outcome !== "file") return { because: archiveEn.failures[unpacked.outcome] }
      const { detected } = unpacked
      if (detected.unshown !== undefined) return { because: en.unshown[detected.unshown] }
      const reading = await readings[detected.kind](unpacked.bytes, detected.contentType)
      if ("because" in reading) return reading
      words.push(`${entry.path}: ${reading.words ?? reading.shown}`)
    }
    return { shown: "its files, each by its kind", words: words.join("\n") }
  },
  text: (bytes) => ({ shown: "its words", words: decodeText(bytes).text }),
  dicom: async (bytes) => {
    const reading = await readStudy(bytes)
    if (reading.outcome === "pdf") return { shown: "a PDF" }
    if (reading.outcome !== "ok") return { because: en.dicom.unsupportedBy[reading.outcome] }
    // A browser's picture of a JPEG is the browser's tests'.
    const frame = await decodeFrame(reading.study, 0, async () => new Uint8ClampedArray(16))
    return frame === undefined ? { because: en.dicom.unsupportedBy.decoding } : { shown: "an image study" }
  },
  office: async (bytes, contentType) => {
    const reading = await readOffice(bytes, contentType)
    if (reading.outcome === "words") return { shown: "its words", words: plainTextOf(reading.written) }
    if (reading.outcome !== "tables") return { because: filesEn.office[reading.outcome] }
    return {
      shown: "a table",
      words: reading.tables.flatMap(({ rows }) => rows.map((row) => row.join(" | "))).join("\n"),
    }
  },
  pdf: () => ({ shown: "a PDF" }),
  image: () => ({ shown: "a picture" }),
  other: () => ({ because: "" }),
}

const read = async ({ bytes, name }: KindOfFile): Promise<{ detected: Detected; reading: Reading }> => {
  const detected = detect(bytes.subarray(0, headLength), bytes, name)
  const reading =
    detected.unshown === undefined
      ? await readings[detected.kind](bytes, detected.contentType)
      : { because: en.unshown[detected.unshown] }
  return { detected, reading }
}

describe("of every kind of file that patients get", () => {
  test.each(kindsOfFile)("$kind: is shown with its words, or said not to be when it is added", async (file) => {
    const { reading } = await read(file)
    if ("because" in reading) expect(reading.because).toMatch(/^\p{Lu}.{20,}\.$/u)
    else if (file.says !== undefined) expect(reading.words).toContain(file.says)
    else expect(reading.words).toBeUndefined()
  })

  test("docs/kinds.md says what this version does", async () => {
    const all = await Promise.all(kindsOfFile.map(async (file) => ({ file, ...(await read(file)) })))
    const shown = all.filter(({ reading }) => "shown" in reading)
    const rows = all.map(({ file, detected: { contentType }, reading }) =>
      [
        file.kind,
        `\`${contentType}\``,
        "shown" in reading ? `as ${reading.shown}` : "no",
        "shown" in reading ? "" : reading.because,
      ].join(" | "),
    )
    const page = `# Kinds of file

What the apps and the command line make of the files that patients get from hospitals. Made by \`test/kinds\` from a small
file of each kind; \`npx vitest run --project unit test/kinds -u\` writes it anew. Every file but a picture is kept as it
came, and can be saved again. A picture is cleaned of where, when and by what it was taken; the apps also turn a photograph
upright and make its shorter side 1800 pixels at most. ${shown.length} of these ${all.length} are shown.

| kind | kept as | shown | what is said when it is added, or opened |
| --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join("\n")}
`
    await expect(page).toMatchFileSnapshot(join(import.meta.dirname, "../../docs/kinds.md"))
  })
})
