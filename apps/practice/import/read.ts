/** What a file that was chosen holds: a table, or the patients of a FHIR bundle. */
import { parseFhir } from "../../../fhir/parse.ts"
import { patientsInBundle } from "../../../fhir/practice-patients.ts"
import { utf8 } from "../../../protocol/crypto/bytes.ts"
import { type CsvTable, readCsv } from "../../../sdk/practice/csv.ts"
import type { ImportedPatient } from "../../../sdk/practice/import.ts"
import { decodeText } from "../../shared/text-encoding.ts"

export type ReadFile =
  | { readonly kind: "table"; readonly table: CsvTable }
  | { readonly kind: "bundle"; readonly patients: readonly ImportedPatient[]; readonly leftOut: number }
  | { readonly kind: "unreadable" }

const bundleIn = (text: string): ReadFile => {
  try {
    const { patients, leftOut } = patientsInBundle(parseFhir(text))
    const imported = patients.map(({ at, said, document }) => ({ at, said, content: utf8(JSON.stringify(document)) }))
    return imported.length === 0 ? { kind: "unreadable" } : { kind: "bundle", patients: imported, leftOut }
  } catch {
    return { kind: "unreadable" }
  }
}

export const readImport = async (file: File): Promise<ReadFile> => {
  const { text } = decodeText(new Uint8Array(await file.arrayBuffer()))
  if (text.trimStart().startsWith("{")) return bundleIn(text)
  const table = readCsv(text)
  return table.header.length < 2 || table.rows.length + table.refused.length === 0
    ? { kind: "unreadable" }
    : { kind: "table", table }
}
