import { type Entry, FhirBundle, parseJson } from "./bundle.ts"
import { type Draft, readItem, sectionOf } from "./item.ts"
import { humanName, readPatient } from "./patient.ts"
import { hasSpoofingCharacters, narrativeLines, plainText } from "./plain-text.ts"
import {
  codings,
  conceptLabel,
  dateTime,
  field,
  isObject,
  type JsonObject,
  join,
  list,
  referencesIn,
  statusCode,
  text,
} from "./value.ts"
import { type SummaryWarning, Warnings } from "./warnings.ts"

export type SummaryPatient = {
  name?: string
  otherNames: string[]
  birthDate?: string
  sex?: string
  /** "yes", or when. */
  deceased?: string
  identifiers: { system?: string; value: string }[]
  telecom: string[]
  /** Next of kin and others, each on a line with their numbers. */
  contacts: string[]
  languages: string[]
}

export type SummaryMark =
  | "entered-in-error"
  | "refuted"
  | "inactive"
  | "unconfirmed"
  | "not-done"
  | "do-not-give"
  | "other-patient"
  | "unresolved"
  | "unlisted"
  | "modified"

export type SummaryItem = {
  label: string
  detail?: string
  status?: string
  severity?: string
  /** `high`, `low`, `unable-to-assess`; anything else stands as written. */
  criticality?: string
  /** When it began, was given, done or measured. */
  onset?: string
  /** The resource it was read from, such as `AllergyIntolerance/2`. */
  source: string
  /** Why it mustn't be read like the others. */
  marks: SummaryMark[]
}

export type SectionKey = keyof typeof sectionTitles | "other"

/**
 * What a section says. `listed`: its items. `none-known`: expressly nothing. `not-stated`: expressly left open, for
 * `reason`. `narrative`: words only. `no-information`: the record is silent, which must never be shown as "none".
 */
export type SectionState = "listed" | "none-known" | "not-stated" | "narrative" | "no-information"

export type SummarySection = {
  key: SectionKey
  title: string
  state: SectionState
  reason?: string
  items: SummaryItem[]
  /** The document's own words on the section, line by line. */
  narrative: string[]
}

/** All texts are single lines free of control characters; they are not escaped for HTML. */
export type Summary = {
  patient?: SummaryPatient
  document: { title?: string; date?: string; author?: string; kind?: string }
  /** In the order an emergency asks for them; allergies, medications and problems are always among them. */
  sections: SummarySection[]
  /** Entries that aren't shown as items, by type of resource. */
  other: { type: string; count: number }[]
  warnings: SummaryWarning[]
}

const sectionTitles = {
  allergies: "Allergies and intolerances",
  alerts: "Alerts",
  medications: "Medications",
  problems: "Problems",
  devices: "Devices and implants",
  "advance-directives": "Advance directives",
  pregnancy: "Pregnancy",
  procedures: "Procedures",
  "past-problems": "Past problems",
  results: "Results",
  "vital-signs": "Vital signs",
  immunizations: "Immunizations",
  "functional-status": "Functional status",
  "social-history": "Social history",
  "family-history": "Family history",
  plan: "Plan of care",
  "patient-story": "Patient story",
  encounters: "Encounters",
  documents: "Documents and images",
} as const

const mandatory: readonly SectionKey[] = ["allergies", "medications", "problems"]
const summaryDocument = "60591-5"

/** LOINC codes of the sections of the International Patient Summary. */
const sectionCodes: ReadonlyMap<string, SectionKey> = new Map<string, SectionKey>([
  ["48765-2", "allergies"],
  ["10160-0", "medications"],
  ["11450-4", "problems"],
  ["11369-6", "immunizations"],
  ["30954-2", "results"],
  ["47519-4", "procedures"],
  ["46264-8", "devices"],
  ["42348-3", "advance-directives"],
  ["104605-1", "alerts"],
  ["11348-0", "past-problems"],
  ["47420-5", "functional-status"],
  ["18776-5", "plan"],
  ["29762-2", "social-history"],
  ["10162-6", "pregnancy"],
  ["8716-3", "vital-signs"],
  ["81338-6", "patient-story"],
  ["10157-6", "family-history"],
  ["46240-8", "encounters"],
])

/** R4 value set list-empty-reason; `nilknown` means none. */
const emptyReasons: ReadonlyMap<string, string> = new Map([
  ["notasked", "not asked"],
  ["withheld", "withheld"],
  ["unavailable", "unavailable"],
  ["notstarted", "not started"],
  ["closed", "closed"],
])

const newestFirst: readonly SectionKey[] = ["results", "vital-signs", "immunizations", "procedures"]

/**
 * Reads a FHIR bundle (bytes, JSON text, or parsed JSON) as a summary for a person in an emergency. Sections come from
 * the Composition; what no section lists is shown by its kind. Never throws: whatever is wrong becomes a warning, and
 * nothing that was found is left out unsaid.
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
    const warnings = new Warnings()
    warnings.note("unreadable")
    return emptySummary(warnings)
  }
}

type Steps<T = void> = Generator<undefined, T, undefined>

function* read(input: unknown): Steps<Summary> {
  const warnings = new Warnings()
  const parsed = parseJson(input)
  if (parsed.outcome !== "parsed") {
    warnings.note(parsed.looksLikeXml ? "not-json-but-xml" : parsed.outcome)
    return emptySummary(warnings)
  }
  if (parsed.replacedBytes) warnings.note("characters-replaced")
  yield
  return yield* cleaned(yield* new SummaryReader(parsed.value, warnings).read(), warnings)
}

const emptySummary = (warnings: Warnings): Summary => ({
  document: {},
  sections: mandatory.map((key) => ({ ...newSection(key), state: "no-information", items: [] })),
  other: [],
  warnings: warnings.list(),
})

type SectionDraft = {
  key: SectionKey
  title: string
  emptyReason?: string
  nilKnown: boolean
  narrative: string[]
  items: Draft[]
  entries: Set<Entry>
}

function newSection(key: SectionKey, title?: string): SectionDraft {
  return {
    key,
    title: title ?? (key === "other" ? "Untitled section" : sectionTitles[key]),
    nilKnown: false,
    narrative: [],
    items: [],
    entries: new Set(),
  }
}

class SummaryReader {
  readonly #warnings: Warnings
  readonly #bundle: FhirBundle
  readonly #type: string | undefined
  readonly #sections = new Map<string, SectionDraft>()
  readonly #shown = new Set<Entry>()
  readonly #patients: Entry[]
  readonly #subjects = new Set<string>()
  #patient: Entry | undefined

  constructor(value: unknown, warnings: Warnings) {
    this.#warnings = warnings
    const kind = text(value, "resourceType")
    const isBundle = kind === "Bundle"
    if (!isBundle) warnings.note("not-a-bundle", kind === undefined ? "something else" : `a single ${kind}`)
    this.#type = isBundle ? text(value, "type") : undefined
    const single = kind === undefined ? [] : [{ resource: value }]
    this.#bundle = new FhirBundle(isBundle ? list(value, "entry") : single)
    this.#patients = this.#bundle.ofType("Patient")
    if (isBundle && this.#type !== "document") {
      warnings.note(
        "not-a-document",
        this.#type === undefined ? "a bundle without a type" : `a bundle of type ${this.#type}`,
      )
    }
    for (const position of this.#bundle.withoutResource) warnings.note("entry-unreadable", `no. ${position}`)
    for (const url of this.#bundle.repeatedUrls) warnings.note("entry-repeated", url)
  }

  *read(): Steps<Omit<Summary, "warnings">> {
    const composition = this.#composition()
    this.#patient = this.#findPatient(composition)
    const patient = this.#patient && readPatient(this.#patient.resource, this.#warnings)
    for (const key of mandatory) this.#section(key)
    if (composition !== undefined) {
      this.#shown.add(composition)
      for (const section of list(composition.resource, "section"))
        yield* this.#readSection(section, composition, undefined)
    }
    yield* this.#placeTheRest(composition)
    return {
      patient,
      document: composition === undefined ? {} : this.#document(composition),
      sections: yield* this.#finish(),
      other: this.#countOther(),
    }
  }

  #composition(): Entry | undefined {
    const all = this.#bundle.ofType("Composition")
    const [first] = all
    if (first === undefined) {
      if (this.#type === "document") this.#warnings.note("composition-missing")
      return undefined
    }
    if (all.length > 1) this.#warnings.note("several-compositions")
    if (this.#type === "document" && this.#bundle.entries[0] !== first) this.#warnings.note("composition-not-first")
    const { resource } = first
    for (const name of ["status", "type", "subject", "date", "author", "title"]) {
      if (list(resource, name).length === 0) this.#warnings.note("composition-incomplete", name)
    }
    const status = text(resource, "status")
    if (status === "entered-in-error") this.#warnings.note("summary-entered-in-error")
    else if (status !== undefined && status !== "final" && status !== "amended")
      this.#warnings.note("summary-not-final", status)
    const type = field(resource, "type")
    if (codings(type).every(({ code }) => code !== summaryDocument)) {
      this.#warnings.note("not-a-summary", conceptLabel(type) ?? "of no stated type")
    } else {
      const codes = new Set(
        sectionsIn(resource).flatMap((section) => codings(field(section, "code")).map(({ code }) => code)),
      )
      for (const [code, key] of sectionCodes) {
        if (mandatory.includes(key) && !codes.has(code)) this.#warnings.note("section-missing", key)
      }
    }
    return first
  }

  #findPatient(composition: Entry | undefined): Entry | undefined {
    const [first, ...others] = this.#patients
    const reference = composition && text(field(composition.resource, "subject"), "reference")
    const named = composition && reference !== undefined ? this.#resolve(reference, composition) : undefined
    const subject = named?.type === "Patient" ? named : undefined
    if (reference !== undefined && subject === undefined) this.#warnings.note("reference-unresolved", reference)
    if (others.length > 0) {
      for (const { resource, name } of this.#patients) {
        const person = list(resource, "name").map(humanName)[0]
        this.#warnings.note("several-patients", join(" ", person, `(${join(", ", text(resource, "birthDate"), name)})`))
      }
      if (subject === undefined) this.#warnings.note("patient-missing")
      return subject
    }
    if (first === undefined) this.#warnings.note("patient-missing")
    return first
  }

  #document({ resource, ...entry }: Entry): Summary["document"] {
    const authors = list(resource, "author").flatMap((author) => {
      const reference = text(author, "reference")
      const found = reference === undefined ? undefined : this.#resolve(reference, { resource, ...entry })
      const name = found && list(found.resource, "name").map(humanName)[0]
      return name ?? text(author, "display") ?? []
    })
    return {
      title: text(resource, "title"),
      date: dateTime(field(resource, "date")),
      author: authors.length === 0 ? undefined : authors.join(", "),
      kind: conceptLabel(field(resource, "type")),
    }
  }

  #section(key: SectionKey, title?: string): SectionDraft {
    const id = key === "other" ? `other ${title ?? ""}` : key
    const section = this.#sections.get(id) ?? newSection(key, title)
    this.#sections.set(id, section)
    return section
  }

  *#readSection(value: unknown, composition: Entry, within: SectionDraft | undefined): Steps {
    const code = field(value, "code")
    const key = codings(code).flatMap((coding) => sectionCodes.get(coding.code ?? "") ?? [])[0]
    const section =
      key !== undefined
        ? this.#section(key)
        : (within ?? this.#section("other", text(value, "title") ?? conceptLabel(code)))
    section.narrative.push(...narrativeLines(text(field(value, "text"), "div") ?? ""))
    const reason = field(value, "emptyReason")
    if (reason !== undefined) {
      const reasonCode = statusCode(reason)
      if (reasonCode === "nilknown") section.nilKnown = true
      else
        section.emptyReason =
          text(reason, "text") ?? emptyReasons.get(reasonCode ?? "") ?? conceptLabel(reason) ?? "no reason given"
    }
    for (const reference of list(value, "entry")) yield* this.#placeReference(reference, composition, section)
    for (const inner of list(value, "section")) yield* this.#readSection(inner, composition, section)
  }

  *#placeReference(reference: unknown, from: Entry, section: SectionDraft): Steps {
    const target = text(reference, "reference")
    const found = target === undefined ? undefined : this.#bundle.resolve(target, from)
    if (found?.outcome === "found") yield* this.#place(found.entry, section)
    else if (found?.outcome === "contained") {
      const type = text(found.resource, "resourceType") ?? "Resource"
      yield* this.#place(
        { type, resource: found.resource, fullUrl: from.fullUrl, name: `${from.name}${target}` },
        section,
      )
    } else {
      const ambiguous = found?.outcome === "ambiguous"
      const name = target ?? text(reference, "display") ?? "an empty reference"
      this.#warnings.note(ambiguous ? "reference-ambiguous" : "reference-unresolved", name)
      const label =
        text(reference, "display") ??
        (ambiguous ? `${name} (contained more than once)` : `${name} (not in this record)`)
      section.items.push({ label, source: name, marks: new Set(["unresolved"]) })
    }
  }

  /** Puts an entry into a section, with the results it consists of right after it. */
  *#place(entry: Entry, section: SectionDraft, unlisted = false): Steps {
    const rest: { entry: Entry; date?: string }[] = [{ entry }]
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      const { entry, date } = next
      if (section.entries.has(entry)) continue
      section.entries.add(entry)
      const item = this.#item(entry)
      item.date ??= date
      if (unlisted) item.marks.add("unlisted")
      section.items.push(item)
      // An allergy is looked for among the allergies, wherever else the document lists it.
      const allergies = this.#section("allergies")
      if (entry.type === "AllergyIntolerance" && !allergies.entries.has(entry)) {
        allergies.entries.add(entry)
        allergies.items.push(item)
      }
      const parts = ["hasMember", "result"].flatMap((name) => list(entry.resource, name))
      for (const part of parts.toReversed()) {
        const found = this.#follow(part, entry)
        if (found !== undefined && !this.#shown.has(found)) rest.push({ entry: found, date: item.date })
      }
      yield
    }
  }

  #item(entry: Entry): Draft {
    this.#shown.add(entry)
    const item = readItem(entry, (reference) => {
      const target = text(reference, "reference")
      if (target === undefined) return undefined
      const found = this.#bundle.resolve(target, entry)
      if (found.outcome === "contained") return found.resource
      const resolved = this.#follow(reference, entry)
      if (resolved !== undefined) this.#shown.add(resolved)
      return resolved?.resource
    })
    if (item.label.startsWith("not named (")) this.#warnings.note("item-unnamed", entry.name)
    if (item.doseContradiction) this.#warnings.note("dose-contradiction", item.label)
    this.#checkSubject(entry, item)
    return item
  }

  #checkSubject(entry: Entry, item: Draft): void {
    const subject = field(entry.resource, "subject") ?? field(entry.resource, "patient")
    const reference = text(subject, "reference")
    if (reference === undefined) {
      if (subject === undefined && entry.type !== "Medication" && entry.type !== "Device") {
        this.#warnings.note("subject-missing", item.label)
      }
      return
    }
    const found = this.#resolve(reference, entry)
    if (this.#patient === undefined) {
      this.#subjects.add(found?.name ?? reference)
      if (this.#patients.length > 1) item.detail = join("; ", item.detail, `about ${found?.name ?? reference}`)
      return
    }
    const aboutPatient = found === undefined ? true : found.type === "Patient"
    if (aboutPatient && found !== this.#patient) {
      item.marks.add("other-patient")
      item.detail = join("; ", item.detail, `about ${reference}`)
      this.#warnings.note("other-patient", item.label)
    }
  }
  #resolve(reference: string, from: Entry): Entry | undefined {
    const found = this.#bundle.resolve(reference, from)
    return found.outcome === "found" ? found.entry : undefined
  }

  /** As `#resolve`, and says what can't be. */
  #follow(reference: unknown, from: Entry): Entry | undefined {
    const target = text(reference, "reference")
    if (target === undefined) return undefined
    const found = this.#bundle.resolve(target, from)
    if (found.outcome === "found") return found.entry
    if (found.outcome === "absent") this.#warnings.note("reference-unresolved", target)
    if (found.outcome === "ambiguous") this.#warnings.note("reference-ambiguous", target)
    return undefined
  }

  *#placeTheRest(composition: Entry | undefined): Steps {
    const reached = composition === undefined ? new Set<Entry>() : yield* this.#reachedFrom(composition)
    // Whole reports before single results, and uses before what is used, so that parts follow what they are part of.
    const rank = ({ type, resource }: Entry) =>
      type === "Medication" || type === "Device"
        ? 3
        : type === "DiagnosticReport"
          ? 0
          : list(resource, "hasMember").length > 0
            ? 1
            : 2
    for (const entry of this.#bundle.entries.toSorted((a, b) => rank(a) - rank(b))) {
      const key = this.#shown.has(entry) ? undefined : sectionOf(entry)
      if (key === undefined) continue
      const unlisted = composition !== undefined && !reached.has(entry)
      yield* this.#place(entry, this.#section(key), unlisted)
    }
    if (this.#subjects.size > 1) for (const name of this.#subjects) this.#warnings.note("several-patients", name)
  }

  *#reachedFrom(root: Entry): Steps<Set<Entry>> {
    const reached = new Set<Entry>([root])
    for (const entry of reached) {
      for (const reference of referencesIn(entry.resource)) {
        const found = this.#resolve(reference, entry)
        if (found !== undefined) reached.add(found)
      }
      yield
    }
    return reached
  }

  #countOther(): Summary["other"] {
    const counts = new Map<string, number>()
    for (const entry of this.#bundle.entries) {
      if (this.#shown.has(entry) || entry === this.#patient) continue
      counts.set(entry.type, (counts.get(entry.type) ?? 0) + 1)
    }
    return [...counts].map(([type, count]) => ({ type, count }))
  }

  *#finish(): Steps<SummarySection[]> {
    const order: readonly string[] = Object.keys(sectionTitles)
    const rank = ({ key }: SectionDraft) => (key === "other" ? order.length : order.indexOf(key))
    const finished: SummarySection[] = []
    for (const section of [...this.#sections.values()].toSorted((a, b) => rank(a) - rank(b))) {
      finished.push(this.#finishSection(section))
      yield
    }
    return finished
  }

  #finishSection(section: SectionDraft): SummarySection {
    const { key, title, narrative } = section
    for (const item of section.items) {
      for (const mark of ["entered-in-error", "refuted", "not-done", "do-not-give", "unlisted"] as const) {
        if (item.marks.has(mark)) this.#warnings.note(mark, item.label)
      }
      if (item.marks.has("modified")) this.#warnings.note("meaning-modified", item.label)
      if (item.marks.has("inactive") && (mandatory.includes(key) || key === "alerts"))
        this.#warnings.note("inactive", item.label)
    }
    const valid = section.items.filter(({ marks }) => !marks.has("entered-in-error") && !marks.has("refuted"))
    const stated = valid.filter(({ absence }) => absence === undefined)
    const denied = section.nilKnown || valid.some(({ absence }) => absence === "none-known")
    const open = section.emptyReason ?? valid.find(({ absence }) => absence === "no-information")?.label
    if (stated.length > 0 && (denied || open !== undefined)) this.#warnings.note("contradicting-absence", title)
    const order = newestFirst.includes(key) ? (a: Draft, b: Draft) => compareDates(a, b) : () => 0
    return {
      key,
      title,
      state: stateOf(section, stated.length > 0, denied, open !== undefined),
      reason: open,
      items: section.items
        .toSorted(order)
        .toSorted((a, b) => urgency(a) - urgency(b))
        .map(({ absence: _absence, date: _date, doseContradiction: _dose, marks, ...item }) => ({
          ...item,
          marks: [...marks],
        })),
      narrative,
    }
  }
}

function stateOf(section: SectionDraft, stated: boolean, denied: boolean, open: boolean): SectionState {
  if (stated) return "listed"
  if (denied) return "none-known"
  if (open) return "not-stated"
  if (section.items.length > 0) return "listed"
  return section.narrative.length > 0 ? "narrative" : "no-information"
}

/** All sections of a Composition, nested ones too. */
function sectionsIn(composition: JsonObject): unknown[] {
  const all = list(composition, "section").filter(isObject)
  for (const section of all) all.push(...list(section, "section").filter(isObject))
  return all
}

/** Smaller comes first: what can kill, then what holds, then what no longer does. */
function urgency({ marks, criticality, severity }: Draft): number {
  if (marks.has("entered-in-error")) return 9
  if (marks.has("refuted")) return 8
  if (marks.has("not-done")) return 7
  if (marks.has("inactive")) return 6
  if (criticality === "high") return 0
  if (severity === "severe") return 1
  return criticality === "low" ? 3 : 2
}

/** FHIR's dates are in order as texts; a collation would take longer than all the rest. */
const compareDates = (a: Draft, b: Draft) => {
  const [one, other] = [a.date ?? a.onset ?? "", b.date ?? b.onset ?? ""]
  return one === other ? 0 : one < other ? 1 : -1
}

/** The one place every text of a summary passes before it leaves. */
function* cleaned(summary: Omit<Summary, "warnings">, warnings: Warnings): Steps<Summary> {
  const clean = (value: string): string => {
    if (hasSpoofingCharacters(value)) warnings.note("characters-removed")
    return plainText(value)
  }
  const optional = (value: string | undefined) => (value === undefined ? undefined : clean(value))
  const { patient, document } = summary
  const sections: SummarySection[] = []
  for (const section of summary.sections) {
    const items: SummaryItem[] = []
    for (const { marks, ...item } of section.items) {
      items.push({
        label: clean(item.label),
        detail: optional(item.detail),
        status: optional(item.status),
        severity: optional(item.severity),
        criticality: optional(item.criticality),
        onset: optional(item.onset),
        source: clean(item.source),
        marks,
      })
      yield
    }
    sections.push({
      ...section,
      title: clean(section.title),
      reason: optional(section.reason),
      narrative: section.narrative.map(clean),
      items,
    })
  }
  return {
    patient: patient && {
      name: optional(patient.name),
      otherNames: patient.otherNames.map(clean),
      birthDate: optional(patient.birthDate),
      sex: optional(patient.sex),
      deceased: optional(patient.deceased),
      identifiers: patient.identifiers.map(({ system, value }) => ({ system: optional(system), value: clean(value) })),
      telecom: patient.telecom.map(clean),
      contacts: patient.contacts.map(clean),
      languages: patient.languages.map(clean),
    },
    document: {
      title: optional(document.title),
      date: optional(document.date),
      author: optional(document.author),
      kind: optional(document.kind),
    },
    sections,
    other: summary.other.map(({ type, count }) => ({ type: clean(type), count })),
    warnings: warnings.list().map(({ code, message }) => ({ code, message: plainText(message) })),
  }
}
