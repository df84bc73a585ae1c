import { jsonText } from "./json-text.ts"
import { narrative } from "./narrative.ts"
import { sectionKeyOf } from "./section.ts"
import { type Reference, StatedEntries } from "./stated-entries.ts"
import { originExtension } from "./stated-origin.ts"
import { statedPatient } from "./stated-patient.ts"
import type { DirectiveKind, StatedSection, StatedSummary } from "./stated-summary.ts"
import { readSummary, type SummarySection } from "./summary.ts"
import type { JsonObject } from "./value.ts"

/** What the document says in the patient's language. */
export interface SummaryWords {
  readonly title: string
  readonly sectionTitle: (key: SummarySection["key"]) => string
  readonly bloodGroup: string
  /** What must be known of a blood group that no laboratory states. */
  readonly bloodGroupCaution: string
  readonly pregnancy: string
  readonly pregnancies: Readonly<Record<"pregnant" | "not-pregnant" | "unknown", string>>
  readonly dueDate: string
  readonly weight: string
  readonly directives: Readonly<Record<DirectiveKind, string>>
  /** A section as its reader sees it, line by line; at least one. */
  readonly narrate: (section: SummarySection) => readonly string[]
}

export const statedTag = { system: "urn:ehr-cloud:document", code: "stated-summary" } as const

interface Section {
  readonly code: string
  readonly entries: readonly Reference[]
  /** Why there are none. */
  readonly empty?: JsonObject
}

const emptyReason = (code: "nilknown" | "notasked") => ({
  coding: [{ system: "http://terminology.hl7.org/CodeSystem/list-empty-reason", code }],
})

/**
 * What a patient states, as the text of an International Patient Summary (IPS 2.0, FHIR R4): its author is the patient, and each item says who said
 * it and when. `readStated` returns the same again. `stated` must have passed `checkStated`.
 */
export function writeSummary(stated: StatedSummary, words: SummaryWords, now: Date): string {
  const entries = new StatedEntries(statedPatient(stated), words)
  const sections = sectionsOf(stated, entries)
  const document = (texts?: ReadonlyMap<string, readonly string[]>) =>
    documentOf(stated, { words, now, entries, sections, texts })
  const read = readSummary(jsonText(document()))
  const texts = new Map(
    sections.map(({ code }) => {
      const key = sectionKeyOf({ code: { coding: [{ code }] } })
      const section = read.sections.find((one) => one.key === key)
      return [code, section === undefined ? [] : words.narrate(section)]
    }),
  )
  return jsonText(document(texts))
}

function sectionsOf(stated: StatedSummary, entries: StatedEntries): Section[] {
  const listed = <T>(code: string, section: StatedSection<T>, write: (item: T) => Reference): Section => {
    if (section.state === "listed") return { code, entries: section.items.map(write) }
    if (section.state === "not-stated") return { code, entries: [], empty: { emptyReason: emptyReason("notasked") } }
    return { code, entries: [], empty: { emptyReason: emptyReason("nilknown"), extension: [originExtension(section)] } }
  }
  const { pregnancy, bloodGroup, weight } = stated
  const single = (code: string, references: readonly Reference[]): Section[] =>
    references.length === 0 ? [] : [{ code, entries: references }]
  return [
    listed("48765-2", stated.allergies, (item) => entries.allergy(item)),
    listed("10160-0", stated.medicines, (item) => entries.medicine(item)),
    listed("11450-4", stated.illnesses, (item) => entries.illness(item)),
    listed("46264-8", stated.devices, (item) => entries.device(item)),
    listed("42348-3", stated.directives, (item) => entries.directive(item)),
    ...single("10162-6", pregnancy === undefined ? [] : entries.pregnancy(pregnancy)),
    ...single("30954-2", bloodGroup === undefined ? [] : [entries.bloodGroup(bloodGroup)]),
    ...single("8716-3", weight === undefined ? [] : [entries.weight(weight)]),
    listed("11369-6", stated.vaccinations, (item) => entries.vaccination(item)),
  ]
}

interface Parts {
  readonly words: SummaryWords
  readonly now: Date
  readonly entries: StatedEntries
  readonly sections: readonly Section[]
  /** The narrative of each section, by its code. */
  readonly texts?: ReadonlyMap<string, readonly string[]>
}

function documentOf(stated: StatedSummary, { words, now, entries, sections, texts }: Parts): JsonObject {
  const at = now.toISOString()
  const { patient } = entries
  const composition = {
    resourceType: "Composition",
    language: stated.language,
    status: "final",
    type: { coding: [{ system: "http://loinc.org", code: "60591-5", display: "Patient summary Document" }] },
    subject: patient,
    date: at,
    author: [patient],
    title: words.title,
    attester: [{ mode: "personal", time: stated.lastConfirmed, party: patient }],
    section: sections.map(({ code, entries: references, empty }) => {
      const coding = { system: "http://loinc.org", code, display: sectionDisplays[code] }
      const concept = { coding: [coding] }
      const key = sectionKeyOf({ code: concept })
      const lines = texts?.get(code)
      return {
        ...empty,
        title: words.sectionTitle(key ?? "other"),
        code: concept,
        ...(lines === undefined ? {} : { text: narrative(lines, stated.language) }),
        ...(references.length === 0 ? {} : { entry: references }),
      }
    }),
  }
  return {
    resourceType: "Bundle",
    meta: { profile: ["http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"], tag: [statedTag] },
    language: stated.language,
    identifier: { system: "urn:ietf:rfc:3986", value: entries.address() },
    type: "document",
    timestamp: at,
    entry: [{ fullUrl: entries.address(), resource: composition }, ...entries.all],
  }
}

/** LOINC's own words for the sections of an International Patient Summary. */
export const sectionDisplays: Readonly<Record<string, string>> = {
  "48765-2": "Allergies and adverse reactions Document",
  "10160-0": "History of Medication use Narrative",
  "11450-4": "Problem list - Reported",
  "46264-8": "History of medical device use",
  "42348-3": "Advance healthcare directives",
  "10162-6": "History of pregnancies Narrative",
  "30954-2": "Relevant diagnostic tests/laboratory data note",
  "8716-3": "Vital signs note",
  "11369-6": "History of Immunization note",
}
