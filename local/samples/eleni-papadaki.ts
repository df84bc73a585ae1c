import type { FhirResource, Patient, Practitioner } from "fhir/r4.js"
import {
  activeAllergy,
  activeCondition,
  atc,
  coded,
  hl7,
  loinc,
  pastCondition,
  patientSummary,
  sampleDocument,
  snomed,
  ucum,
  urn,
} from "./document.ts"

const subject = { reference: urn("eleni") }
const oral = coded("http://standardterms.edqm.eu", "20053000", "Oral use")
const laboratory = [hl7("observation-category", "laboratory")]
const vitalSigns = [hl7("observation-category", "vital-signs")]

const patient: Patient = {
  resourceType: "Patient",
  id: "eleni",
  identifier: [
    { type: { text: "Sample number" }, system: "https://ehr-cloud.example/sample-patients", value: "SAMPLE-0001" },
  ],
  active: true,
  name: [
    { use: "official", family: "Papadaki-Sample", given: ["Eleni"] },
    { use: "usual", text: "Ελένη Παπαδάκη-Δείγμα" },
  ],
  telecom: [{ system: "phone", value: "+30 000 000 0001", use: "mobile" }],
  gender: "female",
  birthDate: "1951-04-17",
  address: [{ line: ["Odos Paradeigmatos 1"], city: "Chania", country: "GR" }],
  contact: [
    {
      relationship: [{ text: "daughter" }],
      name: { family: "Papadaki-Sample", given: ["Niki"] },
      telecom: [{ system: "phone", value: "+30 000 000 0002" }],
    },
  ],
  communication: [{ language: coded("urn:ietf:bcp:47", "el", "Greek"), preferred: true }],
}

const author: Practitioner = {
  resourceType: "Practitioner",
  id: "eleni-author",
  name: [{ family: "Sampleakis", given: ["Stavros"], prefix: ["Dr"] }],
}

const penicillin: FhirResource = {
  resourceType: "AllergyIntolerance",
  id: "eleni-penicillin",
  ...activeAllergy,
  type: "allergy",
  category: ["medication"],
  criticality: "high",
  code: snomed("764146007", "Penicillin"),
  patient: subject,
  onsetDateTime: "1998",
  reaction: [
    {
      manifestation: [snomed("39579001", "Anaphylaxis")],
      severity: "severe",
      description: "needed adrenaline and intubation",
    },
  ],
}

const plaster: FhirResource = {
  resourceType: "AllergyIntolerance",
  id: "eleni-plaster",
  ...activeAllergy,
  type: "intolerance",
  category: ["environment"],
  criticality: "low",
  code: { text: "Adhesive plaster" },
  patient: subject,
  reaction: [{ manifestation: [snomed("126485001", "Urticaria")], severity: "mild" }],
}

const medications: FhirResource[] = [
  {
    resourceType: "MedicationStatement",
    id: "eleni-apixaban",
    status: "active",
    medicationReference: { reference: urn("eleni-apixaban-tablet") },
    subject,
    effectivePeriod: { start: "2021-09" },
    reasonCode: [snomed("49436004", "Atrial fibrillation")],
    dosage: [{ text: "5 mg twice a day, 8:00 and 20:00", route: oral, doseAndRate: [{ doseQuantity: ucum(5, "mg") }] }],
    note: [{ text: "Anticoagulant: bleeds longer. Ask for the time of the last dose." }],
  },
  {
    resourceType: "MedicationStatement",
    id: "eleni-bisoprolol",
    status: "active",
    medicationCodeableConcept: atc("C07AB07", "bisoprolol"),
    subject,
    effectivePeriod: { start: "2019-02" },
    dosage: [
      { text: "2.5 mg once a day, in the morning", route: oral, doseAndRate: [{ doseQuantity: ucum(2.5, "mg") }] },
    ],
  },
  {
    resourceType: "MedicationStatement",
    id: "eleni-ramipril",
    status: "active",
    medicationCodeableConcept: atc("C09AA05", "ramipril"),
    subject,
    effectivePeriod: { start: "2012" },
    dosage: [{ text: "5 mg once a day", route: oral, doseAndRate: [{ doseQuantity: ucum(5, "mg") }] }],
  },
  {
    resourceType: "MedicationStatement",
    id: "eleni-acenocoumarol",
    status: "stopped",
    medicationCodeableConcept: atc("B01AA07", "acenocoumarol"),
    subject,
    effectivePeriod: { start: "2020-11", end: "2021-09" },
    statusReason: [{ text: "replaced by apixaban" }],
  },
]

const apixabanTablet: FhirResource = {
  resourceType: "Medication",
  id: "eleni-apixaban-tablet",
  code: atc("B01AF02", "apixaban"),
  form: { text: "film-coated tablet 5 mg" },
}

const problems: FhirResource[] = [
  {
    resourceType: "Condition",
    id: "eleni-fibrillation",
    ...activeCondition,
    code: snomed("49436004", "Atrial fibrillation"),
    subject,
    onsetDateTime: "2020-11",
  },
  {
    resourceType: "Condition",
    id: "eleni-sinus-node",
    ...activeCondition,
    code: snomed("36083008", "Sick sinus syndrome"),
    subject,
    onsetDateTime: "2018-12",
  },
  {
    resourceType: "Condition",
    id: "eleni-kidney",
    ...activeCondition,
    code: snomed("433144002", "Chronic kidney disease stage 3"),
    subject,
    onsetDateTime: "2022",
  },
  {
    resourceType: "Condition",
    id: "eleni-hypertension",
    ...activeCondition,
    code: snomed("59621000", "Essential hypertension"),
    subject,
    onsetDateTime: "2010",
  },
]

const results: FhirResource[] = [
  {
    resourceType: "DiagnosticReport",
    id: "eleni-blood-panel",
    status: "final",
    category: [hl7("v2-0074", "LAB")],
    code: { text: "Blood panel" },
    subject,
    effectiveDateTime: "2026-09-28T08:15:00+03:00",
    result: ["eleni-egfr", "eleni-potassium", "eleni-haemoglobin"].map((name) => ({ reference: urn(name) })),
  },
  {
    resourceType: "Observation",
    id: "eleni-blood-group",
    status: "final",
    category: laboratory,
    code: loinc("882-1", "ABO and Rh group [Type] in Blood"),
    subject,
    effectiveDateTime: "2019-01-10",
    valueCodeableConcept: { text: "0 Rh(D) negative" },
  },
]

const measured = (
  id: string,
  code: ReturnType<typeof loinc>,
  value: ReturnType<typeof ucum>,
  low?: number,
  high?: number,
) =>
  ({
    resourceType: "Observation",
    id,
    status: "final",
    category: laboratory,
    code,
    subject,
    effectiveDateTime: "2026-09-28T08:15:00+03:00",
    valueQuantity: value,
    referenceRange: [
      {
        ...(low !== undefined && { low: { ...value, value: low } }),
        ...(high !== undefined && { high: { ...value, value: high } }),
      },
    ],
  }) satisfies FhirResource

const resultParts: FhirResource[] = [
  measured(
    "eleni-egfr",
    loinc("62238-1", "Glomerular filtration rate, CKD-EPI"),
    ucum(46, "mL/min/1.73 m2", "mL/min/{1.73_m2}"),
    60,
  ),
  measured("eleni-potassium", loinc("2823-3", "Potassium"), ucum(4.9, "mmol/L"), 3.5, 5.1),
  measured("eleni-haemoglobin", loinc("718-7", "Hemoglobin"), ucum(12.1, "g/dL"), 12, 15.5),
]

const bloodPressure: FhirResource = {
  resourceType: "Observation",
  id: "eleni-blood-pressure",
  status: "final",
  category: vitalSigns,
  code: loinc("85354-9", "Blood pressure"),
  subject,
  effectiveDateTime: "2026-09-28T08:20:00+03:00",
  component: [
    { code: loinc("8480-6", "systolic"), valueQuantity: ucum(138, "mmHg", "mm[Hg]") },
    { code: loinc("8462-4", "diastolic"), valueQuantity: ucum(79, "mmHg", "mm[Hg]") },
  ],
}

const pacemaker: FhirResource = {
  resourceType: "Device",
  id: "eleni-pacemaker",
  status: "active",
  type: snomed("14106009", "Cardiac pacemaker"),
  manufacturer: "Invented Cardiac Works",
  deviceName: [{ name: "Examplar DR 2", type: "model-name" }],
  serialNumber: "SAMPLE-PM-77",
  patient: subject,
}

/** A full International Patient Summary: penicillin anaphylaxis, an anticoagulant, a pacemaker. */
export const eleniPapadaki = sampleDocument({
  name: "eleni-papadaki",
  type: patientSummary,
  title: "Patient summary of Eleni Papadaki-Sample",
  date: "2026-10-02T10:00:00+03:00",
  patient,
  author,
  sections: [
    {
      loinc: "48765-2",
      title: "Allergies and intolerances",
      lines: ["Penicillin: severe anaphylaxis 1998, high risk", "Adhesive plaster: mild urticaria"],
      resources: [penicillin, plaster],
    },
    {
      loinc: "10160-0",
      title: "Medications",
      lines: ["apixaban 5 mg twice a day", "bisoprolol 2.5 mg", "ramipril 5 mg", "acenocoumarol: stopped 2021-09"],
      resources: medications,
    },
    {
      loinc: "11450-4",
      title: "Problems",
      lines: ["Atrial fibrillation", "Sick sinus syndrome", "Chronic kidney disease stage 3", "Hypertension"],
      resources: problems,
    },
    {
      loinc: "104605-1",
      title: "Alerts",
      lines: ["Anticoagulated", "Pacemaker: MRI only after consulting cardiology"],
      resources: [
        {
          resourceType: "Flag",
          id: "eleni-alert-bleeding",
          status: "active",
          category: [hl7("flag-category", "clinical")],
          code: { text: "Anticoagulated: risk of bleeding" },
          subject,
        },
        {
          resourceType: "Flag",
          id: "eleni-alert-mri",
          status: "active",
          category: [hl7("flag-category", "safety")],
          code: { text: "Pacemaker: no MRI before cardiology is consulted" },
          subject,
        },
      ],
    },
    {
      loinc: "46264-8",
      title: "Devices",
      lines: ["Dual-chamber pacemaker since 2019-01-14"],
      resources: [
        {
          resourceType: "DeviceUseStatement",
          id: "eleni-pacemaker-use",
          status: "active",
          subject,
          timingDateTime: "2019-01-14",
          device: { reference: urn("eleni-pacemaker") },
          bodySite: { text: "left chest" },
        },
      ],
    },
    {
      loinc: "47519-4",
      title: "Procedures",
      lines: ["Implantation of pacemaker 2019-01-14", "Appendectomy 1969"],
      resources: [
        {
          resourceType: "Procedure",
          id: "eleni-implantation",
          status: "completed",
          code: snomed("307280005", "Implantation of cardiac pacemaker"),
          subject,
          performedDateTime: "2019-01-14",
        },
        {
          resourceType: "Procedure",
          id: "eleni-appendectomy",
          status: "completed",
          code: snomed("80146002", "Appendectomy"),
          subject,
          performedDateTime: "1969",
        },
      ],
    },
    {
      loinc: "11369-6",
      title: "Immunizations",
      lines: ["Influenza 2025-10-20", "Tetanus 2019-03-05"],
      resources: [
        {
          resourceType: "Immunization",
          id: "eleni-influenza",
          status: "completed",
          vaccineCode: atc("J07BB02", "influenza, inactivated, split virus or surface antigen"),
          patient: subject,
          occurrenceDateTime: "2025-10-20",
        },
        {
          resourceType: "Immunization",
          id: "eleni-tetanus",
          status: "completed",
          vaccineCode: atc("J07AM01", "tetanus toxoid"),
          patient: subject,
          occurrenceDateTime: "2019-03-05",
        },
      ],
    },
    {
      loinc: "30954-2",
      title: "Results",
      lines: ["2026-09-28: eGFR 46, potassium 4.9, haemoglobin 12.1", "Blood group 0 Rh(D) negative"],
      resources: results,
    },
    { loinc: "8716-3", title: "Vital signs", lines: ["2026-09-28: 138/79 mmHg"], resources: [bloodPressure] },
    {
      loinc: "11348-0",
      title: "Past problems",
      lines: ["Transient ischaemic attack 2020-11"],
      resources: [
        {
          resourceType: "Condition",
          id: "eleni-tia",
          ...pastCondition,
          code: snomed("266257000", "Transient ischemic attack"),
          subject,
          onsetDateTime: "2020-11-03",
          abatementDateTime: "2020-11-04",
        },
      ],
    },
    {
      loinc: "42348-3",
      title: "Advance directives",
      lines: ["No long-term artificial ventilation (2024-05-06)"],
      resources: [
        {
          resourceType: "Consent",
          id: "eleni-directive",
          status: "active",
          scope: hl7("consentscope", "adr"),
          category: [{ ...hl7("consentcategorycodes", "acd"), text: "Advance directive" }],
          patient: subject,
          dateTime: "2024-05-06",
          policyRule: { text: "Declared before a notary" },
          provision: { type: "deny", code: [{ text: "Long-term artificial ventilation" }] },
        },
      ],
    },
  ],
  supporting: [apixabanTablet, pacemaker, ...resultParts],
})
