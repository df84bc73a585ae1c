import type { Named, StatedAllergy } from "../../../fhir/stated-summary.ts"
import type { Language } from "../words.ts"

/** `code` and `display` are empty where no system that may be shipped has it; `synonyms`: in any language, between semicolons. */
export type Row = readonly [en: string, el: string, code: string, display: string, synonyms: string]

export type SuggestionKind = "allergy" | "medicine" | "illness" | "device" | "vaccine" | "reaction"

/** Something that people state, in every language of the apps. */
export interface Suggestion {
  readonly names: Readonly<Record<Language, string>>
  readonly synonyms: readonly string[]
  readonly code?: { readonly system: string; readonly code: string; readonly display: string }
  readonly kinds: readonly SuggestionKind[]
  /** What an allergy to it is one to. */
  readonly category?: StatedAllergy["category"]
}

/** It as an item is called, in the patient's language. */
export const namedBy = ({ names, code }: Suggestion, language: Language): Named => ({
  text: names[language],
  codes: code === undefined ? [] : [code],
})
