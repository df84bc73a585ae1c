import type { JsonObject } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { codesOf, conceptOf, dateText } from "./data-types.ts"
import { attribute, cdaNamespace, child, children } from "./element.ts"
import { authorsOf, patientOf, titleOf } from "./header.ts"
import { xhtmlOf } from "./narrative-block.ts"
import { CdaReading } from "./reading.ts"
import { sectionOf } from "./sections.ts"

export const isCda = ({ name, namespace }: XmlElement): boolean =>
  name === "ClinicalDocument" && namespace === cdaNamespace

const patientSummary = "60591-5"

/** What a document without sections is: a text, or a file in it. */
function unstructured(reading: CdaReading, body: XmlElement | undefined, title: string | undefined): JsonObject[] {
  const text = child(body, "text")
  if (text === undefined) return []
  const contentType = attribute(text, "mediaType") ?? "text/plain"
  if (attribute(text, "representation") !== "B64" && contentType.startsWith("text/"))
    return [{ title, text: { status: "generated", div: xhtmlOf(text) } }]
  const url = attribute(child(text, "reference"), "value")
  const attachment = { contentType, url, title, data: text.text.replaceAll(/\s+/g, "") }
  const file = {
    resourceType: "DocumentReference",
    status: "current",
    subject: reading.subject,
    content: [{ attachment }],
  }
  return [{ title, entry: [reading.add(file)] }]
}

/**
 * A CDA document (HL7 CDA R2: C-CDA, epSOS and eHDSI patient summaries, and others) as the FHIR document that says the same, to be read like any:
 * its header as Patient and Composition, each of its sections with its narrative and its entries. What an entry says and FHIR's element isn't known
 * for stands in extensions under CDA's names. `root`: its `ClinicalDocument`.
 */
export function fhirOfCda(root: XmlElement): JsonObject {
  const targets = children(root, "recordTarget")
  const people = targets.length === 1 ? [] : targets
  const written = attribute(child(root, "effectiveTime"), "value")
  const reading = new CdaReading(root, {
    date: written === undefined ? undefined : dateText(written),
    isPatientSummary: codesOf(child(root, "code")).includes(patientSummary),
    // Of several people, an entry says about none that it is theirs.
    subject: people.length > 0 ? { display: `recordTarget (${people.length})` } : { reference: "Patient/patient" },
  })
  const patients = targets.map((target, i) =>
    patientOf(reading, root, target, i === 0 ? "patient" : `patient-${i + 1}`),
  )
  const body = child(root, "component")
  const sections = children(child(body, "structuredBody"), "component").flatMap((component) => {
    const section = child(component, "section")
    return section === undefined ? [] : [sectionOf(reading, section, [])]
  })
  const pregnancies = reading.pregnancies
  const section = [
    ...sections,
    ...(pregnancies.length === 0
      ? []
      : [{ code: { coding: [{ system: "http://loinc.org", code: "10162-6" }] }, entry: pregnancies }]),
    ...unstructured(reading, child(body, "nonXMLBody"), titleOf(root)),
  ]
  const composition = {
    resourceType: "Composition",
    id: "document",
    status: "final",
    type: conceptOf(reading, child(root, "code")),
    ...(people.length > 0 ? {} : { subject: reading.subject }),
    date: reading.date,
    author: authorsOf(root),
    title: titleOf(root),
    ...confidentiality(root),
    section,
  }
  const entry = [composition, ...patients, ...reading.resources].map((resource) => ({ resource }))
  return { resourceType: "Bundle", type: "document", entry }
}

function confidentiality(root: XmlElement): JsonObject {
  const code = child(root, "confidentialityCode")
  const said = attribute(code, "code")
  return said === undefined ? {} : { meta: { security: [{ code: said, display: attribute(code, "displayName") }] } }
}
