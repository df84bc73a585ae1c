/** A file as a FHIR document: what is stated in it, about who the entry says. */
import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import { writeSummary } from "../../../fhir/write-summary.ts"
import type { NewEntry } from "../../../sdk/practice/files.ts"
import { writingWords } from "../../shared/summary/stated-document.ts"
import { patientWords } from "./words.ts"

/** With who it is, as the directory has them. */
const statedAbout = (stated: StatedSummary, { names, birthDate, sex }: NewEntry): StatedSummary => ({
  ...stated,
  names,
  ...(birthDate !== undefined && { birthDate }),
  sex,
})

/** The document's text. */
export const fileDocument = (stated: StatedSummary, entry: NewEntry): string =>
  writeSummary(statedAbout(stated, entry), { ...writingWords(), title: patientWords.value.documentTitle }, new Date())
