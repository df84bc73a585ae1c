import type { Change, ProposedItem } from "../../../fhir/proposals.ts"

/** The words of what a professional proposes of a patient's own summary. `proposals-el.ts` has the same keys, or the build fails. */
const en = {
  title: "Proposed changes of the emergency summary",
  only: "This document proposes changes of the patient's own summary. Only what the patient approved stands in that summary itself.",
  changes: {
    add: "Add this",
    alter: "Change it",
    stop: "It is over",
    refute: "It isn't so",
  } satisfies Record<Change, string>,
  before: "In the summary now",
  after: "As it would be",
  seen: "As the professional saw it",
  nothing: "Nothing of it.",
  because: (why: string) => `Reason: ${why}`,
  sections: {
    allergies: "Allergy or intolerance",
    medicines: "Medicine",
    illnesses: "Illness or operation",
    devices: "Implant or device",
    directives: "Directive",
    vaccinations: "Vaccination",
    pregnancy: "Pregnancy",
    bloodGroup: "Blood group",
    weight: "Weight",
  } satisfies Record<ProposedItem["section"], string>,
}

export default en
