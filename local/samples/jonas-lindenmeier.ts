import type { Patient, Practitioner } from "fhir/r4.js"
import { activeCondition, atc, coded, patientSummary, sampleDocument, snomed, ucum, urn } from "./document.ts"

const subject = { reference: urn("jonas") }
const subcutaneous = coded("http://standardterms.edqm.eu", "20066000", "Subcutaneous use")

const patient: Patient = {
  resourceType: "Patient",
  id: "jonas",
  identifier: [
    { type: { text: "Sample number" }, system: "https://ehr-cloud.example/sample-patients", value: "SAMPLE-0002" },
  ],
  name: [{ use: "official", family: "Lindenmeier-Muster", given: ["Jonas"] }],
  telecom: [{ system: "phone", value: "+49 000 0000003", use: "mobile" }],
  gender: "male",
  birthDate: "1987-11-30",
  communication: [{ language: coded("urn:ietf:bcp:47", "de", "German") }],
}

const author: Practitioner = {
  resourceType: "Practitioner",
  id: "jonas-author",
  name: [{ family: "Beispiel", given: ["Ruth"], prefix: ["Dr."] }],
}

/** Expressly no known allergies; type 1 diabetes with an insulin pump. */
export const jonasLindenmeier = sampleDocument({
  name: "jonas-lindenmeier",
  type: patientSummary,
  title: "Patient summary of Jonas Lindenmeier-Muster",
  date: "2026-08-19T16:30:00+02:00",
  patient,
  author,
  sections: [
    {
      loinc: "48765-2",
      title: "Allergies and intolerances",
      lines: ["No known allergies"],
      resources: [
        {
          resourceType: "AllergyIntolerance",
          id: "jonas-no-allergies",
          clinicalStatus: {
            coding: [{ system: "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", code: "active" }],
          },
          code: snomed("716186003", "No known allergy"),
          patient: subject,
        },
      ],
    },
    {
      loinc: "10160-0",
      title: "Medications",
      lines: ["insulin aspart by pump, about 38 units a day"],
      resources: [
        {
          resourceType: "MedicationRequest",
          id: "jonas-insulin",
          status: "active",
          intent: "order",
          medicationCodeableConcept: atc("A10AB05", "insulin aspart"),
          subject,
          authoredOn: "2026-07-01",
          dosageInstruction: [
            {
              text: "continuously by insulin pump, about 38 units a day",
              route: subcutaneous,
              doseAndRate: [{ rateQuantity: ucum(1.6, "units/h", "[IU]/h") }],
            },
          ],
        },
      ],
    },
    {
      loinc: "11450-4",
      title: "Problems",
      lines: ["Type 1 diabetes since 1996"],
      resources: [
        {
          resourceType: "Condition",
          id: "jonas-diabetes",
          ...activeCondition,
          code: snomed("46635009", "Type 1 diabetes mellitus"),
          subject,
          onsetDateTime: "1996",
        },
      ],
    },
    {
      loinc: "46264-8",
      title: "Devices",
      lines: ["Insulin pump"],
      resources: [
        {
          resourceType: "DeviceUseStatement",
          id: "jonas-pump-use",
          status: "active",
          subject,
          device: { reference: urn("jonas-pump") },
          bodySite: { text: "abdomen" },
        },
      ],
    },
    {
      loinc: "47519-4",
      title: "Procedures",
      lines: ["None known"],
      emptyReason: { code: "nilknown", display: "Nil Known" },
    },
  ],
  supporting: [
    {
      resourceType: "Device",
      id: "jonas-pump",
      status: "active",
      type: snomed("69805005", "Insulin pump"),
      serialNumber: "SAMPLE-IP-12",
      patient: subject,
    },
  ],
})
