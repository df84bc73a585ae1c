import type { SummaryWords } from "../../../fhir/write-summary.ts"

/** What a patient's own summary says besides its entries. */
export type StatedWords = Omit<SummaryWords, "sectionTitle" | "narrate"> & {
  readonly noneKnown: string
  readonly notStated: string
}

const stated: StatedWords = {
  title: "Emergency summary, stated by the patient",
  noneKnown: "None known, as is said expressly",
  notStated: "Not stated. That does not mean there are none",
  bloodGroup: "Blood group, stated by the patient",
  bloodGroupCaution: "Stated; cross-match before transfusion",
  pregnancy: "Pregnancy",
  pregnancies: { pregnant: "Pregnant", "not-pregnant": "Not pregnant", unknown: "Not known" },
  dueDate: "Expected day of birth",
  weight: "Weight",
  directives: {
    "do-not-resuscitate": "No resuscitation",
    "no-ventilation": "No artificial ventilation",
    "no-blood-products": "No blood products",
    "living-will": "Living will",
    "power-of-attorney": "Power of attorney for health",
    "organ-donation": "Organ donation",
    other: "Directive",
  },
}

export default stated
