import type { XmlElement } from "../../../../fhir/xml.ts"
import { type Table, TableWriter } from "./table.ts"

const attribute = (element: XmlElement | undefined, local: string): string | undefined => {
  for (const [name, value] of element?.attributes ?? []) if (name === local || name.endsWith(`:${local}`)) return value
  return undefined
}
const children = (element: XmlElement | undefined, name: string): XmlElement[] =>
  element?.children.filter((each) => each.name === name) ?? []
const child = (element: XmlElement | undefined, name: string): XmlElement | undefined => children(element, name)[0]

/** The words of a string item: its runs, without how they are pronounced. */
const stringOf = (item: XmlElement): string =>
  item.children
    .map((part) => (part.name === "t" ? part.text : part.name === "r" ? (child(part, "t")?.text ?? "") : ""))
    .join("")

export type NumberLook = "number" | "date" | "time" | "moment" | "percent"

/** Formats that stand in no file (ISO 29500-1, 18.8.30). */
const builtIn = (id: number): NumberLook => {
  if (id === 9 || id === 10) return "percent"
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || (id >= 50 && id <= 58)) return "date"
  if (id === 22) return "moment"
  return (id >= 18 && id <= 21) || (id >= 45 && id <= 47) ? "time" : "number"
}

/** What a format of one's own makes of a number, by its letters outside of quotes and brackets. */
const lookOf = (format: string): NumberLook => {
  const bare = format.replaceAll(/"[^"]*"|\\.|\[[^\]]*\]|_./g, "")
  const [hasDay, hasHour] = [/[dy]/i.test(bare), /[hs]/i.test(bare)]
  if (hasDay) return hasHour ? "moment" : "date"
  if (hasHour) return "time"
  return bare.includes("%") ? "percent" : "number"
}

/** How each style of a cell has its numbers. */
const looksIn = (styles: XmlElement | undefined): NumberLook[] => {
  const own = new Map(
    children(child(styles, "numFmts"), "numFmt").map((each) => [
      attribute(each, "numFmtId"),
      lookOf(attribute(each, "formatCode") ?? ""),
    ]),
  )
  return children(child(styles, "cellXfs"), "xf").map((style) => {
    const id = attribute(style, "numFmtId")
    return own.get(id) ?? builtIn(Number(id))
  })
}

const day = 86_400_000

/** A serial number of days as a calendar's day and a clock's time; the first day of 1900's count is missing, that of 1904's is 0. */
const momentOf = (serial: number, look: NumberLook, from1904: boolean): string => {
  const epoch = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30)
  const moment = new Date(epoch + Math.round((serial * day) / 1000) * 1000)
  if (Number.isNaN(moment.getTime())) return String(serial)
  const [date = "", time = ""] = moment.toISOString().split("T")
  const clock = time.slice(0, 8).replace(/:00$/, "")
  if (look === "time") return clock
  return look === "date" ? date : `${date} ${clock}`
}

/** A number as its program shows it: with fifteen digits that count. */
const numberText = (value: string, look: NumberLook, from1904: boolean): string => {
  const number = Number(value)
  if (value.trim() === "" || !Number.isFinite(number)) return value
  if (look === "percent") return `${Number((number * 100).toPrecision(15))} %`
  return look === "number" ? String(Number(number.toPrecision(15))) : momentOf(number, look, from1904)
}

/** `BC12` is column 54, from 0. */
const columnOf = (reference: string): number | undefined => {
  const letters = /^[A-Z]{1,3}/.exec(reference)?.[0]
  if (letters === undefined) return undefined
  return Array.from(letters).reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0) - 1
}

interface Book {
  readonly strings: readonly string[]
  readonly looks: readonly NumberLook[]
  readonly from1904: boolean
}

const cellText = (cell: XmlElement, { strings, looks, from1904 }: Book): string => {
  const [type, value] = [attribute(cell, "t") ?? "n", child(cell, "v")?.text ?? ""]
  const inline = child(cell, "is")
  if (type === "inlineStr") return inline === undefined ? "" : stringOf(inline)
  if (type === "s") return strings[Number(value)] ?? ""
  if (type === "b") return value === "1" ? "TRUE" : "FALSE"
  return type === "n" ? numberText(value, looks[Number(attribute(cell, "s") ?? 0)] ?? "number", from1904) : value
}

/** Columns beyond those that are shown are not walked to: a cell may say that it stands anywhere. */
const farthest = 200

const tableOf = (name: string, sheet: XmlElement, book: Book): Table => {
  const writer = new TableWriter(name)
  for (const row of children(child(sheet, "sheetData"), "row")) {
    if (writer.isFull) break
    const cells: string[] = []
    for (const cell of children(row, "c")) {
      const column = columnOf(attribute(cell, "r") ?? "") ?? cells.length
      while (cells.length < Math.min(column, farthest)) cells.push("")
      cells[Math.min(column, farthest)] = cellText(cell, book)
    }
    writer.row(cells)
  }
  return writer.end()
}

/** A part of the file by its path, once it is read; none where there is no such part. */
export type PartReader = (path: string) => Promise<XmlElement | undefined>

/** The tables of a SpreadsheetML workbook, in their order (ISO 29500-1, 18). */
export const xlsxTables = async (part: PartReader): Promise<Table[]> => {
  const workbook = await part("xl/workbook.xml")
  const relations = await part("xl/_rels/workbook.xml.rels")
  const targets = new Map(
    children(relations, "Relationship").map((each) => [attribute(each, "Id"), attribute(each, "Target") ?? ""]),
  )
  const strings = children(await part("xl/sharedStrings.xml"), "si").map(stringOf)
  const looks = looksIn(await part("xl/styles.xml"))
  const from1904 = ["1", "true"].includes(attribute(child(workbook, "workbookPr"), "date1904") ?? "")
  const tables: Table[] = []
  for (const sheet of children(child(workbook, "sheets"), "sheet").slice(0, 50)) {
    const target = targets.get(attribute(sheet, "id")) ?? ""
    const path = target.startsWith("/") ? target.slice(1) : `xl/${target}`
    const content = await part(path)
    if (content !== undefined)
      tables.push(tableOf(attribute(sheet, "name") ?? "", content, { strings, looks, from1904 }))
  }
  return tables
}
