import { signal } from "@preact/signals"
import type { Named } from "../../../fhir/stated-summary.ts"
import type { Option } from "../parts/Combobox.tsx"
import { language } from "../words.ts"
import { search } from "./search.ts"
import { namedBy, type Suggestion, type SuggestionKind } from "./suggestion.ts"

/** What somebody chose or typed; `category`: of an allergy to it. */
export type Chosen = { readonly what: Named } & Pick<Suggestion, "category">

const all = signal<readonly Suggestion[]>([])

/** Fetches the list: the form works without it, in the patient's own words. */
export const loadSuggestions = async (): Promise<void> => {
  all.value = (await import("./all.ts")).default
}

const most = 5

/** Options for what was typed, in the language of the app. */
export const suggestions = (kind: SuggestionKind, typed: string): readonly Option<Chosen>[] =>
  search(all.value, kind, typed, most).map((suggestion) => {
    const what = namedBy(suggestion, language.value)
    const { category } = suggestion
    return { value: { what, ...(category === undefined ? {} : { category }) }, text: what.text }
  })
