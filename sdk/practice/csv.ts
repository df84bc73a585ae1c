/** Patients in a table, as spreadsheets save it (RFC 4180, and with semicolons or tabs). */
import papaparse from "papaparse"
import type { Entry } from "../../protocol/practice/entry.ts"
import { folded } from "../../text/folded.ts"
import type { NewEntry } from "./files.ts"
import type { ImportedPatient, ImportFault, RefusedRow } from "./import.ts"

export const columns = [
  "family",
  "given",
  "otherFamily",
  "otherGiven",
  "birthDate",
  "age",
  "sex",
  "number",
  "fileNumber",
  "phone",
  "otherPhone",
  "lastVisit",
] as const
/** What a column of the table is taken for. `number`: how the other system names somebody, once; `other...`: in a second script. */
export type Column = (typeof columns)[number]

/** The header of a table that needs no mapping, for people to fill in. */
export const csvTemplate = `${columns.join(",")}\r\n`

/** Which column of the table, from 0, each is. */
export type Mapping = Readonly<Partial<Record<Column, number>>>

export interface CsvTable {
  readonly header: readonly string[]
  readonly rows: readonly { readonly at: number; readonly cells: readonly string[] }[]
  readonly refused: readonly RefusedRow[]
}

/** The table, its first row the names of the columns. Rows that aren't whole are refused, each with its place; `at` 1 is the first one under the header. */
export const readCsv = (text: string): CsvTable => {
  const { data, errors } = papaparse.parse<string[]>(text.replace(/^\uFEFF/, ""), { skipEmptyLines: "greedy" })
  const [header = [], ...body] = data
  const broken = new Set(errors.flatMap(({ type, row }) => (type === "Quotes" && row !== undefined ? [row] : [])))
  const refused: RefusedRow[] = []
  const rows = body.flatMap((cells, i) => {
    const at = i + 1
    const fault: ImportFault | undefined = broken.has(at)
      ? "quotes-broken"
      : cells.length === header.length
        ? undefined
        : "columns-differ"
    if (fault === undefined) return [{ at, cells: cells.map((cell) => cell.trim()) }]
    refused.push({ at, field: "", fault })
    return []
  })
  return { header: header.map((name) => name.trim()), rows, refused }
}

/** Names that columns have elsewhere, folded. */
const names: Readonly<Record<Column, readonly string[]>> = {
  family: ["family", "familyname", "surname", "lastname", "επωνυμο", "επιθετο"],
  given: ["given", "givenname", "firstname", "forename", "name", "ονομα"],
  otherFamily: ["otherfamily"],
  otherGiven: ["othergiven"],
  birthDate: ["birthdate", "dateofbirth", "dob", "born", "ημερομηνιαγεννησης", "γεννηση"],
  age: ["age", "ηλικια"],
  sex: ["sex", "gender", "φυλο"],
  number: ["number", "id", "nationalid", "amka", "αμκα", "mrn"],
  fileNumber: ["filenumber", "file", "αριθμοσφακελου"],
  phone: ["phone", "telephone", "mobile", "tel", "τηλεφωνο", "κινητο"],
  otherPhone: ["otherphone", "phone2", "telephone2"],
  lastVisit: ["lastvisit", "τελευταιαεπισκεψη"],
}

/** What the columns seem to be, by their names; for the person who imports to look over. */
export const guessMapping = (header: readonly string[]): Mapping => {
  const found = header.map((name) => folded(name).replaceAll(/[^\p{L}\p{N}]/gu, ""))
  return Object.fromEntries(
    columns.flatMap((column) => {
      const at = found.findIndex((name) => names[column].some((known) => folded(known) === name))
      return at < 0 ? [] : [[column, at]]
    }),
  )
}

export interface CsvOptions {
  /** Of dates that don't begin with their year. */
  readonly dates: "day-first" | "month-first"
  /** Today, `2026-11-29`: ages are counted from it. */
  readonly today: string
  /** The URI of whose numbers `number` has: they are known again by it. */
  readonly system: string
}

const isDay = (year: number, month: number, day: number): boolean => {
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
const dated = (year: number, month: number, day: number): string =>
  `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`

/** The day, as FHIR writes it; `undefined` where there is no such day up to `latest`, or it isn't written out. */
const dayIn = (text: string, { dates, today }: Pick<CsvOptions, "dates" | "today">): string | undefined => {
  const [, year, month, day] = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text) ?? []
  const [, first, second, last] = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/.exec(text) ?? []
  const parts =
    year === undefined ? (dates === "day-first" ? [last, second, first] : [last, first, second]) : [year, month, day]
  const [y = 0, m = 0, d = 0] = parts.map(Number)
  if (/^(?:18|19|20|21)\d\d$/.test(text) && text <= today.slice(0, 4)) return text
  if (y < 1800 || !isDay(y, m, d)) return undefined
  const whole = dated(y, m, d)
  return whole <= today ? whole : undefined
}

const sexes: Readonly<Record<string, Entry["sex"]>> = {
  "": "unknown",
  f: "female",
  female: "female",
  w: "female",
  woman: "female",
  θ: "female",
  θηλυ: "female",
  γυναικα: "female",
  m: "male",
  male: "male",
  man: "male",
  α: "male",
  αρρεν: "male",
  ανδρασ: "male",
  αντρασ: "male",
  other: "other",
  αλλο: "other",
  unknown: "unknown",
  u: "unknown",
  αγνωστο: "unknown",
}

type Cell = (column: Column) => string

const birthOf = (
  cell: Cell,
  options: CsvOptions,
): Pick<NewEntry, "birthDate" | "isEstimated"> | [Column, ImportFault] => {
  const written = cell("birthDate")
  if (written !== "") {
    const birthDate = dayIn(written, options)
    return birthDate === undefined ? ["birthDate", "date-impossible"] : { birthDate }
  }
  const age = cell("age")
  if (age === "") return {}
  if (!/^\d{1,3}$/.test(age) || Number(age) > 130) return ["age", "age-impossible"]
  return { birthDate: String(Number(options.today.slice(0, 4)) - Number(age)), isEstimated: true }
}

const nameOf = (family: string, given: string): NewEntry["names"] =>
  family === "" && given === "" ? [] : [{ ...(family !== "" && { family }), ...(given !== "" && { given }) }]

const patientIn = (cell: Cell, options: CsvOptions): NewEntry | [Column, ImportFault] => {
  const own = nameOf(cell("family"), cell("given"))
  if (own.length === 0) return ["family", "name-missing"]
  const birth = birthOf(cell, options)
  if (Array.isArray(birth)) return birth
  const sex = sexes[folded(cell("sex"))]
  if (sex === undefined) return ["sex", "sex-unknown"]
  const visited = cell("lastVisit")
  const lastVisit = visited === "" ? undefined : dayIn(visited, options)
  if (visited !== "" && lastVisit === undefined) return ["lastVisit", "date-impossible"]
  const [number, fileNumber] = [cell("number"), cell("fileNumber")]
  return {
    names: [...own, ...nameOf(cell("otherFamily"), cell("otherGiven"))],
    ...birth,
    sex,
    identifiers: number === "" ? [] : [{ system: options.system, value: number }],
    ...(fileNumber !== "" && { fileNumber }),
    phones: [cell("phone"), cell("otherPhone")].filter((phone) => phone !== ""),
    ...(lastVisit !== undefined && { lastVisit }),
  }
}

/** The patients of a table, and every row that isn't one, by its place and column. Nothing is guessed: a date or a sex that isn't understood is refused. */
export const patientsInCsv = (
  { header, rows, refused }: CsvTable,
  mapping: Mapping,
  options: CsvOptions,
): { readonly patients: readonly ImportedPatient[]; readonly refused: readonly RefusedRow[] } => {
  const patients: ImportedPatient[] = []
  const faults = [...refused]
  for (const { at, cells } of rows) {
    const cell: Cell = (column) => {
      const place = mapping[column]
      return place === undefined ? "" : (cells[place] ?? "")
    }
    const said = patientIn(cell, options)
    if (!Array.isArray(said)) patients.push({ at, said })
    else {
      const [column, fault] = said
      faults.push({ at, field: header[mapping[column] ?? -1] ?? column, fault })
    }
  }
  return { patients, refused: faults }
}

/** One row a patient, in the template's columns. What a spreadsheet would run as a formula is text. */
export const writeCsv = (entries: Iterable<Entry>): string => {
  const rows = [...entries].map(
    ({ names: [name, other], birthDate, sex, identifiers, fileNumber, phones, lastVisit }) => ({
      family: name?.family,
      given: name?.given,
      otherFamily: other?.family,
      otherGiven: other?.given,
      birthDate,
      age: "",
      sex,
      number: identifiers[0]?.value,
      fileNumber,
      phone: phones[0],
      otherPhone: phones[1],
      lastVisit,
    }),
  )
  return `${papaparse.unparse(rows, { columns: [...columns], escapeFormulae: true })}\r\n`
}
