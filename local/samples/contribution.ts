import type { Patient, Practitioner } from "fhir/r4.js"
import { activeAllergy, loinc, sampleDocument, snomed, urn } from "./document.ts"

const subject = { reference: urn("contribution-patient") }

const author: Practitioner = {
  resourceType: "Practitioner",
  id: "contribution-author",
  name: [{ family: "Notfall", given: ["Ines"], prefix: ["Dr."] }],
}

/** What a professional adds after treating `patient` in an emergency: a note, and an allergy nobody knew of. */
export function emergencyNote(patient: Patient) {
  return sampleDocument({
    name: "contribution",
    type: loinc("34111-5", "Emergency department Note"),
    title: "Emergency department note",
    date: "2026-11-21T03:40:00+01:00",
    patient: { ...patient, id: "contribution-patient" },
    author,
    sections: [
      {
        loinc: "51848-0",
        title: "Assessment",
        lines: [
          "Brought in after a fall, conscious, no sign of bleeding in the head.",
          "Rash and low blood pressure within minutes of intravenous metamizole; recovered after 0.5 mg adrenaline.",
        ],
      },
      {
        loinc: "48765-2",
        title: "Allergies and intolerances",
        lines: ["New: metamizole, anaphylaxis on 2026-11-21"],
        resources: [
          {
            resourceType: "AllergyIntolerance",
            id: "contribution-metamizole",
            ...activeAllergy,
            type: "allergy",
            category: ["medication"],
            criticality: "high",
            code: {
              coding: [{ system: "http://www.whocc.no/atc", code: "N02BB02", display: "metamizole sodium" }],
              text: "Metamizole",
            },
            patient: subject,
            recordedDate: "2026-11-21",
            onsetDateTime: "2026-11-21T02:05:00+01:00",
            reaction: [{ manifestation: [snomed("39579001", "Anaphylaxis")], severity: "severe" }],
          },
        ],
      },
      {
        loinc: "46240-8",
        title: "Encounters",
        lines: ["Emergency department, 2026-11-21"],
        resources: [
          {
            resourceType: "Encounter",
            id: "contribution-encounter",
            status: "finished",
            class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "EMER", display: "emergency" },
            subject,
            period: { start: "2026-11-21T01:50:00+01:00", end: "2026-11-21T03:40:00+01:00" },
            reasonCode: [{ text: "fall from standing height" }],
          },
        ],
      },
    ],
  })
}
