import type { Entry } from "./bundle.ts"
import { codesOf, codings, valueOf, wordsOf } from "./fact.ts"
import type { Draft } from "./item.ts"
import { narrativeLines } from "./narrative.ts"
import { mandatory, type SectionKey, sectionCodes } from "./section-key.ts"
import { statementOf } from "./stated-origin.ts"
import type { Statement } from "./stated-summary.ts"
import { voidMarks } from "./status.ts"
import type { SectionPart, SectionState, SummarySection } from "./summary.ts"
import { field, isObject, type JsonObject, list, text } from "./value.ts"
import type { Warnings } from "./warnings.ts"

/** LOINC codes of patient summaries: IPS's and eHDSI's, and C-CDA's Continuity of Care Document. */
export const summaryDocuments: ReadonlySet<string> = new Set(["60591-5", "34133-9"])

/** Codes by which a List without LOINC says what it lists: HL7's list-example-use-codes. */
const listCodes: ReadonlyMap<string, SectionKey> = new Map<string, SectionKey>([
  ["allergies", "allergies"],
  ["medications", "medications"],
  ["problems", "problems"],
])

/** What a section or a List is about, by its code. */
export const sectionKeyOf = (coded: unknown): SectionKey | undefined =>
  codings(field(coded, "code")).flatMap(({ code = "" }) => sectionCodes.get(code) ?? listCodes.get(code) ?? [])[0]

export type SectionDraft = {
  key: SectionKey
  title?: string
  /** Why it has no entries, of each section of the document that is this one as a whole. */
  empty: SectionPart[]
  changesOnly: boolean
  /** Its words say more than its entries: FHIR's narrative status `additional`. */
  additional: boolean
  parts: SectionPart[]
  narrative: string[]
  statement?: Statement
  items: Draft[]
  entries: Set<Entry>
}

export function newSection(key: SectionKey, title?: string): SectionDraft {
  const flags = { changesOnly: false, additional: false }
  return { key, title, empty: [], ...flags, parts: [], narrative: [], items: [], entries: new Set() }
}

/** Takes what a section, or a part of one, says besides its entries. */
export function describe(section: SectionDraft, value: unknown, isPart: boolean): void {
  // One by one: what is handed over at once has to fit the call stack.
  for (const line of narrativeLines(text(field(value, "text"), "div") ?? "")) section.narrative.push(line)
  if (text(field(value, "text"), "status") === "additional") section.additional = true
  if (text(value, "mode") === "changes") section.changesOnly = true
  section.statement ??= statementOf(value)
  const written = field(value, "emptyReason")
  if (written === undefined) return
  const none = codesOf(written).includes("nilknown") && text(value, "mode") !== "changes"
  const title = text(value, "title") ?? wordsOf(valueOf(field(value, "code")))
  const reason = valueOf(written)
  const empty: SectionPart = none ? { title, state: "none-known" } : { title, state: "not-stated", reason }
  if (isPart) section.parts.push(empty)
  else section.empty.push(empty)
}

/** All sections of a Composition, nested ones too. */
export function sectionsIn(composition: JsonObject): unknown[] {
  const all = list(composition, "section").filter(isObject)
  for (const section of all) for (const part of list(section, "section")) if (isObject(part)) all.push(part)
  return all
}

const newestFirst: readonly SectionKey[] = ["results", "vital-signs", "immunizations", "procedures"]
const namedWarnings = [
  "entered-in-error",
  "refuted",
  "deleted",
  "superseded",
  "not-done",
  "not-taken",
  "planned",
] as const

/** What a reader is warned of, by the item's marks. */
function warnOf(section: SectionDraft, item: Draft, warnings: Warnings): void {
  const name = nameIn(item)
  for (const mark of [...namedWarnings, "do-not-give", "unlisted"] as const) {
    if (item.marks.has(mark)) warnings.note(mark, name)
  }
  if (item.marks.has("modified")) warnings.note("meaning-modified", name)
  if (item.marks.has("inactive") && (mandatory.includes(section.key) || section.key === "alerts"))
    warnings.note("inactive", name)
}

/** An item's own words, else where it stands. */
export const nameIn = ({ name, source }: Draft): string => wordsOf(name) ?? source

/** What a section says in the end. */
export function finishSection(section: SectionDraft, warnings: Warnings): SummarySection {
  const { key, narrative, changesOnly } = section
  for (const item of section.items) warnOf(section, item, warnings)
  const name = section.title ?? key
  if (changesOnly) warnings.note("section-changes", name)
  if (section.additional) warnings.note("narrative-additional", name)
  const valid = section.items.filter(
    ({ marks }) => ![...marks].some((mark) => mark !== "not-taken" && voidMarks.has(mark)),
  )
  const stated = valid.filter(({ absence }) => absence?.within !== key)
  // That there is nothing must be said of this patient for certain.
  const certain = valid.filter(({ marks }) => !marks.has("subject-unclear") && !marks.has("modified"))
  const absences = certain.flatMap((item) => (item.absence?.within === key ? { item, absence: item.absence } : []))
  const emptied = section.empty.length > 0 && section.empty.every(({ state }) => state === "none-known")
  const denied = emptied || absences.some(({ absence }) => absence.said === "none-known" && absence.of === "all")
  const open = section.empty.find(({ state }) => state === "not-stated")
  const unknown = absences.find(({ absence }) => absence.said === "no-information")
  const says = {
    stated: stated.length > 0,
    denied: denied && !changesOnly && !section.additional,
    open: open !== undefined || unknown !== undefined || (denied && changesOnly),
    inParts: section.parts.length > 0 || absences.length > 0,
  }
  const contradicts = says.stated ? denied || open !== undefined || unknown !== undefined : denied && section.additional
  if (contradicts) warnings.note("contradicting-absence", name)
  const order = newestFirst.includes(key) ? compareDates : () => 0
  return {
    key,
    title: section.title,
    state: stateOf(section, says),
    reason: open?.reason ?? unknown?.item.name,
    parts: section.empty.length > 1 && !emptied ? [...section.empty, ...section.parts] : section.parts,
    changesOnly,
    items: section.items
      .toSorted(order)
      .toSorted((a, b) => urgency(a) - urgency(b))
      .map(({ date: _date, doseContradiction: _dose, marks, ...item }) => ({ ...item, marks: [...marks] })),
    narrative,
    narrativeSaysMore: section.additional,
    statement: section.statement,
  }
}

type Says = { stated: boolean; denied: boolean; open: boolean; inParts: boolean }

function stateOf(section: SectionDraft, { stated, denied, open, inParts }: Says): SectionState {
  if (stated) return "listed"
  if (denied) return "none-known"
  if (open) return "not-stated"
  if (inParts) return "in-parts"
  if (section.items.length > 0) return "listed"
  return section.narrative.length > 0 ? "narrative" : "no-information"
}

/** Smaller comes first: what can kill, then what holds, then what no longer does. */
function urgency({ marks, criticality, severity }: Draft): number {
  if (marks.has("entered-in-error") || marks.has("deleted") || marks.has("superseded")) return 9
  if (marks.has("refuted") || marks.has("other-patient")) return 8
  if (marks.has("not-done") || marks.has("not-taken")) return 7
  if (marks.has("inactive")) return 6
  if (criticality === "high") return 0
  if (severity?.kind === "text" && severity.text === "severe") return 1
  return criticality === "low" ? 3 : 2
}

/** FHIR's dates are in order as texts; a collation would take longer than all the rest. */
const compareDates = (a: Draft, b: Draft) => {
  const [one, other] = [a.date ?? "", b.date ?? ""]
  return one === other ? 0 : one < other ? 1 : -1
}
