import type { Patient, Practitioner } from "fhir/r4.js"
import {
  activeAllergy,
  activeCondition,
  atc,
  hl7,
  loinc,
  patientSummary,
  sampleDocument,
  snomed,
  ucum,
  urn,
} from "./document.ts"

const subject = { reference: urn("saoirse") }

const patient: Patient = {
  resourceType: "Patient",
  id: "saoirse",
  identifier: [
    { type: { text: "Sample number" }, system: "https://ehr-cloud.example/sample-patients", value: "SAMPLE-0003" },
  ],
  name: [{ use: "official", family: "Ní Shampla", given: ["Saoirse", "Bláthnaid"] }],
  telecom: [{ system: "phone", value: "+353 00 000 0004", use: "mobile" }],
  gender: "female",
  birthDate: "1996-02-01",
  contact: [
    {
      relationship: [{ text: "husband" }],
      name: { given: ["Tadhg"], family: "Ó Sampla" },
      telecom: [{ system: "phone", value: "+353 00 000 0005" }],
    },
  ],
}

const author: Practitioner = {
  resourceType: "Practitioner",
  id: "saoirse-author",
  name: [{ family: "Ní Eiseamláir", given: ["Gráinne"], prefix: ["Dr"] }],
}

/** Pregnant, with epilepsy and a latex allergy; one allergy refuted; immunizations withheld. */
export const saoirseNiShampla = sampleDocument({
  name: "saoirse-ni-shampla",
  type: patientSummary,
  title: "Patient summary of Saoirse Ní Shampla",
  date: "2026-11-05T09:10:00Z",
  patient,
  author,
  sections: [
    {
      loinc: "48765-2",
      title: "Allergies and intolerances",
      lines: ["Latex: angioedema, high risk", "Peanut: refuted by food challenge 2015"],
      resources: [
        {
          resourceType: "AllergyIntolerance",
          id: "saoirse-peanut",
          verificationStatus: hl7("allergyintolerance-verification", "refuted"),
          type: "allergy",
          category: ["food"],
          code: snomed("91935009", "Allergy to peanut"),
          patient: subject,
          note: [{ text: "refuted by food challenge, 2015" }],
        },
        {
          resourceType: "AllergyIntolerance",
          id: "saoirse-latex",
          ...activeAllergy,
          type: "allergy",
          category: ["environment"],
          criticality: "high",
          code: snomed("1003755004", "Allergy to latex"),
          patient: subject,
          onsetDateTime: "2017-06",
          reaction: [{ manifestation: [snomed("41291007", "Angioedema")], severity: "severe" }],
        },
      ],
    },
    {
      loinc: "10160-0",
      title: "Medications",
      lines: ["levetiracetam 750 mg twice a day", "folic acid 5 mg once a day"],
      resources: [
        {
          resourceType: "MedicationStatement",
          id: "saoirse-levetiracetam",
          status: "active",
          medicationCodeableConcept: atc("N03AX14", "levetiracetam"),
          subject,
          effectivePeriod: { start: "2014-03" },
          dosage: [{ text: "750 mg twice a day", doseAndRate: [{ doseQuantity: ucum(750, "mg") }] }],
        },
        {
          resourceType: "MedicationStatement",
          id: "saoirse-folic-acid",
          status: "active",
          medicationCodeableConcept: atc("B03BB01", "folic acid"),
          subject,
          effectivePeriod: { start: "2026-04" },
          dosage: [{ text: "5 mg once a day", doseAndRate: [{ doseQuantity: ucum(5, "mg") }] }],
        },
      ],
    },
    {
      loinc: "11450-4",
      title: "Problems",
      lines: ["Epilepsy since 2013"],
      resources: [
        {
          resourceType: "Condition",
          id: "saoirse-epilepsy",
          ...activeCondition,
          code: snomed("84757009", "Epilepsy"),
          subject,
          onsetDateTime: "2013",
          note: [{ text: "Last seizure 2026-02. In status epilepticus: midazolam." }],
        },
      ],
    },
    {
      loinc: "10162-6",
      title: "Pregnancy",
      lines: ["Pregnant, due 2027-01-20"],
      resources: [
        {
          resourceType: "Observation",
          id: "saoirse-pregnancy",
          status: "final",
          code: loinc("82810-3", "Pregnancy status"),
          subject,
          effectiveDateTime: "2026-11-05",
          valueCodeableConcept: snomed("77386006", "Pregnant"),
          hasMember: [{ reference: urn("saoirse-due") }],
        },
      ],
    },
    {
      loinc: "11369-6",
      title: "Immunizations",
      lines: ["Withheld by the patient"],
      emptyReason: { code: "withheld", display: "Information Withheld" },
    },
  ],
  supporting: [
    {
      resourceType: "Observation",
      id: "saoirse-due",
      status: "final",
      code: loinc("11778-8", "Delivery date estimated"),
      subject,
      effectiveDateTime: "2026-11-05",
      valueDateTime: "2027-01-20",
    },
  ],
})
