import type { DataSet } from "dicom-parser"

/** Names of DICOM's character sets (PS3.3, C.12.1.1.2) as browsers know them; of one with extensions, its first. */
const encodings = new Map([
  ["", "windows-1252"],
  ["6", "windows-1252"],
  ["100", "iso-8859-1"],
  ["101", "iso-8859-2"],
  ["109", "iso-8859-3"],
  ["110", "iso-8859-4"],
  ["144", "iso-8859-5"],
  ["127", "iso-8859-6"],
  ["126", "iso-8859-7"],
  ["138", "iso-8859-8"],
  ["148", "windows-1254"],
  ["203", "iso-8859-15"],
  ["13", "shift_jis"],
  ["166", "windows-874"],
  ["192", "utf-8"],
])

const decoderOf = (dataSet: DataSet): TextDecoder => {
  const [first = ""] = (dataSet.string("x00080005") ?? "").split("\\")
  const name = first.trim().toUpperCase()
  if (name === "GB18030" || name === "GBK") return new TextDecoder("gb18030")
  const number = /^ISO(?:_IR| 2022 IR) (\d+)$/.exec(name)?.[1] ?? ""
  return new TextDecoder(encodings.get(number) ?? "windows-1252")
}

/** Reads texts of a data set in its own character set. */
export const textsOf = (dataSet: DataSet): ((tag: string) => string | undefined) => {
  const decoder = decoderOf(dataSet)
  return (tag) => {
    const element = dataSet.elements[tag]
    if (element === undefined || element.length === 0) return undefined
    const bytes = dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length)
    const text = decoder.decode(Uint8Array.from(bytes)).replaceAll("\0", " ").trim()
    return text === "" ? undefined : text
  }
}
