/**
 * Greek names and their spellings in Latin letters, brought to one common spelling: those of ISO 843 and ELOT 743 (passports), and what people type where
 * they have no Greek keyboard ("Greeklish": by sound, or by the letter's look). Letters in, letters out; what neither table has stays as it is.
 */

const greekLetters: Readonly<Record<string, string>> = {
  α: "a",
  β: "v",
  γ: "g",
  δ: "d",
  ε: "e",
  ζ: "z",
  η: "i",
  θ: "8",
  ι: "i",
  κ: "k",
  λ: "l",
  μ: "m",
  ν: "n",
  ξ: "x",
  ο: "o",
  π: "p",
  ρ: "r",
  σ: "s",
  τ: "t",
  υ: "i",
  φ: "f",
  // One letter with ξ: people type x for either.
  χ: "x",
  ψ: "ps",
  ω: "o",
}
const greekPairs: Readonly<Record<string, string>> = {
  ου: "u",
  ει: "i",
  οι: "i",
  υι: "i",
  αι: "e",
  αυ: "av",
  ευ: "ev",
  ηυ: "iv",
  μπ: "v",
  ντ: "d",
  νδ: "d",
  γκ: "g",
  γγ: "g",
  γχ: "nx",
  κσ: "x",
  τζ: "z",
}
const latinLetters: Readonly<Record<string, string>> = {
  b: "v",
  c: "k",
  j: "i",
  q: "k",
  w: "o",
  y: "i",
  // By the look of θ, ξ and ψ.
  "3": "x",
  "4": "ps",
  "9": "8",
}
const latinPairs: Readonly<Record<string, string>> = {
  ou: "u",
  oy: "u",
  ei: "i",
  ey: "ev",
  eu: "ev",
  oi: "i",
  yi: "i",
  ai: "e",
  ay: "av",
  au: "av",
  mp: "v",
  mb: "v",
  nt: "d",
  nd: "d",
  gk: "g",
  gg: "g",
  ng: "g",
  ks: "x",
  tz: "z",
}
const soundingH: Readonly<Record<string, string>> = {
  th: "8",
  ch: "x",
  kh: "x",
  ph: "f",
  gh: "g",
  dh: "d",
  rh: "r",
  h: "x",
}

type Table = Readonly<Record<string, string>>

const spell = (word: string, pairs: Table, letters: Table): string => {
  let spelled = ""
  for (let at = 0; at < word.length; at++) {
    const pair = pairs[word.slice(at, at + 2)]
    const letter = word.charAt(at)
    spelled += pair ?? letters[letter] ?? letter
    if (pair !== undefined) at++
  }
  return (
    spelled
      // ευ and αυ before a voiceless consonant are heard, and often written, with an f.
      .replaceAll(/(?<=[ae])f(?=[kptsfx8])/g, "v")
      // γι before another vowel is heard as a y alone.
      .replaceAll(/gi(?=[aeou])/g, "i")
      .replaceAll(/(.)\1+/g, "$1")
  )
}

export const isGreek = (word: string): boolean => /\p{Script=Greek}/u.test(word)

/** The common spelling of a folded word in Greek letters. */
export const greekSound = (word: string): string => spell(word, greekPairs, greekLetters)

const withH: Table = { ...latinPairs, ...soundingH }
const hOfChi: Table = { ...latinLetters, h: "x" }
const hOfEta: Table = { ...latinLetters, h: "i" }

/** The common spelling of a folded word in Latin letters as passports have it. */
export const latinSound = (word: string): string => spell(word, withH, hOfChi)

/** Every common spelling that a folded word typed in Latin letters can mean: h is χ or, by its look, η; u is ου or υ. At most four. */
export const typedSounds = (word: string): string[] => {
  const readings = [word, word.replaceAll(/(?<![oae])u/g, "y")]
  return [
    ...new Set(readings.flatMap((reading) => [spell(reading, withH, hOfChi), spell(reading, latinPairs, hOfEta)])),
  ]
}
