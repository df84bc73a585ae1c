import type { OpenLineKind } from "../../../protocol/open-part.ts"

/** What a line of a card's open part is about: on the card, its page, and in the form and the command that write it. */
export const lineKindsEn: Readonly<Record<OpenLineKind, string>> = {
  allergy: "Allergy",
  medicine: "Medicine",
  implant: "Implant",
  illness: "Illness",
  contact: "Contact",
  language: "Speaks",
  "birth-date": "Born",
  other: "Note",
}
