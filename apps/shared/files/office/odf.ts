import type { XmlElement } from "../../../../fhir/xml.ts"
import { type Table, TableWriter } from "./table.ts"
import type { Writer } from "./written.ts"

const attribute = (element: XmlElement, local: string): string | undefined => {
  for (const [name, value] of element.attributes) if (name === local || name.endsWith(`:${local}`)) return value
  return undefined
}

const every = function* (element: XmlElement): Generator<XmlElement> {
  yield element
  for (const part of element.children) yield* every(part)
}

/** Names of the styles whose letters have a line through them, or that are hidden. */
export interface Styles {
  readonly struck: ReadonlySet<string>
  readonly hidden: ReadonlySet<string>
}

/** The styles of a document and of its parts (OASIS OpenDocument 1.3, 20.370 and 20.398). */
export const stylesIn = (roots: readonly XmlElement[]): Styles => {
  const [struck, hidden] = [new Set<string>(), new Set<string>()]
  for (const root of roots)
    for (const style of every(root)) {
      const name = style.name === "style" ? attribute(style, "name") : undefined
      const looks = style.children.find((each) => each.name === "text-properties")
      if (name === undefined || looks === undefined) continue
      const [line, kind] = [attribute(looks, "text-line-through-style"), attribute(looks, "text-line-through-type")]
      if ((line ?? "none") !== "none" || (kind ?? "none") !== "none") struck.add(name)
      if (attribute(looks, "display") === "none") hidden.add(name)
    }
  return { struck, hidden }
}

const unread: ReadonlySet<string> = new Set([
  "tracked-changes",
  "annotation",
  "forms",
  "sequence-decls",
  "desc",
  "title",
])

/** Spaces in a row are one space, as in HTML; those that are meant stand as elements (6.1.2). */
const collapsed = (text: string) => text.replaceAll(/[\t\n\r ]+/g, " ")

const inline = (writer: Writer, element: XmlElement, styles: Styles, within: boolean): void => {
  const style = attribute(element, "style-name") ?? ""
  if (styles.hidden.has(style)) return writer.note("hidden")
  const struck = within || styles.struck.has(style)
  for (const part of element.content) {
    if (typeof part === "string") writer.write(collapsed(part), struck)
    else if (part.name === "tab") writer.write("\t", struck)
    else if (part.name === "line-break") writer.write("\n", struck)
    else if (part.name === "s") writer.write(" ".repeat(Math.min(Number(attribute(part, "c") ?? 1) || 1, 100)), struck)
    else if (part.name === "image") writer.note("pictures")
    else if (part.name.startsWith("change")) writer.note("changes")
    else if (part.name === "note-citation") writer.write(`[${part.text}] `, struck)
    else if (!unread.has(part.name)) {
      if (part.name === "p" || part.name === "h") writer.space()
      inline(writer, part, styles, struck)
    }
  }
}

const row = (writer: Writer, element: XmlElement, styles: Styles): void => {
  writer.paragraph()
  const cells = element.children.filter(({ name }) => name === "table-cell")
  for (const [i, cell] of cells.entries()) {
    if (i > 0) writer.write(" | ")
    inline(writer, cell, styles, false)
  }
  writer.paragraph()
}

/** The words of a text document, or of a part of one, in their order. */
export const writeOdf = (writer: Writer, element: XmlElement, styles: Styles, isItem = false): void => {
  const { name } = element
  if (unread.has(name)) return name === "tracked-changes" ? writer.note("changes") : undefined
  if (name === "table-row") return row(writer, element, styles)
  if (name === "p" || name === "h") {
    writer.paragraph()
    if (isItem) writer.write("• ")
    inline(writer, element, styles, false)
    return writer.paragraph()
  }
  for (const part of element.children) writeOdf(writer, part, styles, name === "list-item")
  return undefined
}

const repeated = (element: XmlElement, name: string): number => Math.max(1, Number(attribute(element, name)) || 1)

/** What stands in a cell, as its program showed it. */
const cellText = (cell: XmlElement): string =>
  [...every(cell)]
    .filter(({ name, parent }) => name === "p" && parent?.name !== "annotation")
    .map((paragraph) =>
      [...every(paragraph)].map(({ content }) => content.filter((part) => typeof part === "string").join("")).join(""),
    )
    .join("\n")

/** The tables of a spreadsheet (9.1). Cells and rows that are repeated empty to the end of the sheet are none. */
export const odfTables = (root: XmlElement): Table[] =>
  [...every(root)]
    .filter(({ name }) => name === "table")
    .map((table) => {
      const writer = new TableWriter(attribute(table, "name") ?? "")
      for (const each of every(table)) {
        if (each.name !== "table-row") continue
        const cells = each.children
          .filter(({ name }) => name === "table-cell" || name === "covered-table-cell")
          .flatMap((cell) => {
            const text = cellText(cell)
            const times = repeated(cell, "number-columns-repeated")
            return Array<string>(Math.min(times, text === "" ? 256 : 1000)).fill(text)
          })
        const isEmpty = cells.every((text) => text === "")
        const times = repeated(each, "number-rows-repeated")
        for (let i = 0; i < Math.min(times, isEmpty ? 1 : 10_000) && !writer.isFull; i++) writer.row(cells)
      }
      return writer.end()
    })
