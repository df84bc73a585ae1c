import type { SummaryPatient } from "./patient.ts"
import type { StatedSummary } from "./stated-summary.ts"

/** A name's words, as comparable as different systems write them: without marks, case and order. */
const nameWords = (name: string): string[] =>
  name
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1)

type Comparison = "same" | "other" | "unknown"

/** Whether two names can be of one person: they share a word that stands in both. Of different scripts, nothing can be said. */
const compareNames = (one: readonly string[], other: readonly string[]): Comparison => {
  const words = other.flatMap(nameWords)
  const own = one.flatMap(nameWords)
  if (own.length === 0 || words.length === 0) return "unknown"
  const latin = (all: readonly string[]) => all.some((word) => /[a-z]/.test(word))
  const greek = (all: readonly string[]) => all.some((word) => /[\u0370-\u03ff]/.test(word))
  const comparable = (latin(own) && latin(words)) || (greek(own) && greek(words))
  if (own.some((word) => words.includes(word))) return "same"
  return comparable ? "other" : "unknown"
}

/** Whether two names can't be of one person. */
export const namesConflict = (one: readonly string[], other: readonly string[]): boolean =>
  compareNames(one, other) === "other"

/** A date of birth that both state, as exactly as the less exact one. */
const compareBirthDates = (one: string | undefined, other: string | undefined): Comparison => {
  if (one === undefined || other === undefined) return "unknown"
  const length = Math.min(one.length, other.length, 10)
  return one.slice(0, length) === other.slice(0, length) ? "same" : "other"
}

/** What tells two people apart. */
export type Identity = Pick<SummaryPatient, "name" | "otherNames" | "birthDate">

/** Who a stated summary is about. */
export const identityOf = ({ names, birthDate }: StatedSummary): Identity => {
  const [name, ...otherNames] = names.map(({ given, family }) => [given, family].filter(Boolean).join(" "))
  return { ...(name === undefined ? {} : { name }), otherNames, ...(birthDate === undefined ? {} : { birthDate }) }
}

const namesOf = ({ name, otherNames }: Identity): string[] => [...(name === undefined ? [] : [name]), ...otherNames]

/** Whether two identities are of one person: `unknown` where neither names nor dates of birth can be compared, `other` where either differs. */
export const comparePeople = (one: Identity, other: Identity): Comparison => {
  const found = [compareNames(namesOf(one), namesOf(other)), compareBirthDates(one.birthDate, other.birthDate)]
  if (found.includes("other")) return "other"
  return found.includes("same") ? "same" : "unknown"
}

/** Whether every word of one name, the shorter, stands in another. */
const isWithin = (one: string, other: string): boolean => {
  const [fewer = [], more = []] = [nameWords(one), nameWords(other)].toSorted((a, b) => a.length - b.length)
  return fewer.length > 1 && fewer.every((word) => more.includes(word))
}

/**
 * Whether two identities can be taken for one person's without asking: a whole name and the day of birth are the same. Of kin who share a family
 * name, or where either says less, it is `false`.
 */
export const isSurelyOf = (one: Identity, other: Identity): boolean =>
  one.birthDate !== undefined &&
  one.birthDate.length >= 10 &&
  one.birthDate === other.birthDate &&
  namesOf(one).some((name) => namesOf(other).some((its) => isWithin(name, its)))

/** Whether a document's patient can't be the confirmed one. Where either is unknown, nothing is said. */
export const isOfOther = (patient: Identity | undefined, confirmed: Identity | undefined): boolean =>
  patient !== undefined && confirmed !== undefined && comparePeople(patient, confirmed) === "other"
