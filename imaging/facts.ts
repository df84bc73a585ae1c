import { plainText } from "../text/plain-text.ts"
import type { DataSet } from "./data-set.ts"
import { textsOf } from "./text.ts"

/** What an image says of itself. */
export interface StudyFacts {
  readonly syntax: string
  readonly patientName?: string
  /** `YYYYMMDD` as in the file. */
  readonly birthDate?: string
  readonly sex?: string
  readonly study?: string
  readonly series?: string
  readonly modality?: string
  readonly date?: string
  readonly institution?: string
  readonly lossy: boolean
}

export const factsOf = (dataSet: DataSet, syntax = dataSet.string("x00020010")): StudyFacts => {
  const read = textsOf(dataSet)
  const optional = (name: keyof StudyFacts, tag: string) => {
    const text = read(tag)
    return text === undefined ? {} : { [name]: plainText(text, 200) }
  }
  return {
    syntax: syntax ?? "1.2.840.10008.1.2",
    lossy: dataSet.string("x00282110") === "01",
    ...optional("patientName", "x00100010"),
    ...optional("birthDate", "x00100030"),
    ...optional("sex", "x00100040"),
    ...optional("study", "x00081030"),
    ...optional("series", "x0008103e"),
    ...optional("modality", "x00080060"),
    ...optional("date", "x00080020"),
    ...optional("institution", "x00080080"),
  }
}
