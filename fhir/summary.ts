import { FhirBundle } from "./bundle.ts"
import { cleanResource } from "./clean.ts"
import type { Value } from "./fact.ts"
import { unwrapped } from "./holding.ts"
import type { SummaryItem } from "./item.ts"
import { parseFhir } from "./parse.ts"
import type { SummaryPatient } from "./patient.ts"
import { SummaryReader } from "./reader.ts"
import { mandatory, type SectionKey } from "./section-key.ts"
import type { Statement } from "./stated-summary.ts"
import { type SummaryWarning, type SummaryWarningCode, Warnings } from "./warnings.ts"

/**
 * What a section says. `listed`: its items. `none-known`: expressly nothing. `not-stated`: expressly left open, for `reason`. `in-parts`: expressly
 * nothing, or left open, for parts of it, and silent on the rest. `narrative`: words only. `no-information`: the record is silent, which must never
 * be shown as "none".
 */
export type SectionState = "listed" | "none-known" | "not-stated" | "in-parts" | "narrative" | "no-information"

/** What the document says of a part of a section that has no entries. */
export type SectionPart = { title?: string; state: "none-known" | "not-stated"; reason?: Value }

export type SummarySection = {
  key: SectionKey
  /** The document's own, where `key` doesn't say it. */
  title?: string
  state: SectionState
  reason?: Value
  parts: SectionPart[]
  /** It lists what changed, not what holds. */
  changesOnly: boolean
  items: SummaryItem[]
  /** The document's own words on the section, line by line. */
  narrative: string[]
  /** They say what its items don't, or what isn't sure there: they must be read too. */
  narrativeSaysMore: boolean
  /** Who said that there is nothing, and when, in a summary that a patient states. */
  statement?: Statement
}

/** All texts are single lines free of control characters; they are not escaped for HTML. */
export type Summary = {
  patient?: SummaryPatient
  /** `date`: as written. `confirmed`: when the patient last said that all of it holds. `proposes`: it is no summary, but says how one should be changed. */
  document: { title?: string; date?: string; author?: string; kind?: string; confirmed?: string; proposes?: true }
  /** In the order an emergency asks for them; allergies, medications and problems are always among them. */
  sections: SummarySection[]
  /** Entries that aren't shown as items, by type of resource. */
  other: { type: string; count: number }[]
  warnings: SummaryWarning[]
}

/**
 * Reads a FHIR document (bytes, JSON text, or parsed JSON) of any version as a summary for a person in an emergency. Sections come from the
 * Composition; what no section lists is shown by its kind. Never throws: whatever is wrong becomes a warning, and nothing that was found is left
 * out unsaid.
 */
export function readSummary(input: unknown): Summary {
  const steps = summarySteps(input)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/**
 * `readSummary` in steps of about an entry each, for a page that must answer between them; the last returns the summary. Parsing the JSON is one
 * step, and after it `input` is not looked at any more.
 */
export function* summarySteps(input: unknown): Steps<Summary> {
  try {
    return yield* read(input)
  } catch {
    return emptySummary("unreadable")
  }
}

/** Work in steps, between which a page may answer. */
export type Steps<T = void> = Generator<undefined, T, undefined>

function* read(input: unknown): Steps<Summary> {
  const warnings = new Warnings()
  const parsed = parseFhir(input)
  if (parsed.outcome !== "parsed") return emptySummary(parsed.looksLikeXml ? "not-json-but-xml" : parsed.outcome)
  if (parsed.replacedBytes) warnings.note("characters-replaced")
  yield
  const holding = unwrapped(parsed.value)
  for (const held of holding.held) {
    held.resource = cleanResource(held.resource, () => warnings.note("characters-removed"))
    yield
  }
  const summary = yield* new SummaryReader(new FhirBundle(holding), warnings).read()
  return { ...summary, warnings: warnings.list() }
}

function emptySummary(code: SummaryWarningCode): Summary {
  const sections = mandatory.map((key): SummarySection => {
    const nothing = { parts: [], changesOnly: false, items: [], narrative: [], narrativeSaysMore: false }
    return { key, state: "no-information", ...nothing }
  })
  return { document: {}, sections, other: [], warnings: [{ code, names: [], more: 0 }] }
}

/**
 * A summary as it counts where somebody else than the patient wrote it, whatever it says of itself: none of it is the patient's word, and they have
 * confirmed nothing.
 */
export const notStated = ({ document, sections, ...summary }: Summary): Summary => {
  const { confirmed: _confirmed, ...said } = document
  return {
    ...summary,
    document: said,
    sections: sections.map(({ statement: _statement, ...section }) => ({
      ...section,
      items: section.items.map(({ statement: _own, ...item }) => ({
        ...item,
        aside: item.aside.filter(({ name }) => name !== "stated-origin"),
      })),
    })),
  }
}
