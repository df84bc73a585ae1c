import type { Observation, Patient, Practitioner } from "fhir/r4.js"
import { hl7, loinc, sampleDocument, ucum, urn } from "./document.ts"

const subject = { reference: urn("laboratory-patient") }

const author: Practitioner = {
  resourceType: "Practitioner",
  id: "laboratory-author",
  name: [{ family: "Kallergi", given: ["Maria"], prefix: ["Dr."] }],
}

/** What a laboratory measured again and again; each with its range, and a value for each date. */
const quantities = [
  {
    id: "egfr",
    of: "Kidneys and electrolytes",
    code: loinc("62238-1", "Glomerular filtration rate, CKD-EPI"),
    unit: ["mL/min/1.73 m2", "mL/min/{1.73_m2}"],
    low: 60,
    values: [63, 58, 55, 51, 49, 47],
  },
  {
    id: "potassium",
    of: "Kidneys and electrolytes",
    code: loinc("2823-3", "Potassium"),
    unit: ["mmol/L", "mmol/L"],
    low: 3.5,
    high: 5.1,
    values: [4.3, 4.4, 4.8, 5.3, 4.9, 4.7],
  },
  {
    id: "haemoglobin",
    of: "Blood count",
    code: loinc("718-7", "Hemoglobin"),
    unit: ["g/dL", "g/dL"],
    low: 12,
    high: 15.5,
    values: [13.4, 13.1, 12.6, 11.8, 11.6, 12],
  },
  {
    id: "inr",
    of: "Coagulation",
    code: loinc("6301-6", "INR in Platelet poor plasma by Coagulation assay"),
    unit: ["INR", "{INR}"],
    low: 2,
    high: 3,
    values: [2.4, 2.7, 3.6, 2.2, 1.8, 2.5],
  },
] as const
const dates = ["2025-01-14", "2025-05-20", "2025-09-16", "2026-01-13", "2026-04-21", "2026-07-07"]

/** A laboratory's report on `patient` over a year and a half: the same quantities as their summary has, and one more. */
export function laboratoryReport(patient: Patient) {
  const measured = ({ id, code, unit: [unit, symbol], values, ...bounds }: (typeof quantities)[number]) => {
    const quantity = (value: number) => ucum(value, unit, symbol)
    return values.map((value, i): Observation => {
      const date = dates[i] ?? ""
      return {
        resourceType: "Observation",
        id: `laboratory-${id}-${date}`,
        status: "final",
        category: [hl7("observation-category", "laboratory")],
        code,
        subject,
        effectiveDateTime: `${date}T08:10:00+02:00`,
        valueQuantity: quantity(value),
        referenceRange: [{ low: quantity(bounds.low), ...("high" in bounds && { high: quantity(bounds.high) }) }],
      }
    })
  }
  return sampleDocument({
    name: "laboratory",
    type: loinc("11502-2", "Laboratory report"),
    title: "Laboratory results, January 2025 to July 2026",
    date: "2026-07-08T12:00:00+02:00",
    patient: { ...patient, id: "laboratory-patient" },
    author,
    sections: [...Map.groupBy(quantities, ({ of }) => of)].map(([title, group]) => ({
      loinc: "30954-2",
      title,
      lines: group.map(({ code, values }) => `${code.text}: ${values.join(", ")}`),
      resources: group.flatMap(measured),
    })),
  })
}
