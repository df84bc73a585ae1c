import { sharedWords } from "./words/shared.ts"

/** A FHIR administrative gender in words; another text as it stands. */
export const sexOf = (sex: string): string => {
  const { sexes } = sharedWords.value.summary
  return sex === "male" || sex === "female" || sex === "other" || sex === "unknown" ? sexes[sex] : sex
}
