import type { Entry, FhirBundle, Resolution } from "./bundle.ts"
import { codings, type Fact, type NameOf, type Value, valueOf, wordsOf } from "./fact.ts"
import { type Draft, humanName, nameOfResource, readItem, sectionOf } from "./item.ts"
import { warnOfLabels } from "./labels.ts"
import { readPatient } from "./patient.ts"
import { proposalsTag } from "./proposed.ts"
import {
  describe,
  finishSection,
  nameIn,
  newSection,
  type SectionDraft,
  sectionKeyOf,
  sectionsIn,
  summaryDocuments,
} from "./section.ts"
import { mandatory, type SectionKey, sectionKeys } from "./section-key.ts"
import { looseSubject } from "./subject.ts"
import type { Steps, Summary, SummarySection } from "./summary.ts"
import { hasTag } from "./tag.ts"
import { containsElement, field, type JsonObject, join, list, referencesIn, text } from "./value.ts"
import type { Warnings } from "./warnings.ts"

/** Types that may stand without anybody whom they are about. */
const anybodys = new Set(["Medication", "Device", "Composition"])

/** Reads the resources of one document, once. */
export class SummaryReader {
  readonly #warnings: Warnings
  readonly #bundle: FhirBundle
  readonly #sections = new Map<string, SectionDraft>()
  readonly #shown = new Set<Entry>()
  readonly #patients: Entry[]
  readonly #subjects = new Set<string>()
  /** What a List says was taken off it. */
  readonly #unlisted = new Set<Entry>()
  #patient: Entry | undefined

  constructor(bundle: FhirBundle, warnings: Warnings) {
    this.#warnings = warnings
    this.#bundle = bundle
    this.#patients = bundle.ofType("Patient")
    const { isBundle, kind, unreadable, deleted } = bundle.holding
    if (!isBundle) warnings.note("not-a-bundle", kind)
    else if (kind !== "document") warnings.note("not-a-document", kind)
    for (const position of unreadable) warnings.note("entry-unreadable", String(position))
    for (const name of deleted) warnings.note("deleted", name)
    for (const url of bundle.repeatedUrls) warnings.note("entry-repeated", url)
    warnOfLabels(bundle.holding, warnings)
  }

  *read(): Steps<Omit<Summary, "warnings">> {
    const composition = this.#composition()
    this.#patient = this.#findPatient(composition)
    const patient = this.#patient && readPatient(this.#patient.resource, this.#warnings)
    for (const key of mandatory) this.#section(key)
    for (const each of this.#bundle.ofType("List")) this.#readList(each)
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

  get #isDocument(): boolean {
    return this.#bundle.holding.kind === "document"
  }

  #composition(): Entry | undefined {
    const all = this.#bundle.ofType("Composition")
    const [first] = all
    if (first === undefined) {
      if (this.#isDocument) this.#warnings.note("composition-missing")
      return undefined
    }
    if (all.length > 1) this.#warnings.note("several-compositions")
    if (this.#isDocument && this.#bundle.entries[0] !== first) this.#warnings.note("composition-not-first")
    const { resource } = first
    for (const name of ["status", "type", "subject", "date", "author", "title"]) {
      if (list(resource, name).length === 0) this.#warnings.note("composition-incomplete", name)
    }
    if (containsElement(resource, "modifierExtension")) this.#warnings.note("meaning-modified", "Composition")
    const status = text(resource, "status")
    if (status === "entered-in-error") this.#warnings.note("summary-entered-in-error")
    else if (status !== undefined && status !== "final" && status !== "amended")
      this.#warnings.note("summary-not-final", status)
    this.#checkKind(resource)
    return first
  }

  #checkKind(composition: JsonObject): void {
    const type = field(composition, "type")
    if (codings(type).every(({ code }) => code === undefined || !summaryDocuments.has(code))) {
      this.#warnings.note("not-a-summary", wordsOf(valueOf(type)))
      return
    }
    const keys = new Set(sectionsIn(composition).map(sectionKeyOf))
    for (const key of mandatory) if (!keys.has(key)) this.#warnings.note("section-missing", key)
  }

  #findPatient(composition: Entry | undefined): Entry | undefined {
    const [first, ...others] = this.#patients
    const reference = composition && text(list(composition.resource, "subject")[0], "reference")
    const named = composition && reference !== undefined ? this.#resolve(reference, composition) : undefined
    const subject = named?.type === "Patient" ? named : undefined
    if (others.length > 0) {
      for (const { resource, name } of this.#patients) {
        const person = list(resource, "name").map(nameOfPerson)[0]
        this.#warnings.note("several-patients", join(" ", person, `(${join(", ", text(resource, "birthDate"), name)})`))
      }
      if (subject === undefined) {
        this.#warnings.note("patient-missing")
        if (reference !== undefined) this.#warnings.note("reference-unresolved", reference)
      }
      return subject
    }
    if (first === undefined) this.#warnings.note("patient-missing")
    else if (reference !== undefined && subject === undefined) this.#warnings.note("subject-unresolved", reference)
    return first
  }

  #document(entry: Entry): Summary["document"] {
    const { resource } = entry
    const authors = list(resource, "author").flatMap((author) => {
      const reference = text(author, "reference")
      const found = reference === undefined ? undefined : this.#resolve(reference, entry)
      const name = found && (list(found.resource, "name").map(nameOfPerson)[0] ?? text(found.resource, "name"))
      return name ?? text(author, "display") ?? []
    })
    return {
      title: text(resource, "title"),
      date: text(resource, "date"),
      author: authors.length === 0 ? undefined : authors.join(", "),
      confirmed: list(resource, "attester").flatMap((attester) => {
        const party = text(field(attester, "party"), "reference")
        const isPatient =
          party !== undefined && this.#patient !== undefined && this.#resolve(party, entry) === this.#patient
        return isPatient && text(attester, "mode") === "personal" ? (text(attester, "time") ?? []) : []
      })[0],
      kind: wordsOf(valueOf(field(resource, "type"))),
      ...(this.#bundle.holding.wrappings.some((bundle) => hasTag(bundle, proposalsTag)) ? { proposes: true } : {}),
    }
  }

  #section(key: SectionKey, title?: string): SectionDraft {
    const id = key === "other" ? `other ${title ?? ""}` : key
    const section = this.#sections.get(id) ?? newSection(key, title)
    this.#sections.set(id, section)
    return section
  }

  *#readSection(value: unknown, composition: Entry, within: SectionDraft | undefined): Steps {
    const key = sectionKeyOf(value)
    const titled = () => this.#section("other", text(value, "title") ?? wordsOf(valueOf(field(value, "code"))))
    const section = key === undefined ? (within ?? titled()) : this.#section(key)
    describe(section, value, within !== undefined)
    for (const reference of list(value, "entry")) yield* this.#placeReference(reference, composition, section)
    for (const inner of list(value, "section")) yield* this.#readSection(inner, composition, section)
  }

  /** Its entries are shown by their kind; what it says of them, and of there being none, counts. */
  #readList(entry: Entry): void {
    const { resource } = entry
    if (["entered-in-error", "retired"].includes(text(resource, "status") ?? "")) return
    for (const each of list(resource, "entry")) {
      const found = this.#follow(field(each, "item"), entry)
      if (field(each, "deleted") === true && found !== undefined) this.#unlisted.add(found)
    }
    const key = sectionKeyOf(resource)
    if (key !== undefined) describe(this.#section(key), resource, false)
    else if (text(resource, "mode") === "changes") this.#warnings.note("section-changes", text(resource, "title"))
  }

  *#placeReference(reference: unknown, from: Entry, section: SectionDraft): Steps {
    const target = text(reference, "reference")
    const found: Resolution | undefined = target === undefined ? undefined : this.#bundle.resolve(target, from)
    if (found?.outcome === "found") yield* this.#place(found.entry, section)
    else if (found?.outcome === "contained") {
      const type = text(found.resource, "resourceType") ?? "Resource"
      const inner = { type, resource: found.resource, fullUrl: from.fullUrl, name: `${from.name}${target}` }
      yield* this.#place(inner, section)
    } else {
      const source = target ?? text(reference, "display") ?? ""
      this.#warnings.note(found?.outcome === "ambiguous" ? "reference-ambiguous" : "reference-unresolved", source)
      const name: Value | undefined = valueOf(reference)
      section.items.push({ type: "", name, states: [], facts: [], aside: [], source, marks: new Set(["unresolved"]) })
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
    const follow = (reference: unknown): JsonObject | undefined => {
      const target = text(reference, "reference")
      if (target === undefined) return undefined
      const found = this.#bundle.resolve(target, entry)
      if (found.outcome === "contained") return found.resource
      const resolved = this.#follow(reference, entry)
      if (resolved !== undefined) this.#shown.add(resolved)
      return resolved?.resource
    }
    const item = readItem(entry, follow, this.#nameOf(entry))
    if (item.name === undefined || item.name.kind === "absent") this.#warnings.note("item-unnamed", entry.name)
    if (item.doseContradiction) this.#warnings.note("dose-contradiction", nameIn(item))
    if (this.#unlisted.has(entry)) item.marks.add("deleted")
    for (const date of impossibleDates(item)) this.#warnings.note("date-impossible", date)
    this.#checkSubject(entry, item)
    return item
  }

  #nameOf(from: Entry): NameOf {
    return (reference) => {
      const target = text(reference, "reference")
      if (target === undefined) return undefined
      const found = this.#bundle.resolve(target, from)
      if (found.outcome === "absent" || found.outcome === "ambiguous") return undefined
      const resource = found.outcome === "found" ? found.entry.resource : found.resource
      return { found: nameOfResource(resource) }
    }
  }

  /** Marks an item that isn't about the patient, or may not be. */
  #checkSubject(entry: Entry, item: Draft): void {
    const { resource } = entry
    // What an Observation really looked at, where it isn't the patient: a fetus, a donor.
    const elsewhere = list(resource, "focus").some((focus) => {
      const target = text(focus, "reference")
      return target === undefined || this.#resolve(target, entry) !== this.#patient
    })
    if (elsewhere && entry.type === "Observation") this.#isOther(item)
    const [subject] = [...list(resource, "subject"), ...list(resource, "patient")]
    const reference = text(subject, "reference")
    if (subject === undefined && !anybodys.has(entry.type)) this.#warnings.note("subject-missing", nameIn(item))
    if (subject === undefined) return
    const found = reference === undefined ? undefined : this.#bundle.resolve(reference, entry)
    if (this.#patient === undefined) {
      const about = found?.outcome === "found" ? found.entry.name : (reference ?? text(subject, "display"))
      if (about !== undefined) this.#subjects.add(about)
      if (this.#patients.length > 1) item.marks.add("subject-unclear")
      return
    }
    if (found?.outcome === "found" && found.entry !== this.#patient) this.#isOther(item)
    if (found?.outcome === "contained" && text(found.resource, "resourceType") !== "Patient") this.#isOther(item)
    if (found?.outcome === "found" || found?.outcome === "contained") return
    const loose = looseSubject(subject, this.#patient.resource)
    if (loose === "other") this.#isOther(item)
    else if (this.#patients.length > 1 && reference !== undefined) {
      item.marks.add("subject-unclear")
      this.#warnings.note("subject-unclear", nameIn(item))
    } else if (reference !== undefined && !meansById(reference, this.#patient))
      this.#warnings.note("subject-unresolved", reference)
  }

  #isOther(item: Draft): void {
    item.marks.add("other-patient")
    this.#warnings.note("other-patient", nameIn(item))
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
    const rank = ({ key }: SectionDraft) => (key === "other" ? sectionKeys.length : sectionKeys.indexOf(key))
    const finished: SummarySection[] = []
    for (const section of [...this.#sections.values()].toSorted((a, b) => rank(a) - rank(b))) {
      finished.push(finishSection(section, this.#warnings))
      yield
    }
    return finished
  }
}

/** The same id at another address: the server's, where the document has its own. */
const meansById = (reference: string, { resource }: Entry): boolean => {
  const id = text(resource, "id")
  return id !== undefined && reference.replace(/\/_history\/[^/]*$/, "").endsWith(`/${id}`)
}

const nameOfPerson = (name: unknown): string | undefined => humanName(name) ?? text(name, "text")

/** Dates of an item that no calendar has, or no living person's record. */
function impossibleDates({ when, facts, aside }: Draft): string[] {
  const found: string[] = []
  const rest: Fact[] = [...(when === undefined ? [] : [when]), ...facts, ...aside]
  for (let fact = rest.pop(); fact !== undefined; fact = rest.pop()) {
    for (const value of fact.values) {
      if (value.kind === "date" && !value.possible) found.push(value.date)
      if (value.kind === "period" && !value.possible) found.push(join(" – ", value.start, value.end) ?? "")
      for (const part of value.parts ?? []) rest.push(part)
    }
  }
  return found
}
