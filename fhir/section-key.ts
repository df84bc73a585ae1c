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

/** LOINC codes of the sections of the International Patient Summary, and of those that C-CDA calls otherwise. */
export const sectionCodes: ReadonlyMap<string, SectionKey> = new Map<string, SectionKey>([
  ["48765-2", "allergies"],
  ["10160-0", "medications"],
  ["11450-4", "problems"],
  ["11369-6", "immunizations"],
  ["30954-2", "results"],
  ["47519-4", "procedures"],
  ["46264-8", "devices"],
  ["42348-3", "advance-directives"],
  ["104605-1", "alerts"],
  ["11348-0", "past-problems"],
  ["47420-5", "functional-status"],
  ["18776-5", "plan"],
  ["29762-2", "social-history"],
  ["10162-6", "pregnancy"],
  ["8716-3", "vital-signs"],
  ["81338-6", "patient-story"],
  ["10157-6", "family-history"],
  ["46240-8", "encounters"],
  ["10183-2", "medications"], // at discharge
  ["75311-1", "medications"],
  ["11535-2", "problems"], // at discharge
])
