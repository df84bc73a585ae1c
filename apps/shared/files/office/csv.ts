import { type Table, TableWriter } from "./table.ts"

const separators = [";", "\t", ","] as const

/** What separates cells: whatever stands most often in the first line outside of quotes; in Greece a comma is in the numbers. */
const separatorOf = (text: string): string => {
  const [first = ""] = text
    .slice(0, 20_000)
    .replaceAll(/"[^"]*"/g, "")
    .split("\n", 1)
  const counts = separators.map((each) => first.split(each).length)
  return separators[counts.indexOf(Math.max(...counts))] ?? ","
}

/** A text of separated values as a table (RFC 4180, whatever separates). */
export const csvTable = (text: string): Table => {
  const separator = separatorOf(text)
  const writer = new TableWriter("")
  let cells: string[] = []
  let at = 0
  while (at < text.length && !writer.isFull) {
    let cell = ""
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1)
      while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2)
      if (end < 0) end = text.length
      cell = text.slice(at + 1, end).replaceAll('""', '"')
      at = end + 1
    }
    let end = at
    while (end < text.length && text[end] !== separator && text[end] !== "\n") end++
    cells.push(cell + text.slice(at, end).replace(/\r$/, ""))
    if (text[end] !== separator) {
      writer.row(cells)
      cells = []
    }
    at = end + 1
  }
  if (cells.length > 0) writer.row(cells)
  if (at < text.length) writer.row([])
  return writer.end()
}
