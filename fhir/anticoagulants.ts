import type { Fact, Value } from "./fact.ts"
import type { SummaryItem } from "./item.ts"

/**
 * Substances by their international nonproprietary names in English and Greek, as their first letters without the ending, and products of them. Of
 * the heparins, of vitamin K antagonists, of direct inhibitors of thrombin and factor Xa; platelet inhibitors are none.
 */
const names = `warfarin βαρφαριν coumadin marevan panwarfin
acenocoumarol ασενοκουμαρολ ακενοκουμαρολ sintrom σιντρομ
phenprocoumon φαινπροκουμον marcumar falithrom phenindion φαινινδιον fluindion φλουινδιον
apixaban απιξαμπαν eliquis rivaroxaban ριβαροξαμπαν xarelto edoxaban εδοξαμπαν lixiana savaysa betrixaban
dabigatran δαβιγατραν νταμπιγκατραν pradaxa
heparin ηπαριν enoxaparin ενοξαπαριν clexane lovenox tinzaparin τινζαπαριν innohep dalteparin νταλτεπαριν δαλτεπαριν fragmin
nadroparin ναδροπαριν fraxiparine bemiparin βεμιπαριν μπεμιπαριν ivor certoparin parnaparin reviparin
fondaparinux φονταπαρινουξ arixtra danaparoid argatroban bivalirudin`.split(/\s+/)

/** The same where a substance is coded without a name: their UNII (FDA, public domain). */
const unii = "http://fdasis.nlm.nih.gov"
const codes: ReadonlySet<string> = new Set([
  "5Q7ZVV76EI",
  "I6WP63U32H",
  "3Z9Y7UWC1J",
  "9NDF7JZ4M3",
  "I0VM4M70GC",
  "NDU3J18APO",
  "T2410KM04A",
  "E47C0NF7LV",
  "7UQ7X4Y489",
  "J177FOW5JL",
])

const wordsIn = (text: string): string[] =>
  text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)

/** With the ending of any language, of two letters at most: a heparinoid is no heparin. */
const namesOne = (text: string): boolean =>
  wordsIn(text).some((word) => names.some((name) => word.startsWith(name) && word.length <= name.length + 2))

const meansOne = (value: Value): boolean => {
  if (value.kind === "text") return namesOne(value.text)
  if (value.kind === "reference")
    return namesOne(value.display ?? "") || (value.found !== undefined && meansOne(value.found))
  if (value.kind === "concept")
    return (
      namesOne(value.text ?? "") ||
      value.codings.some(
        ({ system, code, display }) =>
          namesOne(display ?? "") || (system === unii && code !== undefined && codes.has(code)),
      )
    )
  return value.kind === "parts" && (value.parts ?? []).some(holdsOne)
}

/** Elements that say of what a medicine is made; what stands in a note may be about another one. */
const holdsOne = ({ name, values }: Fact): boolean =>
  ["medication", "ingredient", "item", "code"].includes(name) && values.some(meansOne)

/** A day, a month, a year that is over, by as much of `today` as was written. */
const isOver = ({ values: [value] }: Fact, today: string): boolean =>
  value?.kind === "period" && value.end !== undefined && value.end.slice(0, 10) < today.slice(0, value.end.length)

/**
 * Whether a medicine is an anticoagulant that is taken, by its name or its code, as far as the document says: one that it negates, plans or has ended
 * is none. Whoever reads a list may put such a medicine first; that one isn't recognized says nothing. `today`: `2026-11-29`.
 */
export const isAnticoagulant = (item: SummaryItem, today: string): boolean => {
  const { name, facts, marks, when } = item
  const stands = marks.every((mark) => ["unconfirmed", "unresolved", "unlisted", "modified"].includes(mark))
  if (!stands || (when !== undefined && isOver(when, today))) return false
  return (name !== undefined && meansOne(name)) || facts.some(holdsOne)
}
