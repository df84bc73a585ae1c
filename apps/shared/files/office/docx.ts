import type { XmlElement } from "../../../../fhir/xml.ts"
import type { Writer } from "./written.ts"

const attribute = (element: XmlElement | undefined, local: string): string | undefined => {
  for (const [name, value] of element?.attributes ?? []) if (name === local || name.endsWith(`:${local}`)) return value
  return undefined
}

const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((each) => each.name === name)

/** A property that is there is on, unless it says that it is off (ISO 29500-1, 17.17.4). */
const isOn = (properties: XmlElement | undefined, name: string): boolean => {
  const property = child(properties, name)
  return property !== undefined && !["0", "false", "off", "none"].includes(attribute(property, "val") ?? "1")
}

/** Boxes and ticks of the fonts that have no letters; their place in such a font may stand 0xf000 higher. */
const symbols: Readonly<Record<string, string>> = {
  "Wingdings a8": "☐",
  "Wingdings fd": "☒",
  "Wingdings fe": "☑",
  "Wingdings fb": "✗",
  "Wingdings fc": "✓",
  "Wingdings 6f": "☐",
  "Wingdings 78": "☒",
  "Wingdings e0": "→",
  "Wingdings 2 52": "☑",
  "Wingdings 2 53": "☒",
  "Wingdings 2 a3": "☐",
  "Wingdings 2 50": "✓",
  "Wingdings 2 4f": "✗",
  "Symbol b7": "•",
  "Symbol 61": "α",
  "Symbol 62": "β",
  "Symbol 67": "γ",
  "Symbol 6d": "μ",
  "Symbol b0": "°",
  "Symbol b1": "±",
  "Symbol a3": "≤",
  "Symbol b3": "≥",
  "Symbol ad": "↑",
  "Symbol af": "↓",
  "Symbol ae": "→",
}
export const symbolOf = (font: string, code: number): string | undefined =>
  symbols[`${font} ${(code & 0xff).toString(16)}`]

/** Parts whose words nobody reads on paper: properties, deleted text, the code of fields, the second form of a drawing. */
const unread: ReadonlySet<string> = new Set([
  "pPr",
  "rPr",
  "tblPr",
  "trPr",
  "tcPr",
  "sectPr",
  "instrText",
  "delText",
  "Fallback",
])
const deleted: ReadonlySet<string> = new Set(["del", "moveFrom"])

const writeSymbol = (writer: Writer, element: XmlElement, struck: boolean) => {
  const code = Number.parseInt(attribute(element, "char") ?? "", 16)
  const known = symbolOf(attribute(element, "font") ?? "", code)
  if (known === undefined) writer.note("symbols")
  writer.write(known ?? "�", struck)
}

const single: Readonly<Record<string, (writer: Writer, element: XmlElement, struck: boolean) => void>> = {
  t: (writer, { text }, struck) => writer.write(text, struck),
  tab: (writer, _, struck) => writer.write("\t", struck),
  br: (writer, _, struck) => writer.write("\n", struck),
  cr: (writer, _, struck) => writer.write("\n", struck),
  noBreakHyphen: (writer, _, struck) => writer.write("-", struck),
  sym: writeSymbol,
  checkBox: (writer, element) => {
    const isChecked = child(element, "checked") === undefined ? isOn(element, "default") : isOn(element, "checked")
    writer.write(isChecked ? "☒" : "☐")
  },
  blip: (writer) => writer.note("pictures"),
  imagedata: (writer) => writer.note("pictures"),
}

/** Names of the styles that put a line through letters. */
export const struckStyles = (styles: XmlElement | undefined): ReadonlySet<string> =>
  new Set(
    styles?.children.flatMap((style) => {
      const looks = child(style, "rPr")
      const id = attribute(style, "styleId")
      return id !== undefined && (isOn(looks, "strike") || isOn(looks, "dstrike")) ? [id] : []
    }),
  )

interface Place {
  readonly writer: Writer
  readonly styles: ReadonlySet<string>
}

/** Runs, and whatever holds runs: links, inserted text, content controls, boxes with paragraphs of their own. */
const writeInline = (place: Place, element: XmlElement, within: boolean): void => {
  const { writer, styles } = place
  const { name } = element
  if (deleted.has(name)) return writer.note("changes")
  if (unread.has(name)) return undefined
  const write = single[name]
  if (write !== undefined) return write(writer, element, within)
  if (name === "p") writer.space()
  if (name === "ins" || name === "moveTo") writer.note("changes")
  const looks = name === "r" ? child(element, "rPr") : undefined
  if (isOn(looks, "vanish")) return writer.note("hidden")
  const style = attribute(child(looks ?? child(element, "pPr"), looks === undefined ? "pStyle" : "rStyle"), "val")
  const struck = within || isOn(looks, "strike") || isOn(looks, "dstrike") || styles.has(style ?? "")
  for (const part of element.children) writeInline(place, part, struck)
}

/** A table row's cells stand side by side; what stands in one is kept on one line. */
const writeRow = (place: Place, row: XmlElement): void => {
  const { writer } = place
  writer.paragraph()
  const cells = row.children.filter(({ name }) => name === "tc" || name === "sdt")
  for (const [i, cell] of cells.entries()) {
    if (i > 0) writer.write(" | ")
    writeInline(place, cell, false)
  }
  writer.paragraph()
}

const writeParagraph = (place: Place, paragraph: XmlElement): void => {
  const { writer } = place
  writer.paragraph()
  if (child(child(paragraph, "pPr"), "numPr") !== undefined) writer.write("• ")
  writeInline(place, paragraph, false)
  writer.paragraph()
}

const writeBlock = (place: Place, element: XmlElement): void => {
  const { name } = element
  if (name === "p") return writeParagraph(place, element)
  if (name === "tr") return writeRow(place, element)
  if (deleted.has(name)) return place.writer.note("changes")
  if (unread.has(name)) return undefined
  for (const part of element.children) writeBlock(place, part)
}

/** The words of a part of a WordprocessingML document (ISO 29500-1, 17): the body, a header, notes. */
export const writeWordprocessing = (writer: Writer, root: XmlElement, styles: ReadonlySet<string>): void =>
  writeBlock({ writer, styles }, root)
