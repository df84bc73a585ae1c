import { folded } from "../../../text/folded.ts"
import type { Suggestion, SuggestionKind } from "./suggestion.ts"

/** Keys of the Greek keyboard, by what they write when it is set to Latin. */
const latin = "abcdefghijklmnopqrstuvwxyz;"
const greek = "αβψδεφγηιξκλμνοπ;ρστθωςχυζ;"

const byKeys = (text: string, from: string, to: string): string =>
  Array.from(text, (letter) => {
    const key = from.indexOf(letter)
    return key < 0 ? letter : (to[key] ?? letter)
  }).join("")

/** What was typed, and what it would be with the keyboard set to the other letters. */
const readingsOf = (typed: string): readonly string[] => {
  const bare = folded(typed)
  return [...new Set([bare, folded(byKeys(bare, latin, greek)), folded(byKeys(bare, greek, latin))])].filter(
    (reading) => /[\p{L}\p{N}]/u.test(reading),
  )
}

/** Smaller is better; undefined: it doesn't match. A name that begins so comes before a word within it, and both before a synonym. */
const rankOf = ({ names, synonyms }: Suggestion, reading: string): number | undefined => {
  const ranked = [
    ...Object.values(names).map((name) => [name, 0] as const),
    ...synonyms.map((name) => [name, 2] as const),
  ]
  const ranks = ranked.flatMap(([name, rank]) => {
    const whole = folded(name)
    if (whole.startsWith(reading)) return rank
    const words = whole.split(/[^\p{L}\p{N}]+/u)
    return reading.split(" ").every((part) => words.some((word) => word.startsWith(part))) ? rank + 1 : []
  })
  return ranks.length === 0 ? undefined : Math.min(...ranks)
}

/** The suggestions of a kind for what was typed so far, best first, at most `most`; none for nothing. */
export const search = (
  all: readonly Suggestion[],
  kind: SuggestionKind,
  typed: string,
  most = 8,
): readonly Suggestion[] => {
  const readings = readingsOf(typed)
  const found = all.flatMap((suggestion) => {
    if (!suggestion.kinds.includes(kind)) return []
    const ranks = readings.flatMap((reading) => rankOf(suggestion, reading) ?? [])
    return ranks.length === 0 ? [] : [{ suggestion, rank: Math.min(...ranks) }]
  })
  return found
    .toSorted((one, other) => one.rank - other.rank)
    .slice(0, most)
    .map(({ suggestion }) => suggestion)
}
