import { createHash } from "node:crypto"
import type {
  Bundle,
  CodeableConcept,
  Composition,
  CompositionSection,
  FhirResource,
  Patient,
  Practitioner,
} from "fhir/r4.js"

/** A section to be: `lines` are its narrative; without resources it needs `emptyReason`. */
export type SampleSection = {
  loinc: string
  title: string
  lines: string[]
  resources?: FhirResource[]
  emptyReason?: { code: string; display: string }
}

/** The address an entry gets in every sample: the same name, the same UUID. */
export function urn(name: string): string {
  const hex = createHash("sha256").update(`ehr-cloud sample ${name}`).digest("hex")
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)]
  return `urn:uuid:${uuid.join("-")}`
}

export const coded = (system: string, code: string, display: string): CodeableConcept => ({
  coding: [{ system, code, display }],
  text: display,
})
export const snomed = (code: string, display: string) => coded("http://snomed.info/sct", code, display)
export const loinc = (code: string, display: string) => coded("http://loinc.org", code, display)
export const atc = (code: string, display: string) => coded("http://www.whocc.no/atc", code, display)
export const hl7 = (system: string, code: string) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
})
export const ucum = (value: number, unit: string, code = unit) => ({
  value,
  unit,
  system: "http://unitsofmeasure.org",
  code,
})

export const activeAllergy = {
  clinicalStatus: hl7("allergyintolerance-clinical", "active"),
  verificationStatus: hl7("allergyintolerance-verification", "confirmed"),
}
export const activeCondition = {
  clinicalStatus: hl7("condition-clinical", "active"),
  verificationStatus: hl7("condition-ver-status", "confirmed"),
  category: [hl7("condition-category", "problem-list-item")],
}
export const pastCondition = { ...activeCondition, clinicalStatus: hl7("condition-clinical", "resolved") }

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
const narrative = (lines: string[]) => ({
  status: "generated" as const,
  div: `<div xmlns="http://www.w3.org/1999/xhtml"><ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join("")}</ul></div>`,
})

/**
 * A FHIR R4 document: the Composition, its patient and author, then every section's resources, and those they refer to
 * (`supporting`). Resources are addressed by `urn(id)`, and their ids are their names.
 */
export function sampleDocument(options: {
  name: string
  type: CodeableConcept
  title: string
  date: string
  patient: Patient
  author: Practitioner
  sections: SampleSection[]
  supporting?: FhirResource[]
}): Bundle<FhirResource> {
  const { name, type, title, date, patient, author, sections, supporting = [] } = options
  const section: CompositionSection[] = sections.map(({ loinc: code, title, lines, resources, emptyReason }) => ({
    title,
    code: { coding: [{ system: "http://loinc.org", code }] },
    text: narrative(lines),
    ...(resources && { entry: resources.map((resource) => ({ reference: urn(resource.id ?? "") })) }),
    ...(emptyReason && {
      emptyReason: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/list-empty-reason", ...emptyReason }] },
    }),
  }))
  const composition: Composition = {
    resourceType: "Composition",
    id: `${name}-composition`,
    language: "en",
    status: "final",
    type,
    subject: { reference: urn(patient.id ?? "") },
    date,
    author: [{ reference: urn(author.id ?? "") }],
    title,
    section,
  }
  const resources = [
    composition,
    patient,
    author,
    ...sections.flatMap(({ resources }) => resources ?? []),
    ...supporting,
  ]
  return {
    resourceType: "Bundle",
    id: name,
    identifier: { system: "urn:ietf:rfc:3986", value: urn(`${name} document`) },
    type: "document",
    timestamp: date,
    entry: resources.map((resource) => ({ fullUrl: urn(resource.id ?? ""), resource })),
  }
}

export const patientSummary = loinc("60591-5", "Patient summary Document")

/** The patient a document is about. */
export function patientOf(document: Bundle<FhirResource>): Patient {
  for (const { resource } of document.entry ?? []) if (resource?.resourceType === "Patient") return resource
  throw new Error("The document has no Patient.")
}
