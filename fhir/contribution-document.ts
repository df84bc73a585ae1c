import { absent } from "./absent.ts"
import { patientsIn } from "./holding.ts"
import { narrative } from "./narrative.ts"
import { plainNumbers } from "./parse.ts"
import { field, isObject, type JsonObject } from "./value.ts"

/** A measured number and its unit: UCUM's `code` where there is one. */
export interface Quantity {
  readonly value: number
  readonly unit: string
  readonly code?: string
}

export interface Code {
  readonly system: string
  readonly code: string
  readonly display: string
}

/** What a professional writes down. `at`: when it was found, measured or given, RFC 3339 with an offset. */
export type Entry =
  | { readonly kind: "note"; readonly text: string; readonly at: string }
  | {
      readonly kind: "observation"
      readonly name: string
      readonly code?: Code
      readonly vital: boolean
      readonly at: string
      /** Without `parts`, the value; with them, each part's. */
      readonly value?: Quantity
      readonly parts?: readonly { readonly name: string; readonly code: Code; readonly value: Quantity }[]
      readonly remark?: string
    }
  | {
      readonly kind: "medication"
      readonly medicine: string
      readonly dose: string
      readonly at: string
      readonly remark?: string
    }

/** Who writes, as their certificate names them, and whom it is about. */
export interface Writing {
  readonly title: string
  readonly author: string
  /** A FHIR document that names the patient; its Patient is taken over, without pictures and texts. */
  readonly patientFrom?: unknown
  readonly now: Date
  /** What kind of document it is, where it is none of an emergency. */
  readonly type?: Code
}

const loinc = (code: string, display: string) => ({ coding: [{ system: "http://loinc.org", code, display }] })
const coded = ({ system, code, display }: Code, name: string) => ({ coding: [{ system, code, display }], text: name })
const quantity = ({ value, unit, code }: Quantity) => ({
  value,
  unit,
  ...(code === undefined ? {} : { system: "http://unitsofmeasure.org", code }),
})

/** What names a person; nothing else of what their record says. */
const identifying = ["identifier", "name", "gender", "birthDate"] as const

/** Elements of these that may occur several times: read from XML, one alone is no array, as JSON wants it. */
const repeating = new Set(["identifier", "name", "given", "prefix", "suffix", "coding", "extension"])

const asJson = (name: string, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((each) => asJson("", each))
  const plain = isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asJson(key, inner)]))
    : plainNumbers(value)
  return repeating.has(name) ? [plain] : plain
}

/** What names the one person of a document, as a Patient; expressly nobody, where it names none or several. */
export const identifiedIn = (document: unknown): JsonObject => {
  const [only, another] = patientsIn(document)
  const known = another === undefined ? only : undefined
  if (known === undefined) return { resourceType: "Patient", name: [{ _text: absent("unknown") }] }
  const named = identifying.flatMap((name) => {
    const value = field(known, name)
    return value === undefined ? [] : [[name, asJson(name, value)] as const]
  })
  return { resourceType: "Patient", ...Object.fromEntries(named) }
}

const quantityText = ({ value, unit }: Quantity): string => `${value} ${unit}`.trim()

interface Section {
  readonly title: string
  readonly code: ReturnType<typeof loinc>
  readonly lines: readonly string[]
  readonly resource?: JsonObject
}

/** Where FHIR wants a value that only the words beside it give. */
const inWords = absent("as-text")

/** The one section of the document, and the resource in it. */
const sectionOf = (entry: Entry, subject: JsonObject, performer: JsonObject): Section => {
  if (entry.kind === "note")
    return {
      title: "Note",
      code: loinc("51848-0", "Evaluation note"),
      lines: entry.text.split(/\r?\n/).filter((line) => line.trim() !== ""),
    }
  const { at, remark } = entry
  const note = remark === undefined ? {} : { note: [{ text: remark }] }
  const remarks = remark === undefined ? [] : [remark]
  if (entry.kind === "medication")
    return {
      title: "Medication given",
      code: loinc("10160-0", "History of Medication use Narrative"),
      lines: [`${entry.medicine}, ${entry.dose} (${at})`, ...remarks],
      resource: {
        resourceType: "MedicationAdministration",
        status: "completed",
        medicationCodeableConcept: { text: entry.medicine },
        subject,
        effectiveDateTime: at,
        performer: [{ actor: performer }],
        // FHIR wants a number, which the words hold.
        dosage: { text: entry.dose, dose: inWords },
        ...note,
      },
    }
  const { name, code, vital, value, parts = [] } = entry
  const said =
    value === undefined
      ? parts.map((part) => `${part.name} ${quantityText(part.value)}`).join(", ")
      : quantityText(value)
  return {
    title: vital ? "Vital signs" : "Results",
    code: vital ? loinc("8716-3", "Vital signs") : loinc("30954-2", "Relevant diagnostic tests/laboratory data"),
    lines: [`${name}: ${said} (${at})`, ...remarks],
    resource: {
      resourceType: "Observation",
      status: "final",
      category: [
        {
          coding: [
            {
              system: "http://terminology.hl7.org/CodeSystem/observation-category",
              code: vital ? "vital-signs" : "exam",
            },
          ],
        },
      ],
      code: code === undefined ? { text: name } : coded(code, name),
      subject,
      effectiveDateTime: at,
      performer: [performer],
      ...(value === undefined ? {} : { valueQuantity: quantity(value) }),
      ...(parts.length === 0
        ? {}
        : {
            component: parts.map((part) => ({
              code: coded(part.code, part.name),
              valueQuantity: quantity(part.value),
            })),
          }),
      ...note,
    },
  }
}

const types = {
  note: loinc("34111-5", "Emergency department Note"),
  observation: loinc("8716-3", "Vital signs"),
  medication: loinc("29549-3", "Medication administered Narrative"),
} as const

const urn = () => `urn:uuid:${crypto.randomUUID()}`

/**
 * What a professional adds, as a FHIR R4 document: a Composition, whom it is about, who wrote it, and what. Who really signed it the contribution's
 * own signature says.
 */
export const contributionDocument = (entry: Entry, { title, author, patientFrom, now, type }: Writing): JsonObject => {
  const urls = { document: urn(), composition: urn(), patient: urn(), author: urn(), resource: urn() }
  const subject = { reference: urls.patient }
  const performer = { reference: urls.author, display: author }
  const { title: sectionTitle, code, lines, resource } = sectionOf(entry, subject, performer)
  const date = now.toISOString()
  const composition = {
    resourceType: "Composition",
    status: "final",
    type: type === undefined ? types[entry.kind] : { coding: [{ ...type }] },
    subject,
    date,
    author: [performer],
    title,
    section: [
      {
        title: sectionTitle,
        code,
        text: narrative(lines),
        ...(resource === undefined ? {} : { entry: [{ reference: urls.resource }] }),
      },
    ],
  }
  return {
    resourceType: "Bundle",
    identifier: { system: "urn:ietf:rfc:3986", value: urls.document },
    type: "document",
    timestamp: date,
    entry: [
      { fullUrl: urls.composition, resource: composition },
      { fullUrl: urls.patient, resource: identifiedIn(patientFrom) },
      { fullUrl: urls.author, resource: { resourceType: "Practitioner", name: [{ text: author }] } },
      ...(resource === undefined ? [] : [{ fullUrl: urls.resource, resource }]),
    ],
  }
}
