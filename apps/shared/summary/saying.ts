import { formatFhirDate } from "../format.ts"
import { sharedWords } from "../words/shared.ts"
import type { Saying } from "./say.ts"

/** In the reader's language. */
export const saying = (): Saying => ({ facts: sharedWords.value.summary.facts, date: formatFhirDate })
