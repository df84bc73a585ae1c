import type { Entry } from "../../protocol/practice/entry.ts"
import { foldedWords } from "../../text/folded.ts"
import { isGreek } from "../../text/greek-latin.ts"
import { type NameSpellings, spelledWord } from "./name-spellings.ts"
import type { Reading, TypedDate, TypedDigits, TypedWord } from "./typed-query.ts"

/** An entry beside the texts that are searched. Each word has a space before it, each number a bar before and after it. */
export interface DirectoryLine {
  readonly entry: Entry
  /** Words of names and numbers as they were typed, folded; those of the first name first. */
  readonly words: string
  /** The common spelling of the words in Greek letters, and of the others. */
  readonly greek: string
  readonly other: string
  readonly digits: string
}

const namesOf = ({ names }: Entry): string[] =>
  names.flatMap(({ family, given }) => [family, given]).filter((name) => name !== undefined)

/** Digits alone, without what a telephone puts before the country. */
const digitsIn = (number: string): string => number.replaceAll(/\D/g, "").replace(/^00/, "")

export const lineOf = (entry: Entry, spellings: NameSpellings): DirectoryLine => {
  const numbers = entry.identifiers.map(({ value }) => value)
  if (entry.fileNumber !== undefined) numbers.unshift(entry.fileNumber)
  let [words, greek, other] = ["", "", ""]
  for (const name of namesOf(entry))
    for (const spelled of spellings.of(name).all) {
      words += ` ${spelled.word}`
      if (spelled.isGreek) greek += ` ${spelled.sound}`
      else other += ` ${spelled.sound}`
    }
  for (const number of numbers) if (/\p{L}/u.test(number)) words += ` ${foldedWords(number).join("")}`
  let digits = ""
  for (const number of [...numbers, ...entry.phones]) {
    const own = digitsIn(number)
    if (own !== "") digits += `${own}|`
  }
  return { entry, words, greek, other, digits: digits === "" ? "" : `|${digits}` }
}

/** How a word was found, better ones first. */
export const manners = ["as-written", "in-other-letters", "with-one-typo"] as const
export type Manner = (typeof manners)[number]

/** The words of the entry in the script that the typed word is not in. */
const crossedWords = ({ words }: DirectoryLine, { script }: TypedWord): string[] =>
  words.split(" ").filter((word) => word !== "" && isGreek(word) !== (script === "greek"))

/**
 * Whether a word in the other script begins as it was typed. Pairs of letters sound otherwise than each, so that the beginning of a word may have another
 * sound than the whole one begins with: then its beginnings are tried.
 */
const isCrossed = (line: DirectoryLine, typed: TypedWord): boolean => {
  const sounds = typed.script === "greek" ? line.other : line.greek
  if (sounds === "") return false
  if (typed.sounds.some((sound) => sounds.includes(` ${sound}`))) return true
  const close = typed.sounds.filter((sound) => sound.length > 1 && sounds.includes(` ${sound.slice(0, -1)}`))
  if (close.length === 0) return false
  return crossedWords(line, typed).some((word) => {
    for (let end = 1; end <= word.length; end++) if (close.includes(spelledWord(word.slice(0, end)).sound)) return true
    return false
  })
}

/** Whether a word begins as was typed, but for one letter that is missing, too many, another, or in its neighbour's place. */
export const isOneTypoFrom = (typed: string, word: string): boolean => {
  let at = 0
  while (at < typed.length && typed[at] === word[at]) at++
  if (at === typed.length) return true
  return (
    word.startsWith(typed.slice(at + 1), at + 1) ||
    word.startsWith(typed.slice(at + 1), at) ||
    word.startsWith(typed.slice(at), at + 1) ||
    (typed[at] === word[at + 1] && typed[at + 1] === word[at] && word.startsWith(typed.slice(at + 2), at + 2))
  )
}

/** Shorter words are within one typo of too many. */
const leastForTypo = 4

/** Whether one of the words in a text, each with a space before it, is one typo from what was typed. */
const isNearAny = (typed: string, words: string): boolean => {
  if (typed.length < leastForTypo || words === "") return false
  // One typo leaves what is before the middle as it was, or what is behind: most texts have neither.
  const middle = typed.length >> 1
  if (!words.includes(` ${typed.slice(0, middle - 1)}`) && !words.includes(typed.slice(middle + 1))) return false
  return words.split(" ").some((own) => own !== "" && isOneTypoFrom(typed, own))
}

const hasTypo = (line: DirectoryLine, { word, sounds, script }: TypedWord): boolean =>
  isNearAny(word, line.words) || sounds.some((sound) => isNearAny(sound, script === "greek" ? line.other : line.greek))

/** As many digits at the end of a number are the same, whatever country was put before them. */
const subscriberDigits = 9
const leastWithin = 3

const hasNumber = ({ digits: own }: DirectoryLine, digits: string): boolean => {
  if (digits.length < leastWithin) return own.includes(`|${digits}`)
  if (own.includes(digits)) return true
  const national = digits.replace(/^0+/, "")
  if (national.length >= leastWithin * 2 && own.includes(national)) return true
  return digits.length > subscriberDigits && own.includes(`${digits.slice(-subscriberDigits)}|`)
}

const isBorn = ({ entry: { birthDate } }: DirectoryLine, { year, month, day }: TypedDate): boolean => {
  if (birthDate === undefined) return false
  if (year !== undefined && !birthDate.startsWith(year)) return false
  if (month !== undefined && birthDate.slice(5, 7) !== month) return false
  return day === undefined || birthDate.slice(8, 10) === day
}

const hasDigits = (line: DirectoryLine, typed: TypedDigits): boolean => {
  if ("digits" in typed) return hasNumber(line, typed.digits)
  if ("dates" in typed) return typed.dates.some((date) => isBorn(line, date))
  return typed.all.every((meanings) => meanings.some((meaning) => hasDigits(line, meaning)))
}

/** How the entry has all that was typed, by its worst word; `undefined` where it hasn't. `typos`: one word may have one. */
export const mannerOf = (line: DirectoryLine, { words, runs }: Reading, typos: boolean): Manner | undefined => {
  let worst: Manner = "as-written"
  for (const typed of words) {
    if (line.words.includes(` ${typed.word}`)) continue
    if (isCrossed(line, typed)) {
      if (worst === "as-written") worst = "in-other-letters"
      continue
    }
    if (!typos || worst === "with-one-typo" || !hasTypo(line, typed)) return undefined
    worst = "with-one-typo"
  }
  return runs.every((meanings) => meanings.some((meaning) => hasDigits(line, meaning))) ? worst : undefined
}
