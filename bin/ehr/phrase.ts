import type { Unrecovered } from "../../protocol/recovery.ts"
import { type UsageError, unusable } from "./exit.ts"
import { askSecret } from "./terminal.ts"

export const askPhrase = () => askSecret("EHR_RECOVERY_PHRASE", "Recovery phrase, 24 words: ")

const detailOf = (phrase: Unrecovered): string | undefined => {
  if (phrase.outcome === "phrase-word-unknown") return `It is word ${phrase.position}.`
  return phrase.outcome === "phrase-length-wrong" ? `These are ${phrase.words}.` : undefined
}

/** What is wrong with a recovery phrase that was typed; none of it is quoted. */
export const wrongPhrase = (phrase: Unrecovered): UsageError => unusable(phrase.outcome, detailOf(phrase))
