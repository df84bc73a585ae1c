import form, { type FormWords } from "../../shared/stated/words-en.ts"

/** The words of a summary's editors, spoken to a professional about their patient. */
const en: FormWords = {
  ...form,
  asTyped: "in these words",
  notSure: "Not known",
  presence: { present: "Present", past: "Past, it is over", refuted: "Suspected, and refuted", unknown: "Not known" },
  allergy: {
    ...form.allergy,
    none: "No known allergies, as the patient says or tests show",
    addHint: "A medicine, a food, latex, bee stings.",
    criticality: "Criticality",
    reaction: "Reaction",
    status: "Verification",
  },
  medicine: {
    ...form.medicine,
    lead: "Doses as they are prescribed or taken. Anticoagulants and insulin matter most.",
    none: "The patient takes no medicines",
    addHint: "Trade name or active substance.",
    amount: "Dose",
    amountHint: "5 mg, 1 tablet, half a tablet.",
    status: "Is it taken?",
    statuses: {
      taking: "Taken",
      paused: "Paused for now",
      stopped: "Stopped",
      "not-taken": "Not taken, though prescribed",
      unknown: "Not known",
    },
    reason: "Indication",
  },
  illness: {
    ...form.illness,
    title: "Conditions and operations",
    none: "No known conditions",
    add: "Add a condition or operation",
  },
  device: { ...form.device, none: "No implants" },
  body: { ...form.body, bloodGroupHint: "Cross-match before transfusion all the same." },
  directive: {
    ...form.directive,
    title: "Advance directives",
    lead: "What the patient wants done or not done. Write where the signed document is.",
    kinds: {
      ...form.directive.kinds,
      "living-will": "Living will",
      "power-of-attorney": "Power of attorney for health",
    },
    statuses: { "in-force": "It holds", revoked: "Revoked" },
  },
  vaccination: { ...form.vaccination, none: "No vaccinations" },
  contact: {
    ...form.contact,
    addHint: "Kin, a carer, another physician.",
    relationHint: "Such as: daughter, general practitioner.",
  },
}

export default en
