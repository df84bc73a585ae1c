import type { JsonObject } from "./value.ts"

/** In place of a value that FHIR wants and that isn't there; `reason`: a code of data-absent-reason. */
export const absent = (reason: "unknown" | "as-text"): JsonObject => ({
  extension: [{ url: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", valueCode: reason }],
})
