import { proposedItem } from "./check-proposed.ts"
import { doseCheck } from "./check-stated.ts"
import { isPossibleDate } from "./date.ts"
import { codesOf, type Value, valueOf, wordsOf } from "./fact.ts"
import type { SummaryItem } from "./item.ts"
import { jsonText } from "./json-text.ts"
import type { ProposedItem } from "./proposals.ts"
import { doseOf } from "./read-stated.ts"
import { dosageOf } from "./stated-dosage.ts"
import { ownDirective, pregnancyAnswers } from "./stated-entries.ts"
import { type DirectiveKind, type Named, newItemId, type StatedDose, type StatedItem } from "./stated-summary.ts"
import type { SummaryMark } from "./status.ts"
import { field, isObject, type JsonObject, list, numberText, text } from "./value.ts"

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

/** LOINC's codes of the observations that a summary states. */
const observed: ReadonlyMap<string, ProposedItem["section"]> = new Map([
  ["82810-3", "pregnancy"],
  ["882-1", "bloodGroup"],
  ["34530-6", "bloodGroup"],
  ["883-9", "bloodGroup"],
  ["29463-7", "weight"],
  ["3141-9", "weight"],
])

const sections: ReadonlyMap<string, ProposedItem["section"]> = new Map([
  ["AllergyIntolerance", "allergies"],
  ["MedicationStatement", "medicines"],
  ["MedicationRequest", "medicines"],
  ["Condition", "illnesses"],
  ["DeviceUseStatement", "devices"],
  ["Immunization", "vaccinations"],
])

/** Where an item belongs, whatever section of the document lists it; absent for kinds that no summary states. */
export function offeredIn({ type, name }: SummaryItem, key: string): ProposedItem["section"] | undefined {
  if (type === "Consent") return key === "advance-directives" ? "directives" : undefined
  if (type !== "Observation") return sections.get(type)
  const codes = name?.kind === "concept" ? name.codings : []
  return codes.flatMap(({ system, code = "" }) => (system === "http://loinc.org" ? (observed.get(code) ?? []) : []))[0]
}

/** `isIncomplete`: the document says more of it than could be taken over. */
export type Proposed = { readonly item: ProposedItem; readonly isIncomplete: boolean }

/** What an item is made of: the resource it was read from, and who says it. `day`: `2026-11-28`, of the document. */
export interface Offering {
  readonly source: SummaryItem
  readonly resource: JsonObject
  readonly of: Pick<StatedItem, "origin" | "on">
}

/** What the patient may state of it; `undefined` where it is of a kind, or in a state, that nobody can take over unseen. */
export function proposedOf(section: ProposedItem["section"], offering: Offering): Proposed | undefined {
  const { source } = offering
  if (source.marks.some((mark) => unfit.includes(mark))) return undefined
  const isMore = source.facts.some(({ name }) => !taken[section].includes(name))
  const proposed = makers[section](offering)
  return proposed && { item: proposed.item, isIncomplete: proposed.isIncomplete || isMore }
}

/** The elements, by the names that facts have, whose meaning is taken over; who reads any other is told that there is more. */
const taken: Readonly<Record<ProposedItem["section"], readonly string[]>> = {
  allergies: ["type", "category", "reaction", "note"],
  medicines: ["dosage", "dosageInstruction", "reason", "note"],
  illnesses: ["bodySite", "abatement", "note"],
  devices: ["bodySite", "note", "device"],
  directives: ["scope", "category", "provision", "source", "policyRule", "policy"],
  vaccinations: ["lotNumber", "protocolApplied", "note"],
  pregnancy: ["value", "hasMember", "note"],
  bloodGroup: ["value", "interpretation"],
  weight: ["value", "note", "interpretation", "referenceRange"],
}

const checked = (section: ProposedItem["section"], item: unknown, isIncomplete = false): Proposed | undefined => {
  const proposed = proposedItem(section, item)
  return proposed && { item: proposed, isIncomplete }
}

/** A date as exact as a statement may be. */
const written = (resource: unknown, name: string): string | undefined => {
  const [date] = /^\d{4}(?:-\d{2}){0,2}/.exec(text(resource, name) ?? "") ?? []
  return date !== undefined && isPossibleDate(date) ? date : undefined
}

const known = <const T extends string>(value: string | undefined, ...of: readonly T[]): T | undefined =>
  of.find((one) => one === value)

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

/** The remarks that stand in it, as one. */
const noteOf = (resource: JsonObject): string | undefined =>
  list(resource, "note")
    .flatMap((note) => text(note, "text") ?? [])
    .join("; ") || undefined

const base = ({ resource, of }: Offering) => ({ id: newItemId(), ...of, note: noteOf(resource) })

const presenceOf = ({ marks }: SummaryItem): string =>
  marks.includes("refuted")
    ? "refuted"
    : marks.includes("unconfirmed")
      ? "unknown"
      : marks.includes("inactive")
        ? "past"
        : "present"

type Maker = (offering: Offering) => Proposed | undefined

const allergyOf: Maker = (offering) => {
  const { source, resource } = offering
  const reactions = list(resource, "reaction")
  const item = {
    ...base(offering),
    what: named(source.name),
    status: presenceOf(source),
    kind: known(text(resource, "type"), "allergy", "intolerance"),
    category: known(text({ of: list(resource, "category")[0] }, "of"), "food", "medication", "environment", "biologic"),
    criticality: known(source.criticality, "high", "low", "unable-to-assess"),
    since: written(resource, "onsetDateTime"),
    reactions: reactions.flatMap((reaction) => {
      const severity = known(text(reaction, "severity"), "mild", "moderate", "severe")
      return list(reaction, "manifestation").flatMap((concept) => {
        const what = named(valueOf(concept))
        return what === undefined ? [] : [{ what, severity }]
      })
    }),
  }
  const isMore = reactions.some((reaction) =>
    Object.keys(isObject(reaction) ? reaction : {}).some((name) => !["id", "manifestation", "severity"].includes(name)),
  )
  return checked("allergies", item, isMore)
}

function medicineStatus({ marks, states }: SummaryItem): string | undefined {
  if (marks.includes("not-done")) return undefined
  if (marks.includes("not-taken")) return "not-taken"
  const isHeld = states.some(({ values }) => values.some((value) => value.kind === "text" && value.text === "on-hold"))
  if (marks.includes("inactive")) return isHeld ? "paused" : "stopped"
  return marks.includes("unconfirmed") ? "unknown" : "taking"
}

const medicineOf: Maker = (offering) => {
  const { source, resource } = offering
  const dosages = [...list(resource, "dosage"), ...list(resource, "dosageInstruction")].map(takenDose)
  const reasons = list(resource, "reasonCode")
  const item = {
    ...base(offering),
    what: named(source.name),
    status: medicineStatus(source),
    doses: dosages.flatMap(({ dose }) => dose ?? []),
    reason: wordsOf(valueOf(reasons[0])),
    since: written(field(resource, "effectivePeriod"), "start"),
    until: written(field(resource, "effectivePeriod"), "end"),
  }
  const isMore = dosages.some(({ isWhole }) => !isWhole) || reasons.length > 1
  return checked("medicines", item, isMore)
}

const illnessOf: Maker = (offering) => {
  const { source, resource } = offering
  const status = presenceOf(source)
  const sites = list(resource, "bodySite")
  const item = {
    ...base(offering),
    what: named(source.name),
    status,
    since: written(resource, "onsetDateTime"),
    until: status === "past" ? written(resource, "abatementDateTime") : undefined,
    place: sites.flatMap((site) => wordsOf(valueOf(site)) ?? []).join(", ") || undefined,
  }
  return checked("illnesses", item)
}

/** What the device that is used says of itself. */
const partOf = ({ facts }: SummaryItem, name: string): string | undefined => {
  const used = facts.find((fact) => fact.name === "device")?.values[0]
  const said = used?.parts?.find((part) => part.name === name)?.values[0]
  return said?.kind === "text" ? said.text : undefined
}

const deviceOf: Maker = (offering) => {
  const { source, resource } = offering
  const { marks } = source
  if (marks.includes("not-done")) return undefined
  const status = marks.includes("unconfirmed") ? "unknown" : marks.includes("inactive") ? "removed" : "present"
  const item = {
    ...base(offering),
    what: named(source.name),
    status,
    since: written(field(resource, "timingPeriod"), "start"),
    until: status === "removed" ? written(field(resource, "timingPeriod"), "end") : undefined,
    place: wordsOf(valueOf(field(resource, "bodySite"))),
    maker: partOf(source, "manufacturer"),
    model: partOf(source, "modelNumber"),
  }
  return checked("devices", item)
}

const directiveKinds: ReadonlyMap<string, DirectiveKind> = new Map([
  ["do-not-resuscitate", "do-not-resuscitate"],
  ["no-ventilation", "no-ventilation"],
  ["no-blood-products", "no-blood-products"],
  ["living-will", "living-will"],
  ["power-of-attorney", "power-of-attorney"],
  ["organ-donation", "organ-donation"],
])

/** A directive in the words of the document. One that permits or denies in FHIR's own way would need a sentence that nobody wrote. */
const directiveOf: Maker = (offering) => {
  const { resource } = offering
  const provision = field(resource, "provision")
  const isPlain = Object.keys(isObject(provision) ? provision : {}).every((name) => name === "code")
  if (!isPlain || list(provision, "code").length > 1 || field(resource, "decision") !== undefined) return undefined
  const codings = list(resource, "category").flatMap((category) => list(category, "coding"))
  const own = codings.flatMap((coding) =>
    text(coding, "system") === ownDirective ? (directiveKinds.get(text(coding, "code") ?? "") ?? []) : [],
  )
  const isResuscitation = codings.some((coding) => text(coding, "code") === "dnr")
  const categories = list(resource, "category").flatMap((category) => wordsOf(valueOf(category)) ?? [])
  const { origin, on, id } = base(offering)
  const item = {
    id,
    origin,
    on,
    kind: own[0] ?? (isResuscitation ? "do-not-resuscitate" : "other"),
    text: wordsOf(valueOf(list(provision, "code")[0])) ?? categories[0],
    status: new Map([
      ["active", "in-force"],
      ["inactive", "revoked"],
    ]).get(text(resource, "status") ?? ""),
    signed: written(resource, "dateTime"),
    kept: text(field(resource, "sourceReference"), "display") ?? text(field(resource, "sourceAttachment"), "title"),
  }
  return checked("directives", item)
}

const vaccinationOf: Maker = (offering) => {
  const { source, resource } = offering
  if (source.marks.includes("unconfirmed")) return undefined
  const dose = Number(numberText(field(list(resource, "protocolApplied")[0], "doseNumberPositiveInt")))
  const item = {
    ...base(offering),
    what: named(source.name),
    status: source.marks.includes("not-done") ? "not-given" : "given",
    given: written(resource, "occurrenceDateTime"),
    doseNumber: Number.isInteger(dose) && dose > 0 ? dose : undefined,
    lot: text(resource, "lotNumber"),
  }
  return checked("vaccinations", item)
}

/** Of an observation, the day it was made; absent where it says a time that is no day. */
const observedOn = (resource: JsonObject, otherwise: string): string | undefined => {
  const period = field(resource, "effectivePeriod")
  const at = text(resource, "effectiveDateTime") ?? text(period, "end") ?? text(period, "start")
  if (at === undefined) return otherwise
  const day = at.slice(0, 10)
  return day.length === 10 && isPossibleDate(day) ? day : undefined
}

/** Only what was found, and not taken back. */
const observation = (offering: Offering) => {
  const { source, resource, of } = offering
  const on = observedOn(resource, of.on)
  const isFound = !["unconfirmed", "refuted", "inactive", "not-done"].some((mark) =>
    source.marks.some((one) => one === mark),
  )
  return on === undefined || !isFound ? undefined : { ...base(offering), on }
}

const answers: ReadonlyMap<string, string> = new Map([
  [pregnancyAnswers.pregnant, "pregnant"],
  ["77386006", "pregnant"],
  [pregnancyAnswers["not-pregnant"], "not-pregnant"],
  ["60001007", "not-pregnant"],
])

const pregnancyOf: Maker = (offering) => {
  const found = observation(offering)
  const statuses = codesOf(field(offering.resource, "valueCodeableConcept")).flatMap((code) => answers.get(code) ?? [])
  const [status] = statuses
  if (found === undefined || statuses.some((other) => other !== status)) return undefined
  const isMore = list(offering.resource, "hasMember").length > 0
  return checked("pregnancy", { ...found, status }, isMore && status === "pregnant")
}

const bloodWords =
  /^(?:blood )?(?:group |type )?(ab|a|b|o|0)(?:[ ,]*(?:rh(?:esus)?\.?)?[ ]*(?:\(?d\)?)?[ ]*(\+|-|\u2212|pos(?:itive)?|neg(?:ative)?))?(?: \(finding\))?$/i

const bloodGroupOf: Maker = (offering) => {
  const found = observation(offering)
  const value = field(offering.resource, "valueCodeableConcept")
  const words = wordsOf(valueOf(value)) ?? text(offering.resource, "valueString") ?? ""
  const [, abo, rhesus] = bloodWords.exec(words.trim()) ?? []
  // A nought alone is a number.
  if (found === undefined || abo === undefined || (abo === "0" && rhesus === undefined)) return undefined
  const sign = rhesus === undefined ? undefined : /^(?:\+|pos)/i.test(rhesus) ? "+" : "-"
  const item = { ...found, note: undefined, abo: abo.toUpperCase().replace("0", "O"), rhesus: sign }
  return checked("bloodGroup", item)
}

const weightOf: Maker = (offering) => {
  const found = observation(offering)
  const quantity = field(offering.resource, "valueQuantity")
  const isKilograms = (text(quantity, "code") ?? text(quantity, "unit")) === "kg"
  if (found === undefined || !isKilograms || field(quantity, "comparator") !== undefined) return undefined
  const kilograms = numberText(field(quantity, "value"))
  return checked("weight", { ...found, kilograms })
}

const makers: Readonly<Record<ProposedItem["section"], Maker>> = {
  allergies: allergyOf,
  medicines: medicineOf,
  illnesses: illnessOf,
  devices: deviceOf,
  directives: directiveOf,
  vaccinations: vaccinationOf,
  pregnancy: pregnancyOf,
  bloodGroup: bloodGroupOf,
  weight: weightOf,
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const names = Object.keys(value).toSorted()
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]))
}

/** A text that two values share where they say the same, in whatever order. */
export const comparable = (value: unknown): string => {
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
function takenDose(dosage: unknown): { dose?: StatedDose; isWhole: boolean } {
  const bare = bareDosage(dosage)
  const dose: unknown = JSON.parse(JSON.stringify(doseOf(bare)))
  if (doseCheck(dose, "", () => undefined) && comparable(dosageOf(dose)) === comparable(bare))
    return { dose, isWhole: true }
  const inWords = { asWritten: text(dosage, "text") ?? text(dosage, "patientInstruction") }
  return doseCheck(inWords, "", () => undefined) ? { dose: inWords, isWhole: false } : { isWhole: false }
}
