import { type Absence, absenceIn } from "./absence.ts"
import type { Entry } from "./bundle.ts"
import { dosageContradicts } from "./dosage.ts"
import { codesOf, codings, type Fact, factsIn, type NameOf, type Value, valueOf, valuesOf } from "./fact.ts"
import { type Measured, measuredIn } from "./measured.ts"
import { narrativeLines } from "./narrative.ts"
import { isProposed } from "./proposed.ts"
import type { SectionKey } from "./section-key.ts"
import { statementOf } from "./stated-origin.ts"
import type { Statement } from "./stated-summary.ts"
import { marksOf, type SummaryMark, statusElements } from "./status.ts"
import { field, isObject, type JsonObject, list, text } from "./value.ts"

export type SummaryItem = {
  /** The resource's type, by R4's name. */
  type: string
  /** What it is; absent where the resource doesn't say. */
  name?: Value
  /** When it began, was given, done or measured: the element that says so. */
  when?: Fact
  /** What the resource says of its own state, element by element. */
  states: Fact[]
  /** What changes a dose, a meaning, a side, and all that isn't known not to. */
  facts: Fact[]
  /** The rest of what stands in it: who recorded it, its numbers, its own text. */
  aside: Fact[]
  severity?: Value
  /** `high`, `low`, `unable-to-assess`; anything else stands as written. */
  criticality?: string
  /** It names nothing: it says that there is nothing, or that nothing is known. */
  absence?: Absence
  /** The numbers of a result. */
  measured?: Measured[]
  /** Who said it and when, in a summary that a patient states. */
  statement?: Statement
  /** The resource it was read from, such as `AllergyIntolerance/2`. */
  source: string
  /** Why it mustn't be read like the others. */
  marks: SummaryMark[]
}

/** An item on its way into a section. */
export type Draft = Omit<SummaryItem, "marks"> & { marks: Set<SummaryMark>; date?: string; doseContradiction?: boolean }

/** Finds the resource a reference element of the item means, and remembers that it was used. */
export type Follow = (reference: unknown) => JsonObject | undefined

/** `named`, `when`: the elements that say so, the first that is there. `first`: what is read before the rest. */
type Reader = {
  section: SectionKey
  named: readonly string[]
  when: readonly string[]
  first: readonly string[]
  /** A reference to what it is about, whose own elements belong here. */
  uses?: string
}

const medicine: Reader = {
  section: "medications",
  named: ["medication"],
  when: ["effective", "authoredOn", "whenHandedOver", "whenPrepared", "effectiveDosePeriod"],
  first: ["dosage", "dosageInstruction", "reason", "reasonCode", "statusReason", "note"],
  uses: "medication",
}
const encounter: Reader = {
  section: "encounters",
  named: ["type", "class", "serviceType", "code", "description", "summary"],
  when: ["period", "effective", "date"],
  first: ["description", "summary", "reason"],
}
const document: Reader = {
  section: "documents",
  named: ["title", "type", "description", "modality", "modalityList", "content"],
  when: ["date", "started", "created", "issued"],
  first: ["description", "content"],
}

/**
 * The kinds of resource that are shown as items of their own, each with the section it belongs to when no section lists it. What isn't here is
 * counted under `other`.
 */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    "AllergyIntolerance",
    {
      section: "allergies",
      named: ["code"],
      when: ["onset"],
      first: ["reaction", "type", "category", "lastOccurrence", "note"],
    },
  ],
  ["Flag", { section: "alerts", named: ["code"], when: ["period"], first: [] }],
  [
    "DetectedIssue",
    { section: "alerts", named: ["code", "category"], when: ["identified", "date"], first: ["detail", "implicated"] },
  ],
  ["MedicationStatement", medicine],
  ["MedicationRequest", medicine],
  ["MedicationAdministration", medicine],
  ["MedicationDispense", medicine],
  ["Medication", { section: "medications", named: ["code", "ingredient"], when: [], first: ["form", "ingredient"] }],
  [
    "Condition",
    { section: "problems", named: ["code"], when: ["onset"], first: ["bodySite", "stage", "abatement", "note"] },
  ],
  [
    "Procedure",
    {
      section: "procedures",
      named: ["code"],
      when: ["performed"],
      first: ["bodySite", "outcome", "complication", "reason", "statusReason", "note"],
    },
  ],
  [
    "DeviceUseStatement",
    { section: "devices", named: ["device"], when: ["timing", "recordedOn"], first: ["bodySite"], uses: "device" },
  ],
  [
    "Device",
    {
      section: "devices",
      named: ["type", "deviceName"],
      when: [],
      first: ["deviceName", "manufacturer", "modelNumber", "serialNumber", "safety"],
    },
  ],
  [
    "Consent",
    {
      section: "advance-directives",
      named: ["category", "scope"],
      when: ["dateTime", "date"],
      first: ["decision", "provision", "source"],
    },
  ],
  [
    "Immunization",
    {
      section: "immunizations",
      named: ["vaccineCode"],
      when: ["occurrence"],
      first: ["protocolApplied", "lotNumber", "statusReason", "note"],
    },
  ],
  [
    "Observation",
    {
      section: "results",
      named: ["code"],
      when: ["effective", "issued"],
      first: ["value", "dataAbsentReason", "interpretation", "referenceRange", "component", "bodySite", "note"],
    },
  ],
  [
    "DiagnosticReport",
    {
      section: "results",
      named: ["code"],
      when: ["effective", "issued"],
      first: ["conclusion", "result", "presentedForm"],
    },
  ],
  ["CarePlan", { section: "plan", named: ["title", "description", "category"], when: ["period"], first: ["activity"] }],
  ["Goal", { section: "plan", named: ["description"], when: ["start"], first: ["target"] }],
  ["ServiceRequest", { section: "plan", named: ["code", "type"], when: ["occurrence", "authoredOn"], first: [] }],
  [
    "FamilyMemberHistory",
    { section: "family-history", named: ["relationship"], when: [], first: ["condition", "deceased", "age"] },
  ],
  ["ClinicalImpression", encounter],
  ["Encounter", encounter],
  ["DocumentReference", document],
  ["Composition", document],
  ["ImagingStudy", document],
  ["Media", document],
])

/** Types of resource that are shown as items. */
export const readTypes: readonly string[] = [...readers.keys()]

/**
 * Who wrote it down, where and under which number; never what it means. They are said to be there. In `Observation` and the like a category only
 * sorts; an allergy's says what it is.
 */
const administrative = new Set(
  `identifier meta language text contained implicitRules subject patient recorder asserter recordedDate recordedOn issued encounter context performer
  basedOn partOf instantiatesCanonical instantiatesUri requester reporter informationSource information derivedFrom derivation definition
  supportingInformation eventHistory insurance priorPrescription groupIdentifier resultsInterpreter media imagingStudy location participant author
  custodian authenticator attester dateAsserted dispenseRequest substitution report reportOrigin primarySource education programEligibility
  fundingSource relevantHistory replaces performerType consentingParty organization policy policyRule securityLabel docStatus masterIdentifier
  endpoint series numberOfSeries numberOfInstances section event relatesTo serviceProvider statusHistory classHistory hospitalization account
  episodeOfCare appointment prescription supportingInfo udiCarrier udi owner contact narrativeLink version recorded stated-origin`.split(
    /\s+/,
  ),
)
const sortingCategory = new Set([
  "Observation",
  "Condition",
  "DiagnosticReport",
  "MedicationStatement",
  "MedicationRequest",
  "MedicationDispense",
  "MedicationAdministration",
  "Procedure",
  "CarePlan",
  "Goal",
  "ServiceRequest",
  "Flag",
  "DocumentReference",
  "Composition",
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

function isAdvanceDirective(resource: JsonObject): boolean {
  const codes = [field(resource, "scope"), ...list(resource, "category")].flatMap((concept) => codings(concept))
  return codes.some(({ code }) =>
    ["adr", "acd", "dnr", "emrgonly", "npp", "polst", "42348-3"].includes(code?.toLowerCase() ?? ""),
  )
}

/** An item for any resource, of whatever kind and however faulty. Nothing that stands in it is left out. */
export function readItem({ type, resource, name: source, past }: Entry, follow: Follow, nameOf: NameOf): Draft {
  const reader = readers.get(type)
  const facts = new Map(
    factsIn(resource, { taken: ["text", "contained"], first: reader?.first, nameOf }).map(({ name, values }) => [
      name,
      values,
    ]),
  )
  const take = (name: string): Fact[] => {
    const values = facts.get(name)
    facts.delete(name)
    return values === undefined ? [] : [{ name, values }]
  }
  const states = statusElements.flatMap(take)
  const name = takeName(reader?.named ?? ["code", "type", "title", "name", "description"], facts)
  const [when] = (reader?.when ?? []).filter((element) => facts.has(element)).flatMap((element) => take(element))
  const severity = take("severity")[0]?.values[0]
  const used = reader?.uses === undefined ? [] : usedBy(resource, reader.uses, follow, nameOf)
  const marks = marksOf(type, resource)
  if (past !== undefined) marks.add(past)
  if (isProposed(resource)) marks.add("planned")
  for (const mark of ["modified", "entered-in-error", "unconfirmed"] as const)
    if (used.some(({ resource: inner }) => marksOf("", inner).has(mark))) marks.add(mark)
  if (name?.kind === "reference" && !name.resolved && reader?.uses !== undefined) marks.add("unresolved")
  const criticality = facts.get("criticality")?.[0]
  if (criticality?.kind === "text" && criticality.parts === undefined) facts.delete("criticality")
  const rest = [...facts].map(([name, values]) => ({ name, values }))
  const isAside = ({ name }: Fact) =>
    administrative.has(name) ||
    (name === "source" && type === "DeviceUseStatement") ||
    (name === "category" && sortingCategory.has(type) && reader !== undefined)
  const narrative = narrativeOf(resource)
  return {
    type,
    name: name ?? reactionSubstance(resource) ?? shortened(narrative),
    when,
    states,
    facts: [...rest.filter((fact) => !isAside(fact)), ...used.flatMap(({ facts }) => facts)],
    aside: [
      ...rest.filter(isAside),
      ...narrativeFacts(resource),
      ...factsIn({ contained: field(resource, "contained") ?? [] }, { nameOf }),
    ],
    severity: severity ?? reactionSeverity(resource),
    criticality: criticality?.kind === "text" ? knownCriticality(criticality.text) : undefined,
    absence: absenceOf(
      resource,
      used.map(({ resource }) => resource),
    ),
    measured: type === "Observation" ? measuredIn(resource) : undefined,
    statement: statementOf(resource),
    source,
    marks,
    date: when === undefined ? undefined : dateIn(when),
    doseContradiction: ["dosage", "dosageInstruction"].some((element) =>
      list(resource, element).some(dosageContradicts),
    ),
  }
}

const knownCriticality = (written: string): string =>
  ["high", "low", "unable-to-assess"].find((known) => known === written.toLowerCase()) ?? written

/** The first of the elements that is there; what else it says stays. */
function takeName(elements: readonly string[], facts: Map<string, Value[]>): Value | undefined {
  for (const element of elements) {
    const [first, ...others] = facts.get(element) ?? []
    if (first === undefined) continue
    if (others.length === 0) facts.delete(element)
    else facts.set(element, others)
    return first
  }
  return undefined
}

/** The medicine or the device itself, of which a statement speaks. */
function usedBy(resource: JsonObject, element: string, follow: Follow, nameOf: NameOf) {
  const either = field(resource, element)
  const references = [field(resource, `${element}Reference`), field(either, "reference"), either]
  return references.flatMap((reference) => {
    if (!isObject(reference)) return []
    const found = follow(reference)
    if (found === undefined) return []
    const parts = factsIn(found, { taken: ["code", "text", "contained"], nameOf }).filter(
      ({ name }) => !administrative.has(name) || name === "patient",
    )
    return [
      {
        resource: found,
        facts: parts.length === 0 ? [] : [{ name: element, values: [{ kind: "parts", parts } satisfies Value] }],
      },
    ]
  })
}

/** Its text repeats its elements, and says nothing that they don't. */
const isGenerated = (resource: JsonObject): boolean => text(field(resource, "text"), "status") === "generated"

const narrativeOf = (resource: JsonObject): Value | undefined => {
  const lines = narrativeLines(text(field(resource, "text"), "div") ?? "").join(" ")
  return lines === "" ? undefined : { kind: "text", text: lines }
}

/** A resource's own text, as an element of it. */
export function narrativeFacts(resource: JsonObject): Fact[] {
  const narrative = narrativeOf(resource)
  if (narrative === undefined) return []
  return [{ name: isGenerated(resource) ? "generatedText" : "text", values: [narrative] }]
}

const shortened = (value: Value | undefined): Value | undefined =>
  value?.kind === "text" ? { kind: "text", text: value.text.slice(0, 300) } : undefined

/** An allergy without a code of its own is named after the substance of a reaction. */
const reactionSubstance = (resource: JsonObject): Value | undefined =>
  list(resource, "reaction").flatMap((reaction) => valuesOf(reaction, "substance"))[0]

function reactionSeverity(resource: JsonObject): Value | undefined {
  const said = list(resource, "reaction").flatMap((reaction) => codesOf(field(reaction, "severity")))
  const worst = ["severe", "moderate", "mild"].find((severity) => said.includes(severity))
  return worst === undefined ? undefined : { kind: "text", text: worst }
}

/** Elements by which a resource names what it is about. */
const concepts = ["code", "medicationCodeableConcept", "medication", "vaccineCode", "device", "type"] as const

const absenceOf = (resource: JsonObject, used: readonly JsonObject[]): Absence | undefined =>
  [resource, ...used]
    .flatMap((each) => concepts.flatMap((element) => list(each, element)))
    .map(absenceIn)
    .find((absence) => absence !== undefined)

function dateIn({ values: [value] }: Fact): string | undefined {
  if (value?.kind === "date") return value.date
  return value?.kind === "period" ? (value.start ?? value.end) : undefined
}

const naming = ["deviceName", "name", "type", "title", "description", "relationship"] as const

/** What a resource that is referred to is called. */
export function nameOfResource(resource: JsonObject): Value | undefined {
  const kind = text(resource, "resourceType") === "Device" ? ["type"] : []
  for (const element of ["code", "vaccineCode", ...kind, ...naming]) {
    for (const value of list(resource, element)) {
      const named = text(value, "name")
      const human = named === undefined ? humanName(value) : named
      const found: Value | undefined = human === undefined ? valueOf(value) : { kind: "text", text: human }
      if (found !== undefined && found.kind !== "parts") return found
    }
  }
  return undefined
}

/** A name as people write it. */
export function humanName(name: unknown): string | undefined {
  if (typeof name === "string") return name.trim() === "" ? undefined : name
  const parts = ["prefix", "given", "family", "suffix"].flatMap((part) => list(name, part))
  const words = parts.filter((part) => typeof part === "string").join(" ")
  const isName = field(name, "family") !== undefined || field(name, "given") !== undefined
  return isName ? (text(name, "text") ?? (words || undefined)) : undefined
}
