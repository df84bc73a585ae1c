import { formatFhirDate } from "../format.ts"
import { factWords } from "../words/facts.ts"
import type { Saying } from "./say.ts"

/** In the reader's language. */
export const saying = (): Saying => ({ facts: factWords.value, date: formatFhirDate })
