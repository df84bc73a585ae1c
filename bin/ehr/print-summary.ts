import { type Saying, sayItem, sayValue } from "../../apps/shared/summary/say.ts"
import en from "../../apps/shared/words/en.ts"
import factWords from "../../apps/shared/words/facts-en.ts"
import type { SummaryItem } from "../../fhir/item.ts"
import { type SummaryMark, voidMarks } from "../../fhir/status.ts"
import type { Summary, SummarySection } from "../../fhir/summary.ts"

const maxItems = 20
const longSections = new Set(["results", "vital-signs", "immunizations"])
const wordySections = new Set(["patient-story", "plan", "other"])

const saying: Saying = { facts: factWords, date: (written) => written }

const markWords: Record<SummaryMark, string> = {
  "entered-in-error": "ENTERED IN ERROR",
  refuted: "REFUTED",
  inactive: "not active",
  unconfirmed: "unconfirmed",
  "not-done": "NOT DONE",
  "do-not-give": "DO NOT GIVE",
  "other-patient": "ANOTHER PERSON",
  unresolved: "MISSING IN RECORD",
  unlisted: "not in the document's sections",
  modified: "MAY MEAN THE OPPOSITE: READ THE SOURCE",
  deleted: "DELETED AT ITS SOURCE",
  superseded: "REPLACED BY A LATER VERSION",
  "subject-unclear": "WHOSE IT IS IS NOT CLEAR",
  "not-taken": "NOT TAKEN",
  planned: "planned only",
}

type Paint = (style: "bold" | "red" | "yellow" | "dim", text: string) => string

const codes = { bold: "1", red: "1;31", yellow: "33", dim: "2" }
const painted: Paint = (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m`
const plain: Paint = (_style, text) => text

/** Writes a summary to a terminal: warnings first, then the patient, then the sections. */
export function printSummary(summary: Summary, output: NodeJS.WriteStream = process.stdout): void {
  const colours = output.isTTY && (process.env["NO_COLOR"] ?? "") === ""
  const width = Math.max(60, Math.min(output.columns ?? 100, 100))
  output.write(`${summaryText(summary, { colours, width })}\n`)
}

/** The same as text, no line wider than `width` columns. */
export function summaryText(summary: Summary, { colours = false, width = 100 } = {}): string {
  const paint = colours ? painted : plain
  const rule = "-".repeat(width)
  return [
    ...warningLines(summary, width, paint),
    ...patientLines(summary, width, paint),
    rule,
    ...summary.sections.flatMap((section) => sectionLines(section, width, paint)),
    ...footerLines(summary, width, paint),
  ].join("\n")
}

function warningLines({ warnings }: Summary, width: number, paint: Paint): string[] {
  if (warnings.length === 0) return []
  const { warnings: sentences, moreNames } = en.summary
  const lines = warnings.flatMap(({ code, names, more }) => {
    const about = [...names, ...(more > 0 ? [moreNames(more)] : [])].join("; ")
    return wrap(`${sentences[code]}${about === "" ? "" : ` (${about})`}`, width - 4, " !  ", "    ")
  })
  return ["!".repeat(width), ...lines.map((line) => paint("yellow", line)), "!".repeat(width)]
}

function patientLines({ patient, document }: Summary, width: number, paint: Paint): string[] {
  const from = [document.title, document.date, document.author].filter((part) => part !== undefined).join(", ")
  const source = from === "" ? [] : wrap(`Document: ${from}`, width - 1, " ", "           ")
  if (patient === undefined) return [paint("red", " PATIENT UNKNOWN"), ...source]
  const who = [
    patient.name ?? "NAME NOT STATED",
    `born ${patient.birthDate ?? "NOT STATED"}`,
    patient.sex ?? "sex not stated",
    ...(patient.deceased === undefined
      ? []
      : [`DECEASED${patient.deceased.at === undefined ? "" : `: ${patient.deceased.at}`}`]),
  ].join("   ")
  const rows: [string, string[]][] = [
    ["Also named", patient.otherNames],
    [
      "Identifier",
      patient.identifiers.map(({ system, value }) => (system === undefined ? value : `${value} (${system})`)),
    ],
    ["Phone, mail", patient.telecom],
    ["Contact", patient.contacts],
    ["Language", patient.languages],
  ]
  return [
    ...wrap(who, width - 1, " ", " ").map((line) => paint("bold", line)),
    ...rows.flatMap(([label, values]) =>
      values.flatMap((value, i) => wrap(value, width - 14, ` ${(i === 0 ? label : "").padEnd(13)}`, " ".repeat(14))),
    ),
    ...source,
  ]
}

const titleOf = ({ key, title }: SummarySection): string =>
  key === "other" ? (title ?? en.summary.untitled) : en.summary.sections[key]

function sectionLines(section: SummarySection, width: number, paint: Paint): string[] {
  const limit = longSections.has(section.key) ? maxItems : section.items.length
  const hidden = section.items.length - limit
  return [
    "",
    paint("bold", ` ${titleOf(section).toUpperCase()}`),
    ...stateLines(section, width, paint),
    ...section.items.slice(0, limit).flatMap((item) => itemLines(item, width, paint)),
    ...(hidden > 0 ? [`   ... and ${hidden} older ones, not printed here`] : []),
    ...(printsNarrative(section) ? section.narrative.flatMap((line) => wrap(line, width - 3, "   ", "   ")) : []),
  ]
}

const printsNarrative = ({ key, items, narrativeSaysMore }: SummarySection) =>
  items.length === 0 || narrativeSaysMore || wordySections.has(key)

function stateLines(section: SummarySection, width: number, paint: Paint): string[] {
  const parts = section.parts.flatMap(({ title, state, reason }) =>
    wrap(en.summary.ofPart(title, state === "none-known", reason && sayValue(reason, saying)), width - 3, "   ", "   "),
  )
  const changes = section.changesOnly ? [paint("yellow", `   ${en.summary.changesOnly}`)] : []
  return [...changes, ...stateLine(section, width, paint), ...parts]
}

function stateLine({ state, reason, items }: SummarySection, width: number, paint: Paint): string[] {
  switch (state) {
    case "listed":
      return []
    case "none-known":
      return items.length > 0 ? [] : ["   None known, says the record."]
    case "not-stated": {
      const said = reason && sayValue(reason, saying)
      return wrap(`NOT STATED. The record says: ${said ?? "nothing"}`, width - 3, "   ", "   ")
    }
    case "in-parts":
      return [paint("yellow", `   ${en.summary.states["in-parts"]}`)]
    case "narrative":
      return [paint("dim", "   In words only:")]
    case "no-information":
      break
  }
  return [paint("yellow", "   NO INFORMATION in this record. That is not the same as none.")]
}

function itemLines(item: SummaryItem, width: number, paint: Paint): string[] {
  const { label, detail, severity, status, onset, aside } = sayItem(item, saying)
  const grave = item.criticality === "high" || severity === "severe"
  const over = item.marks.some((mark) => mark === "inactive" || voidMarks.has(mark))
  const marks = item.marks.map((mark) => `[${markWords[mark]}]`).join(" ")
  const heading = [marks, label].filter((part) => part !== "").join(" ")
  const facts = [
    item.criticality === undefined ? undefined : item.criticality === "high" ? "HIGH RISK" : `risk ${item.criticality}`,
    severity,
    status,
    onset,
  ].filter((fact) => fact !== undefined)
  const lead = grave && !over ? "!! " : " - "
  const column = Math.floor(width * 0.55)
  const left = wrap(heading, column - 6, `  ${lead}`, "     ")
  const right = wrap(facts.join(", "), width - column - 1, "", "")
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    `${pad(left[i] ?? "", column)} ${right[i] ?? ""}`.trimEnd(),
  )
  const details = [
    ...(detail === undefined ? [] : wrap(detail, width - 7, "       ", "       ")),
    ...(aside === undefined ? [] : wrap(`${factWords.alsoStated}: ${names(item)}`, width - 7, "       ", "       ")),
  ]
  const colour = (row: string) => (grave && !over ? paint("red", row) : over ? paint("dim", row) : row)
  return [...rows.map(colour), ...details.map((line) => (over ? paint("dim", line) : line))]
}

/** What else stands in an item, by FHIR's names. */
const names = ({ aside }: SummaryItem): string => aside.map(({ name }) => name).join(", ")

function footerLines({ other, sections }: Summary, width: number, paint: Paint): string[] {
  const counts = other.map(({ type, count }) => `${count} ${type}`).join(", ")
  const worded = sections.filter((section) => section.narrative.length > 0 && !printsNarrative(section)).map(titleOf)
  const lines = [
    ...(counts === "" ? [] : wrap(`Not shown: ${counts}.`, width - 1, " ", " ")),
    ...(worded.length === 0
      ? []
      : wrap(`The document's own words are not printed for: ${worded.join(", ")}.`, width - 1, " ", " ")),
  ]
  return lines.length === 0 ? [] : ["", "-".repeat(width), ...lines.map((line) => paint("dim", line))]
}

/** Lines of at most `width` columns, the first after `first`, the others after `next`. */
function wrap(text: string, width: number, first: string, next: string): string[] {
  const lines: string[] = []
  let line = ""
  for (const word of text.split(" ").flatMap((word) => chunks(word, width))) {
    if (line !== "" && columns(line) + 1 + columns(word) > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  if (line !== "") lines.push(line)
  return lines.map((content, i) => (i === 0 ? first : next) + content)
}

function chunks(word: string, width: number): string[] {
  if (columns(word) <= width) return [word]
  const found: string[] = []
  let chunk = ""
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    if (columns(chunk) + columns(segment) > width) {
      found.push(chunk)
      chunk = ""
    }
    chunk += segment
  }
  return [...found, chunk]
}

const pad = (text: string, width: number) => text + " ".repeat(Math.max(0, width - columns(text)))

/** Columns a text takes in a terminal: two for wide scripts and pictures, none for combining marks. */
function columns(text: string): number {
  let width = 0
  for (const character of text) {
    if (/\p{M}|\u200c|\u200d/u.test(character)) continue
    const wide =
      /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uff01-\uff60]/u
    width += wide.test(character) ? 2 : 1
  }
  return width
}
