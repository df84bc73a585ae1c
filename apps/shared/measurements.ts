import type { Code } from "../../fhir/contribution-document.ts"

/** A unit a measurement is taken in, and what the measurement is called in it: LOINC has a code for each. */
interface InUnit {
  readonly unit: string
  /** UCUM. */
  readonly ucum: string
  readonly code: Code
}

export type Measurement =
  | { readonly shape: "one"; readonly units: readonly [InUnit, ...InUnit[]] }
  | { readonly shape: "pressure"; readonly code: Code; readonly systolic: InUnit; readonly diastolic: InUnit }
  | { readonly shape: "free" }

const loinc = (code: string, display: string): Code => ({ system: "http://loinc.org", code, display })
const one = (...units: [InUnit, ...InUnit[]]): Measurement => ({ shape: "one", units })

/** What is measured at an emergency. */
export const measurements = {
  "blood-pressure": {
    shape: "pressure",
    code: loinc("85354-9", "Blood pressure panel with all children optional"),
    systolic: { unit: "mmHg", ucum: "mm[Hg]", code: loinc("8480-6", "Systolic blood pressure") },
    diastolic: { unit: "mmHg", ucum: "mm[Hg]", code: loinc("8462-4", "Diastolic blood pressure") },
  },
  "heart-rate": one({ unit: "/min", ucum: "/min", code: loinc("8867-4", "Heart rate") }),
  "respiratory-rate": one({ unit: "/min", ucum: "/min", code: loinc("9279-1", "Respiratory rate") }),
  "oxygen-saturation": one({
    unit: "%",
    ucum: "%",
    code: loinc("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
  }),
  temperature: one({ unit: "°C", ucum: "Cel", code: loinc("8310-5", "Body temperature") }),
  glucose: one(
    { unit: "mg/dL", ucum: "mg/dL", code: loinc("2339-0", "Glucose [Mass/volume] in Blood") },
    { unit: "mmol/L", ucum: "mmol/L", code: loinc("15074-8", "Glucose [Moles/volume] in Blood") },
  ),
  gcs: one({ unit: "", ucum: "{score}", code: loinc("9269-2", "Glasgow coma score total") }),
  weight: one({ unit: "kg", ucum: "kg", code: loinc("29463-7", "Body weight") }),
  other: { shape: "free" },
} as const satisfies Record<string, Measurement>

export type MeasurementKey = keyof typeof measurements
