/** Who may be in the directory already: warned of while a new patient is typed in, never forbidden. */
import type { Entry } from "../../protocol/practice/entry.ts"
import { folded, foldedWords } from "../../text/folded.ts"
import type { Directory } from "./directory.ts"
import { isOneTypoFrom } from "./directory-line.ts"
import type { NameSpellings } from "./name-spellings.ts"

/** What is known of somebody who is typed in. */
export type Draft = Pick<Entry, "names" | "birthDate" | "identifiers" | "phones"> & { readonly fileId?: string }

export const evidences = [
  "same-number",
  "same-name",
  "similar-name",
  "same-birth-date",
  "similar-birth-date",
  "same-phone",
] as const
export type Evidence = (typeof evidences)[number]

export interface Duplicate {
  readonly entry: Entry
  /** Why they may be the same person, stronger ones first. */
  readonly because: readonly Evidence[]
}

interface Person {
  readonly words: readonly string[]
  readonly birthDate: string | undefined
  readonly numbers: ReadonlySet<string>
  readonly phones: ReadonlySet<string>
}

const numberOf = (value: string): string => foldedWords(value).join("")
/** The same telephone with and without its country. */
const phoneOf = (value: string): string => value.replaceAll(/\D/g, "").slice(-9)

const personOf = ({ names, birthDate, identifiers, phones }: Draft, spellings: NameSpellings): Person => ({
  // One spelling for Greek and Latin letters. The first name stands for the others, which are its own in another script, or older.
  words: [names[0]?.family, names[0]?.given].flatMap((name) =>
    name === undefined ? [] : spellings.of(name).own.map(({ sound }) => sound),
  ),
  birthDate,
  numbers: new Set(identifiers.map(({ system = "", value }) => `${folded(system)} ${numberOf(value)}`)),
  phones: new Set(phones.map((phone) => phoneOf(phone)).filter((phone) => phone.length >= 7)),
})

const areSimilar = (one: string, other: string): boolean =>
  one === other || (Math.min(one.length, other.length) > 3 && isOneTypoFrom(one, other) && isOneTypoFrom(other, one))

/** Every word of the shorter name stands in the other, two at least: kin share one. */
const nameEvidence = (one: Person, other: Person): Evidence | undefined => {
  const [fewer, more] = one.words.length < other.words.length ? [one.words, other.words] : [other.words, one.words]
  if (fewer.length < 2) return undefined
  if (fewer.every((word) => more.includes(word))) return "same-name"
  return fewer.every((word) => more.some((its) => areSimilar(word, its))) ? "similar-name" : undefined
}

/** Day and month in each other's place, or one digit that is another. */
const areDatesSimilar = (one: string, other: string): boolean => {
  if (one.length !== 10 || other.length !== 10) return one.slice(0, 4) === other.slice(0, 4)
  const [year = "", month = "", day = ""] = one.split("-")
  if (other === `${year}-${day}-${month}`) return true
  return Array.from(one).filter((digit, at) => digit !== other[at]).length === 1
}

const dateEvidence = ({ birthDate: one }: Person, { birthDate: other }: Person): Evidence | undefined => {
  if (one === undefined || other === undefined) return undefined
  if (one === other) return "same-birth-date"
  return areDatesSimilar(one, other) ? "similar-birth-date" : undefined
}

const evidenceOf = (one: Person, other: Person): Evidence[] => {
  const found = [
    [...one.numbers].some((number) => other.numbers.has(number)) ? "same-number" : undefined,
    nameEvidence(one, other),
    dateEvidence(one, other),
    [...one.phones].some((phone) => other.phones.has(phone)) ? "same-phone" : undefined,
  ]
  return evidences.filter((evidence) => found.includes(evidence))
}

/** A number alone; or a name with a date of birth or a telephone; or the same name where no date tells them apart. */
const isEnough = (found: readonly Evidence[], one: Person, other: Person): boolean => {
  if (found.includes("same-number")) return true
  const named = found.includes("same-name") || found.includes("similar-name")
  if (!named) return false
  const beside = found.some((evidence) => evidence.endsWith("birth-date") || evidence === "same-phone")
  return beside || (found.includes("same-name") && (one.birthDate === undefined || other.birthDate === undefined))
}

const strength = ({ because }: Duplicate): number =>
  because.reduce((sum, evidence) => sum + 2 ** (evidences.length - evidences.indexOf(evidence)), 0)

/** Entries that may be of the same person, the likeliest first, at most `most`. Neither the draft's own, nor what was merged or deleted. */
export const duplicatesOf = (draft: Draft, directory: Directory, most = 5): readonly Duplicate[] => {
  const { spellings } = directory
  const person = personOf(draft, spellings)
  const found: Duplicate[] = []
  for (const entry of directory.entries()) {
    if (entry.fileId === draft.fileId || entry.mergedInto !== undefined || entry.deletedAt !== undefined) continue
    const other = personOf(entry, spellings)
    const because = evidenceOf(person, other)
    if (isEnough(because, person, other)) found.push({ entry, because })
  }
  return found.toSorted((one, other) => strength(other) - strength(one)).slice(0, most)
}
