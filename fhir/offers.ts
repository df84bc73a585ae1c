import { FhirBundle } from "./bundle.ts"
import type { Check } from "./check.ts"
import { allergyCheck, deviceCheck, doseCheck, illnessCheck, medicineCheck, vaccinationCheck } from "./check-stated.ts"
import { cleanResource } from "./clean.ts"
import { isPossibleDate } from "./date.ts"
import { type Value, valueOf, wordsOf } from "./fact.ts"
import { unwrapped } from "./holding.ts"
import type { SummaryItem } from "./item.ts"
import { jsonText } from "./json-text.ts"
import { parseFhir } from "./parse.ts"
import type { ProposedItem } from "./proposals.ts"
import { doseOf } from "./read-stated.ts"
import { comparePeople, type Identity } from "./same-person.ts"
import type { SectionKey } from "./section-key.ts"
import { dosageOf } from "./stated-dosage.ts"
import {
  type Named,
  newItemId,
  type Origin,
  type StatedDose,
  type StatedItem,
  type StatedSummary,
} from "./stated-summary.ts"
import type { SummaryMark } from "./status.ts"
import { readSummary, type Summary } from "./summary.ts"
import { field, isObject, type JsonObject, list, text } from "./value.ts"

/**
 * What a document says and the patient may take over, one by one. `says`: nothing of ours is about it, ours says the same, or something else.
 * `concerns`: the ids of ours that are about the same thing. `isIncomplete`: of the dose the document says more than could be taken over. `source`: as
 * the document has it, to be shown beside.
 */
export type Offer = ProposedItem & {
  readonly says: "new" | "same" | "differs"
  readonly concerns: readonly string[]
  readonly isIncomplete: boolean
  readonly source: SummaryItem
}

/**
 * `other-person`: a document of somebody else, or of several: nothing of it may be offered. `isIdentified`: a name or a date of birth of the document is
 * the owner's; where it isn't, the document names nobody who could be compared. `denied`: sections in which the document says that there is nothing, and
 * we say something. `left`: items of the document that can't be offered, because of their state or kind.
 */
export type Offers =
  | { readonly outcome: "unreadable" }
  | { readonly outcome: "other-person"; readonly says?: Identity }
  | {
      readonly outcome: "offers"
      readonly isIdentified: boolean
      readonly offers: readonly Offer[]
      readonly denied: readonly ProposedItem["section"][]
      readonly left: readonly SummaryItem[]
    }

/** What must not become a statement of the patient's: it is somebody else's, a mistake, a plan, or may mean the opposite. */
const unfit: readonly SummaryMark[] = [
  "entered-in-error",
  "deleted",
  "superseded",
  "other-patient",
  "subject-unclear",
  "modified",
  "do-not-give",
  "planned",
  "unlisted",
  "unresolved",
]

/** Where an item of each type belongs, whatever section of the document lists it. */
const sectionOf: ReadonlyMap<string, ProposedItem["section"]> = new Map([
  ["AllergyIntolerance", "allergies"],
  ["MedicationStatement", "medicines"],
  ["MedicationRequest", "medicines"],
  ["Condition", "illnesses"],
  ["DeviceUseStatement", "devices"],
  ["Immunization", "vaccinations"],
])

const deniable: readonly (readonly [SectionKey, ProposedItem["section"]])[] = [
  ["allergies", "allergies"],
  ["medications", "medicines"],
  ["problems", "illnesses"],
  ["devices", "devices"],
  ["immunizations", "vaccinations"],
]

/** What a FHIR document offers to a stated summary. `owner`: whose summary it is. `today`: `2026-11-28`. Changes nothing, and never throws. */
export function offers(stated: StatedSummary, document: unknown, owner: Identity, today: string): Offers {
  const parsed = parseFhir(document)
  if (parsed.outcome !== "parsed") return { outcome: "unreadable" }
  const summary = readSummary(parsed.value)
  const codes = new Set<string>(summary.warnings.map(({ code }) => code))
  const { patient } = summary
  const compared = patient === undefined ? "unknown" : comparePeople(patient, owner)
  if (compared === "other" || codes.has("several-patients")) return { outcome: "other-person", says: patient }
  if (codes.has("unreadable") || codes.has("summary-entered-in-error")) return { outcome: "unreadable" }
  const holding = unwrapped(parsed.value)
  for (const held of holding.held) held.resource = cleanResource(held.resource, () => undefined)
  const resources = new Map(new FhirBundle(holding).entries.map(({ name, resource }) => [name, resource]))
  const origin = originOf(summary)
  const found: Offer[] = []
  const left: SummaryItem[] = []
  const seen = new Set<string>()
  // What stands in the family's history isn't the patient's.
  const items = summary.sections.flatMap(({ key, items: listed }) => (key === "family-history" ? [] : listed))
  for (const source of items) {
    const section = sectionOf.get(source.type)
    if (section === undefined || source.absence !== undefined || seen.has(source.source)) continue
    seen.add(source.source)
    const resource = resources.get(source.source)
    const proposed = resource && proposedOf(section, source, resource, { origin, on: dayOf(summary, today) })
    if (proposed === undefined) left.push(source)
    else
      found.push({
        ...proposed.item,
        isIncomplete: proposed.isIncomplete,
        source,
        ...againstOurs(stated, proposed.item),
      })
  }
  const denied = deniable.flatMap(([key, section]) => {
    const said = summary.sections.find((one) => one.key === key)?.state === "none-known"
    return said && stated[section].state === "listed" ? [section] : []
  })
  return { outcome: "offers", isIdentified: compared === "same", offers: found, denied, left }
}

const originOf = ({ document: { title, kind, date, author } }: Summary): Origin => ({
  from: "document",
  title: title ?? kind ?? "FHIR",
  ...(date === undefined ? {} : { date: date.slice(0, 40) }),
  ...(author === undefined ? {} : { author: author.slice(0, 300) }),
})

/** The day of the document, where it says one. */
const dayOf = ({ document: { date = "" } }: Summary, today: string): string => {
  const day = date.slice(0, 10)
  return day.length === 10 && isPossibleDate(day) ? day : today
}

const named = (name: Value | undefined): Named | undefined => {
  const value = name?.kind === "reference" ? name.found : name
  const words = wordsOf(value) ?? wordsOf(name)
  if (words === undefined) return undefined
  const codings = value?.kind === "concept" ? value.codings : []
  const codes = codings.flatMap(({ system, code, display }) =>
    system === undefined || code === undefined ? [] : [{ system, code, display: display ?? words }],
  )
  return { text: words, codes: codes.slice(0, 8) }
}

/** A date as exact as a statement may be. */
const written = (resource: unknown, name: string): string | undefined => {
  const [date] = /^\d{4}(?:-\d{2}){0,2}/.exec(text(resource, name) ?? "") ?? []
  return date !== undefined && isPossibleDate(date) ? date : undefined
}

type Proposed = { readonly item: ProposedItem; readonly isIncomplete: boolean }
type Of = Pick<StatedItem, "origin" | "on">

function proposedOf(
  section: ProposedItem["section"],
  source: SummaryItem,
  resource: JsonObject,
  of: Of,
): Proposed | undefined {
  const what = named(source.name)
  if (what === undefined || source.marks.some((mark) => unfit.includes(mark))) return undefined
  const base = { id: newItemId(), ...of, what }
  const has = (mark: SummaryMark) => source.marks.includes(mark)
  const presence = has("refuted") ? "refuted" : has("unconfirmed") ? "unknown" : has("inactive") ? "past" : "present"
  switch (section) {
    case "allergies": {
      const item = { ...base, status: presence, ...allergyOf(source, resource) }
      return checked(item, allergyCheck, (item) => ({ section, item }))
    }
    case "medicines": {
      const status = medicineStatus(source)
      if (status === undefined) return undefined
      const dosages = [...list(resource, "dosage"), ...list(resource, "dosageInstruction")].map(taken)
      const doses = dosages.flatMap(({ dose }) => dose ?? [])
      const item = { ...base, status, doses, since: written(field(resource, "effectivePeriod"), "start") }
      const isIncomplete = dosages.some(({ isWhole }) => !isWhole)
      return checked(item, medicineCheck, (item) => ({ section, item }), isIncomplete)
    }
    case "illnesses": {
      const place = wordsOf(valueOf(list(resource, "bodySite")[0]))
      const until = presence === "past" ? written(resource, "abatementDateTime") : undefined
      const item = { ...base, status: presence, since: written(resource, "onsetDateTime"), until, place }
      return checked(item, illnessCheck, (item) => ({ section, item }))
    }
    case "devices": {
      const status = has("unconfirmed") ? "unknown" : has("inactive") ? "removed" : "present"
      const item = { ...base, status, place: wordsOf(valueOf(field(resource, "bodySite"))) }
      return checked(item, deviceCheck, (item) => ({ section, item }))
    }
    case "vaccinations":
      break
  }
  if (has("unconfirmed")) return undefined
  const status = has("not-done") ? "not-given" : "given"
  const item = { ...base, status, given: written(resource, "occurrenceDateTime"), lot: text(resource, "lotNumber") }
  return checked(item, vaccinationCheck, (item) => ({ section, item }))
}

const checked = <T>(
  item: unknown,
  check: Check<T>,
  of: (item: T) => ProposedItem,
  isIncomplete = false,
): Proposed | undefined => (check(item, "", () => undefined) ? { item: of(item), isIncomplete } : undefined)

const known = <const T extends string>(value: string | undefined, ...of: readonly T[]): T | undefined =>
  of.find((one) => one === value)

const allergyOf = ({ criticality }: SummaryItem, resource: JsonObject) => ({
  kind: known(text(resource, "type"), "allergy", "intolerance"),
  category: known(text({ of: list(resource, "category")[0] }, "of"), "food", "medication", "environment", "biologic"),
  criticality: known(criticality, "high", "low", "unable-to-assess"),
  since: written(resource, "onsetDateTime"),
  reactions: list(resource, "reaction").flatMap((reaction) => {
    const severity = known(text(reaction, "severity"), "mild", "moderate", "severe")
    return list(reaction, "manifestation").flatMap((concept) => {
      const what = named(valueOf(concept))
      return what === undefined ? [] : [{ what, severity }]
    })
  }),
})

function medicineStatus({ marks, states }: SummaryItem): string | undefined {
  if (marks.includes("not-done")) return undefined
  if (marks.includes("not-taken")) return "not-taken"
  const isHeld = states.some(({ values }) => values.some((value) => value.kind === "text" && value.text === "on-hold"))
  if (marks.includes("inactive")) return isHeld ? "paused" : "stopped"
  return marks.includes("unconfirmed") ? "unknown" : "taking"
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const names = Object.keys(value).toSorted()
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]))
}
const comparable = (value: unknown): string => {
  const plain: unknown = JSON.parse(jsonText(value))
  return JSON.stringify(sorted(plain))
}

/** A Dosage without what changes nothing of it, and its route in words. */
function bareDosage(dosage: unknown): JsonObject {
  const { sequence: _sequence, id: _id, route, asNeededBoolean, ...rest } = isObject(dosage) ? dosage : {}
  const way = wordsOf(valueOf(route))
  const doses = list(rest, "doseAndRate").map((each) => {
    const { type: _type, doseQuantity: dose, ...others } = isObject(each) ? each : {}
    return { ...others, ...(isObject(dose) ? { doseQuantity: { unit: field(dose, "code"), ...dose } } : {}) }
  })
  return {
    ...rest,
    ...(route === undefined ? {} : { route: way === undefined ? route : { text: way } }),
    ...(asNeededBoolean === true ? { asNeededBoolean } : {}),
    ...(doses.length === 0 ? {} : { doseAndRate: doses }),
  }
}

/** A Dosage as it may be stated: whole where writing it again gives the same, else its words. */
function taken(dosage: unknown): { dose?: StatedDose; isWhole: boolean } {
  const bare = bareDosage(dosage)
  const dose: unknown = JSON.parse(JSON.stringify(doseOf(bare)))
  if (doseCheck(dose, "", () => undefined) && comparable(dosageOf(dose)) === comparable(bare))
    return { dose, isWhole: true }
  const inWords = { asWritten: text(dosage, "text") ?? text(dosage, "patientInstruction") }
  return doseCheck(inWords, "", () => undefined) ? { dose: inWords, isWhole: false } : { isWhole: false }
}

const folded = (words: string) => words.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase()

/** Whether two names mean one thing: by a code, else by the words. */
const isSame = (one: Named, other: Named): boolean =>
  one.codes.some((code) => other.codes.some((its) => its.system === code.system && its.code === code.code)) ||
  folded(one.text) === folded(other.text)

function againstOurs(stated: StatedSummary, proposed: ProposedItem): Pick<Offer, "says" | "concerns"> {
  const section = stated[proposed.section]
  const { item } = proposed
  if (section.state === "none-known") {
    const denies = ["refuted", "not-taken", "not-given", "past", "stopped", "removed"].includes(item.status)
    return { says: denies ? "new" : "differs", concerns: [] }
  }
  const ours = section.state === "listed" ? section.items.filter((one) => isSame(one.what, item.what)) : []
  if (ours.length === 0) return { says: "new", concerns: [] }
  const says = ours.some((one) => agrees(one, item)) ? "same" : "differs"
  return { says, concerns: ours.map(({ id }) => id) }
}

/** Whether ours says all that the document says, of what may harm. */
function agrees(one: ProposedItem["item"], said: ProposedItem["item"]): boolean {
  if (one.status !== said.status) return false
  if ("criticality" in said && said.criticality !== undefined)
    return "criticality" in one && one.criticality === said.criticality
  if ("doses" in said && said.doses.length > 0)
    return "doses" in one && comparable(one.doses) === comparable(said.doses)
  return !("given" in said) || said.given === undefined || ("given" in one && one.given === said.given)
}
