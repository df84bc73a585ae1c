import { summaryWords } from "../../apps/shared/summary/summary-words.ts"
import el from "../../apps/shared/words/el.ts"
import en from "../../apps/shared/words/en.ts"
import factsEl from "../../apps/shared/words/facts-el.ts"
import facts from "../../apps/shared/words/facts-en.ts"
import statedEl from "../../apps/shared/words/stated-el.ts"
import statedEn from "../../apps/shared/words/stated-en.ts"

const date = (written: string) => written

/** What a patient's own summary says in each language, with dates as written. */
export const english = summaryWords({ saying: { facts, date }, summary: en.summary, stated: statedEn })
export const greek = summaryWords({ saying: { facts: factsEl, date }, summary: el.summary, stated: statedEl })
