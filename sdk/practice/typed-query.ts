/** What somebody typed into the search of a directory, as what an entry must have (docs/protocol.md, "Practice"). */
import { foldedWords } from "../../text/folded.ts"
import { greekSound, isGreek, typedSounds } from "../../text/greek-latin.ts"

/** The beginning of a word. `sounds`: the common spellings that it can have in the other script. */
export interface TypedWord {
  readonly word: string
  readonly script: "greek" | "other"
  readonly sounds: readonly string[]
}

/** Parts of a date as far as they were typed; `year` may be its beginning. */
export interface TypedDate {
  readonly year?: string
  readonly month?: string
  readonly day?: string
}

/** Digits that a number or a date of birth must have; any of what they can mean is enough. */
export type TypedDigits =
  | { readonly digits: string }
  | { readonly dates: readonly TypedDate[] }
  | { readonly all: readonly (readonly TypedDigits[])[] }

/** One way to read what was typed: everything in it must be found. */
export interface Reading {
  readonly words: readonly TypedWord[]
  /** Of each run of numbers, the meanings it can have. */
  readonly runs: readonly (readonly TypedDigits[])[]
}

const months = [
  ["jan", "ιαν", "γεν"],
  ["feb", "φεβ", "φλεβ"],
  ["mar", "μαρ"],
  ["apr", "απρ"],
  ["may", "μαι", "μαη"],
  ["jun", "ιουν"],
  ["jul", "ιουλ"],
  ["aug", "αυγ"],
  ["sep", "σεπ"],
  ["oct", "οκτ"],
  ["nov", "νοε"],
  ["dec", "δεκ"],
]
/** The number of a month that is named, in English or Greek, by its beginning at least. */
const monthNamed = (word: string): string | undefined => {
  const at = months.findIndex((names) => names.some((name) => word.startsWith(name)))
  return at < 0 ? undefined : String(at + 1)
}

const between = (text: string | undefined, least: number, most: number): boolean =>
  text === undefined || (/^\d{1,2}$/.test(text) && Number(text) >= least && Number(text) <= most)

const dateOf = (year: string | undefined, month: string | undefined, day: string | undefined): TypedDate[] => {
  if (!between(month, 1, 12) || !between(day, 1, 31)) return []
  return [
    {
      ...(year === undefined ? {} : { year }),
      ...(month === undefined ? {} : { month: month.padStart(2, "0") }),
      ...(day === undefined ? {} : { day: day.padStart(2, "0") }),
    },
  ]
}

/** The years that digits at the place of a year can be the beginning of. */
const yearsOf = (digits: string): string[] => {
  if (digits.length === 2) return [`19${digits}`, `20${digits}`, ...(/^(?:18|19|20|21)$/.test(digits) ? [digits] : [])]
  return /^(?:18|19|20|21)\d{1,2}$/.test(digits) ? [digits] : []
}

const partsInOneWord = (digits: string): string[][] => {
  if (digits.length === 8)
    return [
      [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)],
      [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)],
    ]
  if (digits.length === 6) return [[digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)]]
  return digits.length === 4 ? [[digits]] : []
}

/** All that these parts, in their order, can be as a date: day or month first, the year at either end. */
const datesOf = (parts: readonly string[]): TypedDate[] => {
  const [first = "", second, third] = parts
  if (second === undefined) return yearsOf(first).flatMap((year) => dateOf(year, undefined, undefined))
  if (third === undefined)
    return [
      ...dateOf(undefined, second, first),
      ...dateOf(undefined, first, second),
      ...(first.length > 2 ? yearsOf(first).flatMap((year) => dateOf(year, second, undefined)) : []),
      ...(second.length > 2 ? yearsOf(second).flatMap((year) => dateOf(year, first, undefined)) : []),
    ]
  if (parts.length > 3) return []
  const yearFirst = yearsOf(first).flatMap((year) => [...dateOf(year, second, third), ...dateOf(year, third, second)])
  const yearLast = yearsOf(third).flatMap((year) => [...dateOf(year, second, first), ...dateOf(year, first, second)])
  return [...yearFirst, ...yearLast]
}

const numberGroups = (tokens: readonly string[]): string[] => tokens.flatMap((token) => token.match(/\d+/g) ?? [])

const asDate = (groups: readonly string[]): TypedDigits[] => {
  const [only = ""] = groups
  const dates = groups.length === 1 ? partsInOneWord(only).flatMap((parts) => datesOf(parts)) : datesOf(groups)
  return dates.length === 0 ? [] : [{ dates }]
}

/** As numbers are kept: without what a telephone puts before the country. */
const digitsOf = (tokens: readonly string[]): string => numberGroups(tokens).join("").replace(/^00/, "")

const meaningsOf = (tokens: readonly string[]): TypedDigits[] => {
  const digits = digitsOf(tokens)
  const whole = [...(digits === "" ? [] : [{ digits }]), ...asDate(numberGroups(tokens))]
  if (tokens.length < 2) return whole
  return [...whole, { all: tokens.map((token) => meaningsOf([token])) }]
}

const isNumeric = (token: string): boolean => /\d/.test(token) && /^[\d+()./\-–,]+$/.test(token)

const wordOf = (word: string): TypedWord => {
  const greek = isGreek(word)
  return { word, script: greek ? "greek" : "other", sounds: greek ? [greekSound(word)] : typedSounds(word) }
}

const readingOf = (tokens: readonly string[]): Reading => {
  const words: TypedWord[] = []
  const runs: TypedDigits[][] = []
  let run: string[] = []
  const endRun = () => {
    if (run.length > 0) runs.push(meaningsOf(run))
    run = []
  }
  for (const token of tokens) {
    if (isNumeric(token)) {
      run.push(token)
      continue
    }
    endRun()
    for (const part of foldedWords(token)) {
      if (/^\d+$/.test(part)) runs.push(meaningsOf([part]))
      else words.push(wordOf(part))
    }
  }
  endRun()
  return { words, runs }
}

/** A month by its name beside a number is a number itself, too. */
const withMonths = (tokens: readonly string[]): string[] | undefined => {
  const named = tokens.map((token, at) => {
    const [word = "", ...others] = foldedWords(token)
    const besideNumber = [tokens[at - 1], tokens[at + 1]].some((beside) => beside !== undefined && isNumeric(beside))
    return besideNumber && others.length === 0 ? (monthNamed(word) ?? token) : token
  })
  return named.some((token, at) => token !== tokens[at]) ? named : undefined
}

/** The ways to read what was typed; none for nothing. */
export const readTyped = (typed: string): readonly Reading[] => {
  const tokens = typed.split(/\s+/).filter((token) => /[\p{L}\p{N}]/u.test(token))
  if (tokens.length === 0) return []
  const named = withMonths(tokens)
  return [readingOf(tokens), ...(named === undefined ? [] : [readingOf(named)])]
}
