import { foldedWords } from "../../text/folded.ts"
import { greekSound, isGreek, latinSound } from "../../text/greek-latin.ts"

/** A word as it was typed, folded, and the one spelling that it shares with the other script. */
export interface SpelledWord {
  readonly word: string
  readonly sound: string
  readonly isGreek: boolean
}

/** The word beside its common spelling. */
export const spelledWord = (word: string): SpelledWord => {
  const greek = isGreek(word)
  return { word, sound: greek ? greekSound(word) : latinSound(word), isGreek: greek }
}

const umlauts: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue" }
/** Müller is typed Mueller, too. */
const withoutUmlauts = (name: string): string[] => {
  const composed = name.normalize("NFC").toLowerCase()
  const spelled = composed.replaceAll(/[äöü]/g, (letter) => umlauts[letter] ?? letter)
  return spelled === composed ? [] : foldedWords(spelled)
}

/** O'Brien and Anna-Maria are typed in one word, too. */
const joined = (name: string): string[] =>
  name
    .split(/\s+/)
    .filter((word) => /\p{L}[^\p{L}\s]\p{L}/u.test(word))
    .map((word) => foldedWords(word).join(""))

export interface NameSpelling {
  /** The name's own words, in their order. */
  readonly own: readonly SpelledWord[]
  /** These, and whatever else it is typed as. */
  readonly all: readonly SpelledWord[]
}

/** How names are spelled, each worked out once: a directory has far fewer names than people. */
export class NameSpellings {
  readonly #known = new Map<string, NameSpelling>()

  of(name: string): NameSpelling {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const words = [...new Set(foldedWords(name))]
    const others = [...joined(name), ...withoutUmlauts(name)].filter((word) => !words.includes(word))
    const own = words.map((word) => spelledWord(word))
    const spelling = { own, all: others.length === 0 ? own : [...own, ...others.map((word) => spelledWord(word))] }
    this.#known.set(name, spelling)
    return spelling
  }
}
