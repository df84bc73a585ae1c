import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { type Detected, detect, headLength } from "../../apps/shared/detect.ts"
import { readStudy } from "../../apps/shared/dicom/study.ts"
import { decodeText } from "../../apps/shared/text-encoding.ts"
import en from "../../apps/shared/words/en.ts"
import { readSummary } from "../../fhir/summary.ts"
import { said } from "../fhir/reading.ts"
import { type KindOfFile, kindsOfFile } from "./samples.ts"

/** What a reader gets of a file: its words where this machine reads them, else by whom it is drawn; or why it isn't shown. */
type Reading = { readonly shown: string; readonly words?: string } | { readonly because: string }

const readings: Readonly<Record<Detected["kind"], (bytes: Uint8Array<ArrayBuffer>) => Reading>> = {
  fhir: (bytes) => ({
    shown: "a summary",
    words: readSummary(bytes)
      .sections.flatMap(({ items }) => items.map((item) => [said(item).label, ...item.marks].join(", ")))
      .join("; "),
  }),
  text: (bytes) => ({ shown: "its words", words: decodeText(bytes).text }),
  dicom: (bytes) => {
    const { outcome } = readStudy(bytes)
    return outcome === "ok" ? { shown: "an image study" } : { because: en.dicom.unsupportedBy[outcome] }
  },
  pdf: () => ({ shown: "a PDF" }),
  image: () => ({ shown: "a picture" }),
  other: () => ({ because: "" }),
}

const read = ({ bytes, name }: KindOfFile): { detected: Detected; reading: Reading } => {
  const detected = detect(bytes.subarray(0, headLength), bytes, name)
  const reading =
    detected.unshown === undefined ? readings[detected.kind](bytes) : { because: en.unshown[detected.unshown] }
  return { detected, reading }
}

describe("of every kind of file that patients get", () => {
  test.each(kindsOfFile)("$kind: is shown with its words, or said not to be when it is added", (file) => {
    const { reading } = read(file)
    if ("because" in reading) expect(reading.because).toMatch(/^\p{Lu}.{20,}\.$/u)
    else if (file.says !== undefined) expect(reading.words).toContain(file.says)
    else expect(reading.words).toBeUndefined()
  })

  test("docs/kinds.md says what this version does", async () => {
    const all = kindsOfFile.map((file) => ({ file, ...read(file) }))
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
file of each kind; \`npx vitest run --project unit test/kinds -u\` writes it anew. Every file is kept as it came, and can be
saved again. ${shown.length} of these ${all.length} are shown.

| kind | kept as | shown | what is said when it is added, or opened |
| --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join("\n")}
`
    await expect(page).toMatchFileSnapshot(join(import.meta.dirname, "../../docs/kinds.md"))
  })
})
