import { parseXml, type XmlElement } from "../../../../fhir/xml.ts"
import { mediaType } from "../../kind.ts"
import { decodeText } from "../../text-encoding.ts"
import { lettersOf } from "../bytes.ts"
import { readZip, unpackEntry, type ZipEntry, ZipFailure } from "../zip.ts"
import { csvTable } from "./csv.ts"
import { struckStyles, writeWordprocessing } from "./docx.ts"
import { odfTables, stylesIn, writeOdf } from "./odf.ts"
import { rtfWords } from "./rtf.ts"
import type { Table } from "./table.ts"
import { Writer, type Written } from "./written.ts"
import { xlsxTables } from "./xlsx.ts"

/** What an office program's document says. `unreadable`: it is damaged, or too large to be read here; the file itself is as it came. */
export type OfficeReading =
  | { readonly outcome: "words"; readonly written: Written; readonly guessed?: boolean }
  | { readonly outcome: "tables"; readonly tables: readonly Table[]; readonly guessed?: boolean }
  | { readonly outcome: "encrypted" }
  | { readonly outcome: "unreadable" }

type Bytes = Uint8Array<ArrayBuffer>

/** Bytes of one part's XML; a letter has a hundredth of it. */
const longestPart = 24 * 1024 * 1024
const deepest = 200

const partsOf = async (file: Blob) => {
  const entries = new Map<string, ZipEntry>((await readZip(file)).map((entry) => [entry.path, entry]))
  const part = async (path: string): Promise<XmlElement | undefined> => {
    const entry = entries.get(path)
    if (entry === undefined) return undefined
    const parsed = parseXml(decodeText(await unpackEntry(file, entry, longestPart)).text, deepest)
    if (parsed.outcome !== "parsed") throw new ZipFailure("damaged")
    return parsed.root
  }
  return { paths: [...entries.keys()], part }
}

const needed = (root: XmlElement | undefined): XmlElement => {
  if (root === undefined) throw new ZipFailure("damaged")
  return root
}

/** What stands on paper, in its order: letterhead, text, notes, foot. */
const readDocx = async (file: Blob): Promise<OfficeReading> => {
  const { paths, part } = await partsOf(file)
  const named = (name: RegExp) => paths.filter((path) => name.test(path)).toSorted()
  const writer = new Writer()
  const body = needed(await part("word/document.xml"))
  const styles = struckStyles(await part("word/styles.xml"))
  const all = [
    ...named(/^word\/header\d*\.xml$/),
    undefined,
    ...named(/^word\/(footnotes|endnotes)\.xml$/),
    ...named(/^word\/footer\d*\.xml$/),
  ]
  for (const path of all) {
    const root = path === undefined ? body : await part(path)
    if (root !== undefined) writeWordprocessing(writer, root, styles)
    writer.paragraph()
  }
  return { outcome: "words", written: writer.end() }
}

const readOdt = async (file: Blob): Promise<OfficeReading> => {
  const { part } = await partsOf(file)
  const content = needed(await part("content.xml"))
  const looks = await part("styles.xml")
  const styles = stylesIn([content, ...(looks === undefined ? [] : [looks])])
  const within = (root: XmlElement | undefined, name: string): XmlElement[] =>
    root === undefined ? [] : root.name === name ? [root] : root.children.flatMap((each) => within(each, name))
  const writer = new Writer()
  const parts = [...within(looks, "header"), ...within(content, "body"), ...within(looks, "footer")]
  for (const each of parts) writeOdf(writer, each, styles)
  return { outcome: "words", written: writer.end() }
}

const readers: Readonly<Record<string, (file: Blob, bytes: Bytes) => Promise<OfficeReading>>> = {
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": readDocx,
  "application/vnd.oasis.opendocument.text": readOdt,
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": async (file) => ({
    outcome: "tables",
    tables: await xlsxTables((await partsOf(file)).part),
  }),
  "application/vnd.oasis.opendocument.spreadsheet": async (file) => ({
    outcome: "tables",
    tables: odfTables(needed(await (await partsOf(file)).part("content.xml"))),
  }),
  "application/rtf": async (_, bytes) => ({
    outcome: "words",
    written: rtfWords(lettersOf(bytes.subarray(0, longestPart))),
  }),
  "text/csv": async (_, bytes) => {
    const { text, guessed } = decodeText(bytes)
    return { outcome: "tables", tables: [csvTable(text)], guessed }
  },
}

/** The words or tables of an office program's document; its looks, pictures and formulas stay behind. Never rejects. */
export const readOffice = async (bytes: Bytes, contentType: string): Promise<OfficeReading> => {
  const read = readers[mediaType(contentType)]
  if (read === undefined) return { outcome: "unreadable" }
  try {
    return await read(new Blob([bytes]), bytes)
  } catch (error) {
    return { outcome: error instanceof ZipFailure && error.code === "encrypted" ? "encrypted" : "unreadable" }
  }
}
