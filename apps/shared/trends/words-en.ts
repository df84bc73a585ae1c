/** Measured values and how they went. */
const en = {
  reference: (range: string) => `Reference ${range}`,
  noReference: "No reference range stated",
  otherUnits: "Also measured in other units; those values are shown apart.",
  unreviewedPoint: "not reviewed by the patient",
  table: "As a table",
  date: "Date",
  value: "Value",
  range: "Reference",
  flag: "Judgement",
  noDate: "Not dated",
  high: "High",
  low: "Low",
  normal: "Within reference",
  chart: (name: string, count: number, unit: string) =>
    `${name}, ${count} values${unit === "" ? "" : ` in ${unit}`}, over time. All values are in the table below.`,
  measurements: {
    "blood-pressure": "Blood pressure",
    "heart-rate": "Heart rate",
    "respiratory-rate": "Respiratory rate",
    "oxygen-saturation": "Oxygen saturation",
    temperature: "Body temperature",
    glucose: "Blood glucose",
    gcs: "Glasgow Coma Scale",
    weight: "Body weight",
    other: "Another one",
  },
  systolic: "Systolic",
  diastolic: "Diastolic",
}

export default en
export type TrendWords = typeof en
