import { type CheckedStated, checkStated } from "./check-stated.ts"
import { codesOf } from "./fact.ts"
import { parseFhir } from "./parse.ts"
import { ownDirective, pregnancyAnswers } from "./stated-entries.ts"
import { statementOf } from "./stated-origin.ts"
import { noteUrl } from "./stated-patient.ts"
import { hasTag } from "./tag.ts"
import { field, isObject, list, numberOf, numberText, text } from "./value.ts"
import { statedTag } from "./write-summary.ts"

/** What a patient stated, as `writeSummary` wrote it. `other`: a document of another kind, or none. */
export type ReadStated = CheckedStated | { readonly outcome: "other" }

/**
 * Reads a stated summary from the document it was written as: bytes, text or parsed JSON. It comes back as it was, or not at all: what has been
 * changed into something that no patient can state is refused, by its field. Never throws.
 */
export function readStated(input: unknown): ReadStated {
  const parsed = parseFhir(input)
  const bundle = parsed.outcome === "parsed" ? parsed.value : undefined
  if (!hasTag(bundle, statedTag)) return { outcome: "other" }
  return checkStated(plain(summaryIn(bundle)))
}

/** The version of a stated summary: its document's identifier, `urn:uuid:…`, which no two share; absent for other documents. */
export function statedVersion(input: unknown): string | undefined {
  const parsed = parseFhir(input)
  if (parsed.outcome !== "parsed" || !hasTag(parsed.value, statedTag)) return undefined
  return text(field(parsed.value, "identifier"), "value")
}

/** Without fields that aren't there. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => (inner === undefined ? [] : [[name, plain(inner)]])),
  )
}

function summaryIn(bundle: unknown): unknown {
  const resources = list(bundle, "entry").map((entry) => field(entry, "resource"))
  const ofType = (type: string) => resources.filter((resource) => text(resource, "resourceType") === type)
  const [composition] = ofType("Composition")
  const [patient] = ofType("Patient")
  const section = (code: string, items: readonly unknown[]): unknown => {
    if (items.length > 0) return { state: "listed", items }
    const found = list(composition, "section").find((one) => codesOf(field(one, "code")).includes(code))
    if (!codesOf(field(found, "emptyReason")).includes("nilknown")) return { state: "not-stated" }
    return { state: "none-known", ...statementOf(found) }
  }
  const devices = new Map(ofType("Device").map((device) => [`urn:uuid:${text(device, "id")}`, device]))
  const observation = (code: string) => ofType("Observation").find((one) => codesOf(field(one, "code")).includes(code))
  return {
    language: text(composition, "language"),
    names: list(patient, "name").flatMap((name) =>
      field(name, "_text") === undefined ? [{ given: list(name, "given")[0], family: text(name, "family") }] : [],
    ),
    birthDate: text(patient, "birthDate"),
    sex: text(patient, "gender"),
    photo: list(patient, "photo")[0],
    languages: list(patient, "communication").map((one) => {
      const language = field(one, "language")
      return { text: text(language, "text"), tag: text(list(language, "coding")[0], "code") }
    }),
    contacts: list(patient, "contact").map(contactOf),
    allergies: section("48765-2", ofType("AllergyIntolerance").map(allergyOf)),
    medicines: section("10160-0", ofType("MedicationStatement").map(medicineOf)),
    illnesses: section("11450-4", ofType("Condition").map(illnessOf)),
    devices: section(
      "46264-8",
      ofType("DeviceUseStatement").map((use) =>
        deviceOf(use, devices.get(text(field(use, "device"), "reference") ?? "")),
      ),
    ),
    directives: section("42348-3", ofType("Consent").map(directiveOf)),
    vaccinations: section("11369-6", ofType("Immunization").map(vaccinationOf)),
    pregnancy: pregnancyOf(observation("82810-3"), observation("11778-8")),
    bloodGroup: bloodGroupOf(observation("882-1")),
    weight: weightOf(observation("29463-7")),
    lastConfirmed: text(list(composition, "attester")[0], "time"),
  }
}

/** What one resource states, of whatever kind, before it is checked; `found`: what its references mean. */
export function statedIn(
  resource: unknown,
  found: (reference: unknown) => unknown,
): { readonly section: string; readonly item: unknown } | undefined {
  const as = (section: string, item: unknown) => ({ section, item: plain(item) })
  switch (text(resource, "resourceType") ?? "") {
    case "AllergyIntolerance":
      return as("allergies", allergyOf(resource))
    case "MedicationStatement":
      return as("medicines", medicineOf(resource))
    case "Condition":
      return as("illnesses", illnessOf(resource))
    case "DeviceUseStatement":
      return as("devices", deviceOf(resource, found(field(resource, "device"))))
    case "Consent":
      return as("directives", directiveOf(resource))
    case "Immunization":
      return as("vaccinations", vaccinationOf(resource))
    case "Observation":
      return observationIn(resource, found)
    default:
      return undefined
  }
}

function observationIn(resource: unknown, found: (reference: unknown) => unknown) {
  const [code] = codesOf(field(resource, "code"))
  if (code === "82810-3") {
    const item = pregnancyOf(resource, found(list(resource, "hasMember")[0]))
    return { section: "pregnancy", item: plain(item) }
  }
  if (code === "882-1") return { section: "bloodGroup", item: plain(bloodGroupOf(resource)) }
  return code === "29463-7" ? { section: "weight", item: plain(weightOf(resource)) } : undefined
}

const itemOf = (resource: unknown) => ({
  id: text(resource, "id"),
  ...statementOf(resource),
  note: text(list(resource, "note")[0], "text"),
})

/** The note of what has no element for one. */
const extendedNote = (element: unknown): string | undefined => {
  const extension = list(element, "extension").find((one) => text(one, "url") === noteUrl)
  return text(extension, "valueString")
}

const namedIn = (concept: unknown) => ({ text: text(concept, "text"), codes: list(concept, "coding") })
const textIn = (concept: unknown): string | undefined => text(concept, "text")

const contactOf = (contact: unknown) => ({
  ...itemOf(contact),
  note: extendedNote(contact),
  name: text(field(contact, "name"), "text"),
  relation: textIn(list(contact, "relationship")[0]),
  phone: text(list(contact, "telecom")[0], "value"),
})

/** How it stands, by both elements. */
function presenceOf(resource: unknown): string | undefined {
  const [clinical] = codesOf(field(resource, "clinicalStatus"))
  const [verification] = codesOf(field(resource, "verificationStatus"))
  const known = { active: "present", resolved: "past", "inactive refuted": "refuted", "active unconfirmed": "unknown" }
  const said = verification === undefined ? clinical : `${clinical} ${verification}`
  return new Map(Object.entries(known)).get(said ?? "")
}

const allergyOf = (allergy: unknown) => ({
  ...itemOf(allergy),
  what: namedIn(field(allergy, "code")),
  status: presenceOf(allergy),
  kind: text(allergy, "type"),
  category: list(allergy, "category")[0],
  criticality: text(allergy, "criticality"),
  reactions: list(allergy, "reaction").map((reaction) => ({
    what: namedIn(list(reaction, "manifestation")[0]),
    severity: text(reaction, "severity"),
  })),
  since: text(allergy, "onsetDateTime"),
})

const takenAs: ReadonlyMap<string | undefined, string> = new Map([
  ["active", "taking"],
  ["on-hold", "paused"],
  ["stopped", "stopped"],
  ["not-taken", "not-taken"],
  ["unknown", "unknown"],
])

const medicineOf = (statement: unknown) => {
  const period = field(statement, "effectivePeriod")
  return {
    ...itemOf(statement),
    what: namedIn(field(statement, "medicationCodeableConcept")),
    status: takenAs.get(text(statement, "status")),
    doses: list(statement, "dosage").map(doseOf),
    reason: textIn(list(statement, "reasonCode")[0]),
    since: text(period, "start"),
    until: text(period, "end"),
  }
}

const amountOf = (quantity: unknown) =>
  quantity === undefined
    ? undefined
    : { value: numberText(field(quantity, "value")), unit: text(quantity, "unit"), code: text(quantity, "code") }

export const doseOf = (dosage: unknown) => {
  const repeat = field(field(dosage, "timing"), "repeat")
  const [clock, moments, days] = ["timeOfDay", "when", "dayOfWeek"].map((name) => list(repeat, name))
  const most = field(dosage, "maxDosePerPeriod")
  const per = field(most, "denominator")
  return {
    asWritten: text(dosage, "text"),
    amount: amountOf(field(list(dosage, "doseAndRate")[0], "doseQuantity")),
    often:
      field(repeat, "frequency") === undefined
        ? undefined
        : {
            times: numberOf(field(repeat, "frequency")),
            every: numberOf(field(repeat, "period")),
            unit: text(repeat, "periodUnit"),
          },
    times:
      clock !== undefined && clock.length > 0
        ? { by: "clock", at: clock.map((at) => String(at).replace(/:00$/, "")) }
        : moments !== undefined && moments.length > 0
          ? { by: "moment", at: moments }
          : undefined,
    days: days?.length === 0 ? undefined : days,
    asNeeded: field(dosage, "asNeededBoolean") === true ? true : textIn(field(dosage, "asNeededCodeableConcept")),
    atMost:
      most === undefined
        ? undefined
        : {
            amount: amountOf(field(most, "numerator")),
            every: numberOf(field(per, "value")),
            unit: text(per, "code"),
          },
    route: textIn(field(dosage, "route")),
  }
}

const illnessOf = (condition: unknown) => ({
  ...itemOf(condition),
  what: namedIn(field(condition, "code")),
  status: presenceOf(condition),
  since: text(condition, "onsetDateTime"),
  until: text(condition, "abatementDateTime"),
  place: textIn(list(condition, "bodySite")[0]),
})

const usedAs: ReadonlyMap<string, string> = new Map([
  ["active", "present"],
  ["completed", "removed"],
  ["active unknown", "unknown"],
])

const deviceOf = (use: unknown, device: unknown) => {
  const period = field(use, "timingPeriod")
  const isDoubtful = text(device, "status") === "unknown"
  return {
    ...itemOf(use),
    what: namedIn(field(device, "type")),
    status: usedAs.get(`${text(use, "status")}${isDoubtful ? " unknown" : ""}`),
    since: text(period, "start"),
    until: text(period, "end"),
    place: textIn(field(use, "bodySite")),
    maker: text(device, "manufacturer"),
    model: text(device, "modelNumber"),
  }
}

const directiveOf = (consent: unknown) => ({
  ...itemOf(consent),
  note: extendedNote(consent),
  kind: list(list(consent, "category")[0], "coding").flatMap((coding) =>
    text(coding, "system") === ownDirective ? (text(coding, "code") ?? []) : [],
  )[0],
  text: textIn(list(field(consent, "provision"), "code")[0]),
  status: new Map([
    ["active", "in-force"],
    ["inactive", "revoked"],
  ]).get(text(consent, "status") ?? ""),
  signed: text(consent, "dateTime"),
  kept: text(field(consent, "sourceReference"), "display"),
})

const vaccinationOf = (immunization: unknown) => ({
  ...itemOf(immunization),
  what: namedIn(field(immunization, "vaccineCode")),
  status: new Map([
    ["completed", "given"],
    ["not-done", "not-given"],
  ]).get(text(immunization, "status") ?? ""),
  given: text(immunization, "occurrenceDateTime"),
  doseNumber: numberOf(field(list(immunization, "protocolApplied")[0], "doseNumberPositiveInt")),
  lot: text(immunization, "lotNumber"),
})

const pregnancyOf = (pregnancy: unknown, expected: unknown) => {
  if (pregnancy === undefined) return undefined
  const [code] = list(field(pregnancy, "valueCodeableConcept"), "coding").map((coding) => text(coding, "code"))
  return {
    ...itemOf(pregnancy),
    status: Object.entries(pregnancyAnswers).find(([, answer]) => answer === code)?.[0],
    due: text(expected, "valueDateTime"),
  }
}

const bloodGroupOf = (observation: unknown) => {
  if (observation === undefined) return undefined
  const written = textIn(field(observation, "valueCodeableConcept")) ?? ""
  const [, abo, rhesus] = /^(AB|A|B|O)(?: Rh([+-]))?$/.exec(written) ?? []
  // The first note is the caution that stands with every one.
  return { ...itemOf(observation), note: text(list(observation, "note")[1], "text"), abo, rhesus }
}

const weightOf = (observation: unknown) =>
  observation === undefined
    ? undefined
    : { ...itemOf(observation), kilograms: numberText(field(field(observation, "valueQuantity"), "value")) }
