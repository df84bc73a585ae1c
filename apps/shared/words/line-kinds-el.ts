import type { OpenLineKind } from "../../../protocol/open-part.ts"

export const lineKindsEl: Readonly<Record<OpenLineKind, string>> = {
  allergy: "Αλλεργία",
  medicine: "Φάρμακο",
  implant: "Εμφύτευμα",
  illness: "Πάθηση",
  contact: "Επαφή",
  language: "Μιλά",
  "birth-date": "Γέννηση",
  other: "Σημείωση",
}
