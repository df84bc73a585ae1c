/** In the order an emergency asks for them. */
export const sectionKeys = [
  "allergies",
  "alerts",
  "medications",
  "problems",
  "devices",
  "advance-directives",
  "pregnancy",
  "procedures",
  "past-problems",
  "results",
  "vital-signs",
  "immunizations",
  "functional-status",
  "social-history",
  "family-history",
  "plan",
  "patient-story",
  "encounters",
  "documents",
] as const

export type SectionKey = (typeof sectionKeys)[number] | "other"

/** What an emergency asks for even where a document has no such section. */
export const mandatory: readonly SectionKey[] = ["allergies", "medications", "problems"]
