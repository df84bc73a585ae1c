import type { Entry } from "./bundle.ts"
import { narrativeLines } from "./plain-text.ts"
import type { SectionKey, SummaryItem, SummaryMark } from "./summary.ts"
import {
  choice,
  codings,
  conceptLabel,
  dateTime,
  field,
  isObject,
  type JsonObject,
  join,
  list,
  otherNames,
  period,
  quantity,
  range,
  statusCode,
  text,
  texts,
} from "./value.ts"

/** An item on its way into a section: `absence` says that it states nothing is there, or nothing is known. */
export type Draft = Omit<SummaryItem, "marks"> & {
  marks: Set<SummaryMark>
  absence?: "none-known" | "no-information"
  date?: string
  doseContradiction?: boolean
}

/** Finds the resource a reference element of the item means, and remembers that it was used. */
export type Follow = (reference: unknown) => JsonObject | undefined

type Reader = { section: SectionKey; read: (resource: JsonObject, follow: Follow) => Partial<Omit<Draft, "marks">> }

/**
 * The kinds of resource that are shown as items of their own, each with the section it belongs to when no section lists
 * it. What isn't here is counted under `other`.
 */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["AllergyIntolerance", { section: "allergies", read: readAllergy }],
  ["Flag", { section: "alerts", read: (r) => ({ date: period(field(r, "period")) }) }],
  ["DetectedIssue", { section: "alerts", read: readDetectedIssue }],
  ["MedicationStatement", { section: "medications", read: readMedicationUse }],
  ["MedicationRequest", { section: "medications", read: readMedicationUse }],
  ["MedicationAdministration", { section: "medications", read: readMedicationUse }],
  ["MedicationDispense", { section: "medications", read: readMedicationUse }],
  ["Medication", { section: "medications", read: readMedication }],
  ["Condition", { section: "problems", read: readCondition }],
  ["Procedure", { section: "procedures", read: readProcedure }],
  ["DeviceUseStatement", { section: "devices", read: readDeviceUse }],
  ["Device", { section: "devices", read: readDevice }],
  ["Consent", { section: "advance-directives", read: readConsent }],
  ["Immunization", { section: "immunizations", read: readImmunization }],
  ["Observation", { section: "results", read: readObservation }],
  ["DiagnosticReport", { section: "results", read: readReport }],
  ["CarePlan", { section: "plan", read: readPlan }],
  ["Goal", { section: "plan", read: readPlan }],
  ["ServiceRequest", { section: "plan", read: readPlan }],
  ["FamilyMemberHistory", { section: "family-history", read: readFamilyHistory }],
  ["ClinicalImpression", { section: "encounters", read: readEncounter }],
  ["Encounter", { section: "encounters", read: readEncounter }],
  ["DocumentReference", { section: "documents", read: readDocument }],
  ["Composition", { section: "documents", read: readDocument }],
  ["ImagingStudy", { section: "documents", read: readDocument }],
  ["Media", { section: "documents", read: readDocument }],
])

/** The section for a resource that no section lists, or undefined for kinds that are only counted. */
export function sectionOf({ type, resource }: Entry): SectionKey | undefined {
  if (type === "Observation") {
    const categories = list(resource, "category").flatMap((category) => codings(category).map(({ code }) => code))
    if (categories.includes("vital-signs")) return "vital-signs"
    if (categories.includes("social-history")) return "social-history"
  }
  if (type === "Condition" && marksOf(type, resource).has("inactive")) return "past-problems"
  // A device that is nobody's is equipment: what took an image, what sent a message.
  if (type === "Device" && field(resource, "patient") === undefined) return undefined
  if (type === "Consent" && !isAdvanceDirective(resource)) return "documents"
  return readers.get(type)?.section
}

const unconditional: readonly (readonly [SummaryMark, readonly string[]])[] = [
  ["entered-in-error", ["entered-in-error"]],
  ["refuted", ["refuted"]],
  ["not-done", ["not-done", "declined"]],
  [
    "inactive",
    [
      "inactive",
      "resolved",
      "remission",
      "stopped",
      "ended",
      "on-hold",
      "not-taken",
      "rejected",
      "revoked",
      "cancelled",
    ],
  ],
  ["unconfirmed", ["unconfirmed", "provisional", "differential", "preliminary", "draft", "proposed"]],
]
const completedMeansOver = new Set(["MedicationStatement", "MedicationRequest", "DeviceUseStatement", "CarePlan"])

function marksOf(type: string, resource: JsonObject): Set<SummaryMark> {
  const codes = ["status", "clinicalStatus", "verificationStatus"].map(
    (name) => statusCode(field(resource, name)) ?? "",
  )
  const marks = new Set(unconditional.filter(([, of]) => of.some((code) => codes.includes(code))).map(([mark]) => mark))
  if (completedMeansOver.has(type) && codes.includes("completed")) marks.add("inactive")
  if (codes.includes("superseded")) marks.add("inactive")
  if (["proposal", "plan"].includes(text(resource, "intent") ?? "") && type === "MedicationRequest")
    marks.add("unconfirmed")
  if (field(resource, "doNotPerform") === true) marks.add("do-not-give")
  if (field(resource, "modifierExtension") !== undefined || text(resource, "implicitRules") !== undefined) {
    marks.add("modified")
  }
  return marks
}

/** An item for any resource, of whatever kind and however faulty. */
export function readItem({ type, resource, name }: Entry, follow: Follow): Draft {
  const reader = readers.get(type)
  const { label, detail, ...rest } = reader === undefined ? {} : reader.read(resource, follow)
  const code = field(resource, "code")
  const notes = list(resource, "note").flatMap((note) => text(note, "text") ?? [])
  return {
    status: join(
      ", ",
      statusCode(field(resource, "clinicalStatus")),
      statusCode(field(resource, "verificationStatus")),
      statusCode(field(resource, "status")),
    ),
    absence: absenceOf(code) ?? absenceOf(field(resource, "medicationCodeableConcept")),
    ...rest,
    label: label ?? conceptLabel(code) ?? narrativeOf(resource) ?? generalName(resource) ?? `not named (${name})`,
    detail: join("; ", detail, ...notes.map((note) => `note: ${note}`)),
    source: name,
    marks: marksOf(type, resource),
  }
}

const narrativeOf = (resource: JsonObject) =>
  narrativeLines(text(field(resource, "text"), "div") ?? "")
    .join(" ")
    .slice(0, 300) || undefined

const generalName = (resource: JsonObject) =>
  conceptLabel(field(resource, "type")) ??
  text(resource, "title") ??
  text(resource, "name") ??
  text(resource, "description")

/** SNOMED CT and IPS "absent or unknown" codes that speak of the whole section, not of a part such as food. */
const noneKnown = new Set([
  "716186003",
  "160244002",
  "787481004",
  "160245001",
  "no-known-allergies",
  "no-known-medications",
  "no-known-problems",
  "no-known-procedures",
  "no-known-devices",
  "no-known-immunizations",
])
const noInformation = /^no-(allergy|medication|problem|procedure|device|immunization)s?-info$/

function absenceOf(concept: unknown): Draft["absence"] {
  const codes = codings(concept).flatMap(({ code }) => code ?? [])
  if (codes.some((code) => noneKnown.has(code))) return "none-known"
  return codes.some((code) => noInformation.test(code)) ? "no-information" : undefined
}

const alsoCoded = (concept: unknown) => {
  const names = otherNames(concept)
  return names.length === 0 ? undefined : `also coded as ${names.join(", ")}`
}

function readAllergy(resource: JsonObject): Partial<Draft> {
  const code = field(resource, "code")
  const reactions = list(resource, "reaction")
  const severities = reactions.map((reaction) => text(reaction, "severity")?.toLowerCase())
  const substance = reactions
    .map((reaction) => conceptLabel(field(reaction, "substance")))
    .find((name) => name !== undefined)
  const described = reactions.flatMap((reaction) => {
    const manifestations = list(reaction, "manifestation").flatMap((concept) => conceptLabel(concept) ?? [])
    const words = join(", ", ...manifestations, text(reaction, "description"), dateTime(field(reaction, "onset")))
    const severity = text(reaction, "severity")
    return join(" ", words, severity && `(${severity})`) ?? []
  })
  const criticality = text(resource, "criticality")?.toLowerCase()
  return {
    label: conceptLabel(code) ?? substance,
    criticality: ["high", "low", "unable-to-assess"].find((known) => known === criticality) ?? criticality,
    severity: ["severe", "moderate", "mild"].find((severity) => severities.includes(severity)),
    onset: choice(resource, "onset"),
    detail: join(
      "; ",
      described.length === 0 ? undefined : `reaction: ${described.join("; ")}`,
      join(", ", statusCode(field(resource, "type")), ...texts(resource, "category")),
      alsoCoded(code),
      join(" ", text(resource, "lastOccurrence") && "last occurred", dateTime(field(resource, "lastOccurrence"))),
    ),
  }
}

function readCondition(resource: JsonObject): Partial<Draft> {
  const over = choice(resource, "abatement")
  return {
    severity: conceptLabel(field(resource, "severity")),
    onset: choice(resource, "onset"),
    date: text(resource, "recordedDate"),
    detail: join(
      "; ",
      ...list(resource, "bodySite").map(conceptLabel),
      ...list(resource, "stage").map((stage) => conceptLabel(field(stage, "summary"))),
      alsoCoded(field(resource, "code")),
      over && `until ${over}`,
    ),
  }
}

function readDetectedIssue(resource: JsonObject): Partial<Draft> {
  return {
    severity: text(resource, "severity"),
    onset: choice(resource, "identified"),
    detail: text(resource, "detail"),
  }
}

function readMedicationUse(resource: JsonObject, follow: Follow): Partial<Draft> {
  const either = field(resource, "medication")
  const concept =
    field(resource, "medicationCodeableConcept") ?? (field(either, "concept") === undefined ? undefined : either)
  const reference = field(resource, "medicationReference") ?? field(either, "reference")
  const medication = follow(reference)
  const named = conceptLabel(concept) ?? (medication && readMedication(medication).label)
  const dosages = [...list(resource, "dosage"), ...list(resource, "dosageInstruction")].map(dosage)
  return {
    label: named ?? unnamed(reference),
    absence: absenceOf(concept) ?? absenceOf(medication && field(medication, "code")),
    onset:
      choice(resource, "effective") ??
      dateTime(field(resource, "authoredOn")) ??
      dateTime(field(resource, "whenHandedOver")),
    doseContradiction: dosages.some((one) => one.contradiction),
    detail: join(
      "; ",
      ...dosages.map((one) => one.words),
      alsoCoded(concept ?? (medication && field(medication, "code"))),
      medication && readMedication(medication).detail,
      ...list(resource, "reasonCode").map((reason) => join(" ", "for", conceptLabel(reason))),
      conceptLabel(field(resource, "statusReason")) ??
        join(", ", ...list(resource, "statusReason").map((reason) => conceptLabel(reason))),
    ),
  }
}

const unnamed = (reference: unknown) => {
  const shown = text(reference, "display") ?? text(reference, "reference")
  return shown === undefined ? undefined : `${shown} (medication not in this record)`
}

function readMedication(resource: JsonObject): { label?: string; detail?: string } {
  const ingredients = list(resource, "ingredient").flatMap((ingredient) => {
    const strength = field(ingredient, "strength")
    const amount = join(" / ", quantity(field(strength, "numerator")), quantity(field(strength, "denominator")))
    const substance =
      conceptLabel(field(ingredient, "itemCodeableConcept")) ?? text(field(ingredient, "itemReference"), "display")
    return join(" ", substance, amount) ?? []
  })
  return {
    label: conceptLabel(field(resource, "code")) ?? (ingredients.join(" + ") || undefined),
    detail: join(", ", conceptLabel(field(resource, "form")), ingredients.join(" + ")),
  }
}

const periodUnits: ReadonlyMap<string, string> = new Map([
  ["s", "second"],
  ["min", "minute"],
  ["h", "hour"],
  ["d", "day"],
  ["wk", "week"],
  ["mo", "month"],
  ["a", "year"],
])

function dosage(value: unknown): { words?: string; contradiction: boolean } {
  const written = [...new Set([text(value, "text"), text(value, "patientInstruction")])].filter(
    (part) => part !== undefined,
  )
  const doses = list(value, "doseAndRate").flatMap((dose) => {
    const rate = quantity(field(dose, "rateQuantity")) ?? range(field(dose, "rateRange"))
    return join(" at ", quantity(field(dose, "doseQuantity")) ?? range(field(dose, "doseRange")), rate) ?? []
  })
  const repeat = field(field(value, "timing"), "repeat")
  const frequency = field(repeat, "frequency")
  const periodValue = field(repeat, "period")
  const unit = text(repeat, "periodUnit")
  const often =
    typeof frequency === "number" && typeof periodValue === "number" && unit !== undefined
      ? `${frequency} x per ${periodValue === 1 ? "" : `${periodValue} `}${periodUnits.get(unit) ?? unit}${periodValue === 1 ? "" : "s"}`
      : undefined
  const asNeeded = field(value, "asNeededBoolean") === true ? "as needed" : undefined
  const reason = conceptLabel(field(value, "asNeededCodeableConcept"))
  const inWords = written.join(", ")
  // Codes repeat what the words say; they are shown where they say more, or something else.
  const coded =
    written.length > 0
      ? doses.filter((dose) => !inWords.includes(dose.split(" ")[0] ?? dose)).map((dose) => `coded dose ${dose}`)
      : [
          ...doses,
          often ?? conceptLabel(field(field(value, "timing"), "code")),
          join(", ", ...texts(repeat, "dayOfWeek")),
          join(", ", ...texts(repeat, "when")),
          join(", ", ...texts(repeat, "timeOfDay").map((time) => time.slice(0, 5))),
        ]
  return {
    words: join(
      ", ",
      inWords,
      ...coded,
      asNeeded ?? (reason && `as needed for ${reason}`),
      conceptLabel(field(value, "route")),
      ...list(value, "additionalInstruction").map(conceptLabel),
    ),
    contradiction: list(value, "doseAndRate").some((dose) => contradicts(inWords, field(dose, "doseQuantity"))),
  }
}

/** Whether the words name amounts in the dose's unit, and none of them is the dose. */
function contradicts(words: string, dose: unknown): boolean {
  const amount = field(dose, "value")
  const unit = (text(dose, "unit") ?? text(dose, "code"))?.toLowerCase()
  if (typeof amount !== "number" || unit === undefined) return false
  const amounts = [...words.toLowerCase().matchAll(/(\d{1,9}(?:[.,]\d{1,9})?)\s?([a-zµ]{1,12})/g)]
    .filter((match) => match[2] === unit)
    .map((match) => Number(match[1]?.replace(",", ".")))
  return amounts.length > 0 && !amounts.includes(amount)
}

function readProcedure(resource: JsonObject): Partial<Draft> {
  return {
    onset: choice(resource, "performed") ?? choice(resource, "occurrence"),
    detail: join(
      "; ",
      ...list(resource, "bodySite").map(conceptLabel),
      conceptLabel(field(resource, "outcome")),
      ...list(resource, "complication").map((complication) => join(" ", "complication:", conceptLabel(complication))),
    ),
  }
}

function readDeviceUse(resource: JsonObject, follow: Follow): Partial<Draft> {
  const reference = field(resource, "device")
  const device = follow(reference)
  const read = device === undefined ? {} : readDevice(device)
  return {
    label: read.label ?? text(reference, "display"),
    absence: device && absenceOf(field(device, "type")),
    onset: choice(resource, "timing"),
    detail: join("; ", conceptLabel(field(resource, "bodySite")), read.detail),
  }
}

function readDevice(resource: JsonObject): Partial<Draft> {
  const names = list(resource, "deviceName").flatMap((name) => text(name, "name") ?? [])
  return {
    label: conceptLabel(field(resource, "type")) ?? names[0],
    absence: absenceOf(field(resource, "type")),
    detail: join(
      "; ",
      ...names,
      text(resource, "manufacturer"),
      join(" ", text(resource, "modelNumber") && "model", text(resource, "modelNumber")),
      join(" ", text(resource, "serialNumber") && "serial", text(resource, "serialNumber")),
      ...list(resource, "safety").map(conceptLabel),
    ),
  }
}

function isAdvanceDirective(resource: JsonObject): boolean {
  const codes = [field(resource, "scope"), ...list(resource, "category")].flatMap((concept) => codings(concept))
  return codes.some(({ code }) =>
    ["adr", "acd", "dnr", "emrgonly", "npp", "polst", "42348-3"].includes(code?.toLowerCase() ?? ""),
  )
}

function readConsent(resource: JsonObject): Partial<Draft> {
  const provision = field(resource, "provision")
  const provisions = [provision, ...list(provision, "provision")].flatMap((one) => {
    const what = join(", ", ...list(one, "code").map(conceptLabel))
    const type = text(one, "type")
    return join(": ", type === "deny" ? "refused" : type === "permit" ? "permitted" : type, what) ?? []
  })
  return {
    label: join(", ", ...list(resource, "category").map(conceptLabel)) ?? conceptLabel(field(resource, "scope")),
    onset: dateTime(field(resource, "dateTime")),
    detail: join("; ", ...provisions, text(field(resource, "sourceReference"), "display")),
  }
}

function readImmunization(resource: JsonObject): Partial<Draft> {
  const doses = list(resource, "protocolApplied").map((protocol) => {
    const dose = field(protocol, "doseNumberPositiveInt")
    return typeof dose === "number" ? `dose ${dose}` : undefined
  })
  return {
    label: conceptLabel(field(resource, "vaccineCode")),
    absence: absenceOf(field(resource, "vaccineCode")),
    onset: choice(resource, "occurrence"),
    date: text(resource, "occurrenceDateTime"),
    detail: join(
      "; ",
      ...doses,
      join(" ", text(resource, "lotNumber") && "lot", text(resource, "lotNumber")),
      conceptLabel(field(resource, "statusReason")),
    ),
  }
}

const interpretations: ReadonlyMap<string, string> = new Map([
  ["N", "normal"],
  ["H", "high"],
  ["HH", "critically high"],
  ["L", "low"],
  ["LL", "critically low"],
  ["A", "abnormal"],
  ["AA", "critically abnormal"],
  ["POS", "positive"],
  ["NEG", "negative"],
])

function interpreted(concept: unknown): string | undefined {
  const code = codings(concept).find((coding) => coding.code !== undefined)?.code ?? ""
  return interpretations.get(code) ?? conceptLabel(concept)
}

const results = (count: number) => (count === 0 ? undefined : count === 1 ? "1 result" : `${count} results`)

function measured(value: unknown): string | undefined {
  const absent = conceptLabel(field(value, "dataAbsentReason"))
  const normal = list(value, "referenceRange").flatMap((one) => range(one) ?? text(one, "text") ?? [])
  const judged = list(value, "interpretation").flatMap((one) => text(one, "text") ?? interpreted(one) ?? [])
  return join(
    ", ",
    choice(value, "value") ?? (absent && `no value: ${absent}`),
    judged.length === 0 ? undefined : `[${judged.join(", ")}]`,
    normal.length === 0 ? undefined : `reference ${normal.join(", ")}`,
  )
}

function readObservation(resource: JsonObject): Partial<Draft> {
  const components = list(resource, "component").flatMap(
    (component) => join(" ", conceptLabel(field(component, "code")), measured(component)) ?? [],
  )
  const members = list(resource, "hasMember").length
  return {
    onset: choice(resource, "effective"),
    date: text(resource, "effectiveDateTime") ?? text(field(resource, "effectivePeriod"), "start"),
    detail: join("; ", measured(resource), ...components, results(members)),
  }
}

function readReport(resource: JsonObject): Partial<Draft> {
  const files = list(resource, "presentedForm").map((form) => attachment(form))
  return {
    label: join(" ", "Report:", conceptLabel(field(resource, "code"))),
    onset: choice(resource, "effective") ?? dateTime(field(resource, "issued")),
    date: text(resource, "effectiveDateTime"),
    detail: join(
      "; ",
      text(resource, "conclusion"),
      ...list(resource, "conclusionCode").map(conceptLabel),
      results(list(resource, "result").length),
      ...files,
    ),
  }
}

const attachment = (value: unknown) =>
  isObject(value) ? join(" ", "attached (not shown):", text(value, "title"), text(value, "contentType")) : undefined

function readPlan(resource: JsonObject): Partial<Draft> {
  const activities = list(resource, "activity").flatMap((activity) => {
    const detail = field(activity, "detail")
    return join(", ", conceptLabel(field(detail, "code")), text(detail, "description"), text(detail, "status")) ?? []
  })
  return {
    label:
      text(resource, "title") ??
      conceptLabel(field(resource, "description")) ??
      conceptLabel(field(resource, "code")) ??
      join(", ", ...list(resource, "category").map(conceptLabel)),
    onset: period(field(resource, "period")) ?? choice(resource, "start") ?? choice(resource, "occurrence"),
    status: statusCode(field(resource, "status")) ?? statusCode(field(resource, "lifecycleStatus")),
    detail: join("; ", ...activities),
  }
}

function readFamilyHistory(resource: JsonObject): Partial<Draft> {
  return {
    label: conceptLabel(field(resource, "relationship")),
    detail: join(
      "; ",
      ...list(resource, "condition").map((condition) =>
        join(" ", conceptLabel(field(condition, "code")), choice(condition, "onset")),
      ),
    ),
  }
}

function readEncounter(resource: JsonObject): Partial<Draft> {
  return {
    label:
      join(", ", ...list(resource, "type").map(conceptLabel)) ?? conceptLabel(field(resource, "class")) ?? "Encounter",
    onset: period(field(resource, "period")) ?? choice(resource, "effective") ?? dateTime(field(resource, "date")),
    detail: join(
      "; ",
      text(resource, "description"),
      text(resource, "summary"),
      ...list(resource, "reasonCode").map(conceptLabel),
    ),
  }
}

function readDocument(resource: JsonObject): Partial<Draft> {
  const contents = list(resource, "content").map((content) => attachment(field(content, "attachment") ?? content))
  return {
    label:
      text(resource, "title") ??
      conceptLabel(field(resource, "type")) ??
      text(resource, "description") ??
      join(", ", ...list(resource, "modality").map(conceptLabel)),
    onset: dateTime(field(resource, "date")) ?? dateTime(field(resource, "started")) ?? choice(resource, "created"),
    detail: join("; ", text(resource, "description"), ...contents),
  }
}
