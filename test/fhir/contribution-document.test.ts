import { describe, expect, test } from "vitest"
import { contributionDocument, type Entry } from "../../fhir/contribution-document.ts"
import { readSummary } from "../../fhir/summary.ts"
import { field, list } from "../../fhir/value.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { schemaOf } from "./r4-schema.ts"

const at = "2026-11-26T10:00:00+02:00"
const bloodPressure: Entry = {
  kind: "observation",
  name: "Blood pressure",
  code: { system: "http://loinc.org", code: "85354-9", display: "Blood pressure panel with all children optional" },
  vital: true,
  at,
  parts: [
    {
      name: "Systolic",
      code: { system: "http://loinc.org", code: "8480-6", display: "Systolic blood pressure" },
      value: { value: 92, unit: "mmHg", code: "mm[Hg]" },
    },
    {
      name: "Diastolic",
      code: { system: "http://loinc.org", code: "8462-4", display: "Diastolic blood pressure" },
      value: { value: 58, unit: "mmHg", code: "mm[Hg]" },
    },
  ],
}
const entries: Record<string, Entry> = {
  note: { kind: "note", text: "Fall from a ladder.\n\nNo sign of <bleeding> & awake.", at },
  "a measurement in parts": bloodPressure,
  "another measurement": {
    kind: "observation",
    name: "Peak flow",
    vital: false,
    at,
    value: { value: 210, unit: "l/min" },
    remark: "after salbutamol",
  },
  medication: { kind: "medication", medicine: "Adrenaline", dose: "0.5 mg intramuscularly", at, remark: "improved" },
}
const written = (entry: Entry, patientFrom: unknown = eleniPapadaki) =>
  contributionDocument(entry, {
    title: "Emergency note",
    author: "Dr. Ines Notfall",
    patientFrom,
    now: new Date("2026-11-26T08:05:00Z"),
  })

describe.each(Object.entries(entries))("a document of a professional: %s", (_, entry) => {
  test("is FHIR R4 by HL7's schema, in all its parts", () => {
    const bundle: unknown = JSON.parse(JSON.stringify(written(entry)))
    for (const resource of [bundle, ...list(bundle, "entry").map((each) => field(each, "resource"))]) {
      const validate = schemaOf(String(field(resource, "resourceType")))
      validate(resource)
      expect([field(resource, "resourceType"), validate.errors ?? []]).toEqual([field(resource, "resourceType"), []])
    }
  })

  test("reads without a warning that anything in it is wrong", () => {
    const { warnings, patient, document } = readSummary(written(entry))
    // It isn't a summary, and doesn't pretend to be one.
    expect(
      warnings.map(({ code }) => code).filter((code) => code !== "not-a-summary" && code !== "section-missing"),
    ).toEqual([])
    expect(patient).toMatchObject({ name: "Eleni Papadaki-Sample", birthDate: "1951-04-17" })
    expect(document).toMatchObject({ title: "Emergency note", author: "Dr. Ines Notfall" })
  })
})

describe("a document of a professional", () => {
  test("says in its sections what was written", () => {
    const sections = (entry: Entry) => readSummary(written(entry)).sections
    expect(sections(entries["note"]!).flatMap(({ narrative }) => narrative)).toEqual([
      "Fall from a ladder.",
      "No sign of <bleeding> & awake.",
    ])
    const vital = sections(bloodPressure).find(({ key }) => key === "vital-signs")
    expect(vital?.items[0]).toMatchObject({ name: { text: "Blood pressure" }, measured: [{ number: "92" }, {}] })
    const medications = sections(entries["medication"]!).find(({ key }) => key === "medications")
    expect(medications?.items[0]?.name).toMatchObject({ text: "Adrenaline" })
    expect(JSON.stringify(medications?.items[0]?.facts)).toContain("0.5 mg")
  })

  test("takes over what names the patient, and nothing else of the record", () => {
    const text = JSON.stringify(written(entries["note"]!))
    expect(text).toContain("SAMPLE-0001")
    for (const other of ["Penicillin", "+30 000 000 0001", "Niki", "Chania"]) expect(text).not.toContain(other)
  })

  test("takes over a patient from XML as JSON has it", () => {
    const xml = `<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Patient><identifier><value value="0071"/></identifier><name><family value="Muster"/><given value="Mia"/></name></Patient></resource></entry></Bundle>`
    const [, patient] = list(written(entries["note"]!, xml), "entry").map((entry) => field(entry, "resource"))
    expect(patient).toMatchObject({ identifier: [{ value: "0071" }], name: [{ family: "Muster", given: ["Mia"] }] })
  })

  test("names nobody where the record doesn't say who the patient is, or names several", () => {
    const two = {
      entry: [1, 2].map((id) => ({ resource: { resourceType: "Patient", name: [{ text: `No. ${id}` }] } })),
    }
    for (const from of [null, "no json", two, {}])
      expect(readSummary(written(entries["note"]!, from)).patient?.name).toBeUndefined()
  })

  test("has an identity of its own each time", () => {
    const ids = [1, 2].map(() => JSON.stringify(field(written(bloodPressure), "identifier")))
    expect(ids[0]).not.toBe(ids[1])
  })
})
