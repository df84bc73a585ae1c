import { field, list, numberOf, text } from "./value.ts"

/** Milligrams, millilitres, or pieces: what a unit of a dose counts, and how many of them it is. */
const units: ReadonlyMap<string, readonly [of: string, size: number]> = new Map([
  ["kg", ["mg", 1e6]],
  ["g", ["mg", 1000]],
  ["gram", ["mg", 1000]],
  ["mg", ["mg", 1]],
  ["milligram", ["mg", 1]],
  ["ug", ["mg", 0.001]],
  ["µg", ["mg", 0.001]],
  ["μg", ["mg", 0.001]],
  ["mcg", ["mg", 0.001]],
  ["microgram", ["mg", 0.001]],
  ["ng", ["mg", 1e-6]],
  ["l", ["ml", 1000]],
  ["ml", ["ml", 1]],
  ["iu", ["iu", 1]],
  ["ie", ["iu", 1]],
  ["[iu]", ["iu", 1]],
  ["unit", ["iu", 1]],
])

/** A unit without its plural, as words have it: `tablets`, `tablet(s)`, `{tbl}`. */
function unitOf(word: string): readonly [of: string, size: number] {
  const bare = word.toLowerCase().replaceAll(/[{}()]/g, "")
  const known = units.get(bare) ?? units.get(bare.replace(/s$/, ""))
  return known ?? [bare.replace(/s$/, ""), 1]
}

/** Amounts that words name, each in its unit: `10 mg`, `1,5 g`, `12 tablets`. */
const amountsIn = (words: string) =>
  [...words.matchAll(/(\d{1,9}(?:[.,]\d{1,9})?)\s?(\[iu\]|[a-zµμ]{1,12})/gi)].map((match) => {
    const [of, size] = unitOf(match[2] ?? "")
    return { of, amount: Number(match[1]?.replace(",", ".")) * size }
  })

const near = (one: number, other: number) => Math.abs(one - other) <= 1e-9 * Math.max(Math.abs(one), Math.abs(other))

/** Whether the words name amounts of what the dose counts, and none of them is the dose. */
function amountContradicts(words: string, dose: unknown): boolean {
  const number = numberOf(field(dose, "value"))
  const unit = text(dose, "unit") ?? text(dose, "code")
  if (number === undefined || unit === undefined) return false
  const [of, size] = unitOf(unit)
  const named = amountsIn(words).filter((amount) => amount.of === of)
  return named.length > 0 && !named.some(({ amount }) => near(amount, number * size))
}

const daysOf: Readonly<Record<string, number>> = {
  s: 1 / 86_400,
  min: 1 / 1440,
  h: 1 / 24,
  d: 1,
  wk: 7,
  mo: 30,
  a: 365,
}
const counts: Readonly<Record<string, number>> = { once: 1, twice: 2, thrice: 3, one: 1, two: 2, three: 3, four: 4 }
const periods: readonly (readonly [days: number, words: RegExp])[] = [
  [
    1,
    /\b(daily|dly|every day|a day|per day|each day|nightly|every (?:morning|evening|night)|täglich|pro tag|al giorno|par jour|al día)\b|\/ ?d(?:ay)?\b|ημερησίως|την ημέρα|καθημερινά/i,
  ],
  [
    7,
    /\b(weekly|a week|per week|every week|each week|wöchentlich|pro woche|a settimana|par semaine|a la semana)\b|\/ ?w(?:ee)?k\b|την εβδομάδα/i,
  ],
  [30, /\b(monthly|a month|per month|every month|monatlich|pro monat)\b|τον μήνα/i],
]

/** How often the words say: exactly so often a day, or at least once in so many days. */
type InWords = { timesADay: number } | { onceInDays: number }

/** What words say of the frequency, where they say it plainly and in one way. */
function frequencyInWords(words: string): InWords | undefined {
  if (/\b(max|maximum|up to|at most|bis zu|except|not)\b|έως|μέγιστο/i.test(words)) return undefined
  const [only, another] = periods.filter(([, pattern]) => pattern.test(words))
  const every = /\bevery (\d{1,2})(\s?-\s?\d{1,2})? ?(h|hours?|days?|weeks?)\b/i.exec(words)
  if (every !== null) {
    const unit = { h: "h", d: "d", w: "wk" }[every[3]?.[0]?.toLowerCase() ?? ""] ?? "h"
    if (every[2] !== undefined || only !== undefined) return undefined
    return { timesADay: 1 / (Number(every[1]) * (daysOf[unit] ?? 1)) }
  }
  if (only === undefined || another !== undefined) return undefined
  const [days] = only
  const count = /\b(\d{1,2}|one|two|three|four) ?(?:times?|x|mal)\b|\b(once|twice|thrice)\b/i.exec(words)
  const said = (count?.[1] ?? count?.[2])?.toLowerCase()
  return said === undefined ? { onceInDays: days } : { timesADay: (counts[said] ?? Number(said)) / days }
}

/** Whether the words say another frequency than the timing: daily, and once a week. */
function timingContradicts(words: string, timing: unknown): boolean {
  const repeat = field(timing, "repeat")
  const unit = daysOf[text(repeat, "periodUnit") ?? ""]
  const frequency = numberOf(field(repeat, "frequency")) ?? 1
  const period = numberOf(field(repeat, "period"))
  if (unit === undefined || period === undefined || period <= 0 || frequency <= 0) return false
  if (field(repeat, "frequencyMax") !== undefined || field(repeat, "periodMax") !== undefined) return false
  const inWords = frequencyInWords(words)
  if (inWords === undefined) return false
  const coded = frequency / (period * unit)
  if ("timesADay" in inWords) return inWords.timesADay / coded > 1.2 || coded / inWords.timesADay > 1.2
  const times = coded * inWords.onceInDays
  // Daily may be twice a day. A week's medicine is not a day's.
  return times < 0.9 || (inWords.onceInDays > 1 && times >= inWords.onceInDays)
}

/** Whether a dosage says one thing in words and another in its structure. */
export function dosageContradicts(dosage: unknown): boolean {
  const words = [text(dosage, "text"), text(dosage, "patientInstruction")]
    .filter((part) => part !== undefined)
    .join(", ")
  if (words === "") return false
  return (
    list(dosage, "doseAndRate").some((dose) => amountContradicts(words, field(dose, "doseQuantity"))) ||
    timingContradicts(words, field(dosage, "timing"))
  )
}
