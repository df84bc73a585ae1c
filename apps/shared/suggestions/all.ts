import devices from "./devices.ts"
import foods from "./foods.ts"
import illnesses from "./illnesses.ts"
import medicineGroups from "./medicine-groups.ts"
import medicines from "./medicines.ts"
import reactions from "./reactions.ts"
import type { Row, Suggestion } from "./suggestion.ts"
import surroundings from "./surroundings.ts"
import vaccines from "./vaccines.ts"

const unii = "http://fdasis.nlm.nih.gov"
const icd = "http://hl7.org/fhir/sid/icd-10-cm"
const cvx = "http://hl7.org/fhir/sid/cvx"

type About = Pick<Suggestion, "kinds" | "category"> & { readonly system?: string }

const suggestions = (rows: readonly Row[], { system, ...about }: About): readonly Suggestion[] =>
  rows.map(([en, el, code, display, synonyms]) => ({
    names: { en, el },
    synonyms: synonyms === "" ? [] : synonyms.split(";"),
    ...(system === undefined || code === "" ? {} : { code: { system, code, display } }),
    ...about,
  }))

/** All that is suggested while somebody types. It is a chunk of its own: load it when a form asks for it. */
const all: readonly Suggestion[] = [
  ...suggestions(medicineGroups, { kinds: ["allergy"], category: "medication", system: unii }),
  ...suggestions(foods, { kinds: ["allergy"], category: "food", system: unii }),
  ...suggestions(surroundings, { kinds: ["allergy"], category: "environment", system: unii }),
  ...suggestions(medicines, { kinds: ["medicine", "allergy"], category: "medication", system: unii }),
  ...suggestions(illnesses, { kinds: ["illness"], system: icd }),
  ...suggestions(devices, { kinds: ["device"] }),
  ...suggestions(vaccines, { kinds: ["vaccine"], system: cvx }),
  ...suggestions(reactions, { kinds: ["reaction"] }),
]

export default all
