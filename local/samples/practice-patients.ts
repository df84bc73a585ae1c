import type { NewEntry } from "../../sdk/practice/files.ts"

const families = [
  ["Παπαδόπουλος", "Papadopoulos"],
  ["Οικονόμου", "Oikonomou"],
  ["Λάμπρου", "Lamprou"],
  ["Θεοδωράκης", "Theodorakis"],
  ["Αλεξίου", "Alexiou"],
  ["Μπακογιάννη", "Bakogianni"],
  ["Χατζηδάκης", "Chatzidakis"],
  ["Ευσταθίου", "Efstathiou"],
  ["Smith", undefined],
  ["O'Brien", undefined],
] as const
const givens = ["Μαρία", "Γεώργιος", "Ελένη", "Ιωάννης", "Χρήστος", "Anna", "John", "Sofia"] as const

const two = (number: number): string => String(number).padStart(2, "0")

/** People who don't exist: the `i`th is the same in every run, and no two have the same date of birth and telephone. */
export const practicePatient = (i: number): NewEntry => {
  const [family, inLatin] = families[i % families.length] ?? families[0]
  const given = givens[Math.floor(i / families.length) % givens.length] ?? givens[0]
  const birthDate = `${1930 + (i % 80)}-${two(1 + (i % 12))}-${two(1 + (i % 28))}`
  return {
    names: [{ family, given }, ...(inLatin === undefined ? [] : [{ family: inLatin }])],
    birthDate,
    sex: i % 2 === 0 ? "female" : "male",
    identifiers: [],
    fileNumber: String(1000 + i),
    phones: [`+30 210 55${two(Math.floor(i / 100))} ${two(i % 100)}0`],
    lastVisit: `2026-${two(1 + (i % 11))}-${two(1 + (i % 28))}`,
  }
}
