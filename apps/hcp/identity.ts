import type { SummaryPatient } from "../../sdk/summary.ts"

/** A name's words, as comparable as different systems write them: without marks, case and order. */
export const nameWords = (name: string): string[] =>
  name
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1)

/** Whether two names can be of one person: they share a word that stands in both. Of different scripts, nothing can be said. */
export const namesConflict = (one: readonly string[], other: readonly string[]): boolean => {
  const words = other.flatMap(nameWords)
  const own = one.flatMap(nameWords)
  if (own.length === 0 || words.length === 0) return false
  const latin = (all: readonly string[]) => all.some((word) => /[a-z]/.test(word))
  const greek = (all: readonly string[]) => all.some((word) => /[\u0370-\u03ff]/.test(word))
  const comparable = (latin(own) && latin(words)) || (greek(own) && greek(words))
  return comparable && !own.some((word) => words.includes(word))
}

const namesOf = ({ name, otherNames }: SummaryPatient): string[] => [
  ...(name === undefined ? [] : [name]),
  ...otherNames,
]

/** A date of birth that both state, as exactly as the less exact one. */
const birthDatesConflict = (one: string | undefined, other: string | undefined): boolean => {
  if (one === undefined || other === undefined) return false
  const length = Math.min(one.length, other.length, 10)
  return one.slice(0, length) !== other.slice(0, length)
}

/** Whether a document's patient can't be the confirmed one. Where either is unknown, nothing is said. */
export const isOfOther = (patient: SummaryPatient | undefined, confirmed: SummaryPatient | undefined): boolean =>
  patient !== undefined &&
  confirmed !== undefined &&
  (birthDatesConflict(patient.birthDate, confirmed.birthDate) || namesConflict(namesOf(patient), namesOf(confirmed)))
