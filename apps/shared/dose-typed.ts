import type { Amount } from "../../fhir/stated-summary.ts"

/** UCUM's codes of units that have one, by what people write in English and Greek. Others stand as written. */
const ucum: Readonly<Record<string, string>> = {
  mg: "mg",
  g: "g",
  ml: "mL",
  mL: "mL",
  "%": "%",
  mmol: "mmol",
  χιλιοστόγραμμα: "mg",
  γραμμάρια: "g",
}

/**
 * The amount that somebody wrote, `5 mg`, `0,5 tablet`, `2 puffs`: a decimal, then its unit. `undefined` for anything else, such as `half a tablet`,
 * `1-2 tablets` or `5 mg every morning`, which stands in the patient's words: nothing of it is guessed.
 */
export const amountTyped = (typed: string): Amount | undefined => {
  const [, value, unit] = /^(\d{1,7}(?:[.,]\d{1,6})?) ?(%|\p{L}{1,24}\.?)$/u.exec(typed.trim()) ?? []
  if (value === undefined || unit === undefined) return undefined
  const code = ucum[unit]
  return { value: value.replace(",", "."), unit, ...(code === undefined ? {} : { code }) }
}
