import { codings } from "./fact.ts"

/** What a coded negation is about: all of its section, or a part. */
export type AbsenceOf = "all" | "drug" | "food" | "environment" | "latex" | "animal" | "insect"
export type AbsenceIn = "allergies" | "medications" | "problems" | "procedures" | "devices" | "immunizations"
/** `within`: what it denies, wherever it stands. */
export type Absence = { said: "none-known" | "no-information"; within: AbsenceIn; of: AbsenceOf }

const none = (within: AbsenceIn, of: AbsenceOf = "all"): Absence => ({ said: "none-known", within, of })

/** SNOMED CT's and IPS's codes that say there is nothing. */
const noneKnown: ReadonlyMap<string, Absence> = new Map([
  ["716186003", none("allergies")],
  ["160244002", none("allergies")],
  ["787481004", none("medications")],
  ["182849000", none("medications")],
  ["160245001", none("problems")],
  ["787480003", none("procedures")],
  ["787482006", none("immunizations")],
  ["787483001", none("devices")],
  ["no-known-allergies", none("allergies")],
  ["no-known-medications", none("medications")],
  ["no-known-problems", none("problems")],
  ["no-known-procedures", none("procedures")],
  ["no-known-devices", none("devices")],
  ["no-known-immunizations", none("immunizations")],
  ["409137002", none("allergies", "drug")],
  ["no-known-medication-allergies", none("allergies", "drug")],
  ["429625007", none("allergies", "food")],
  ["no-known-food-allergies", none("allergies", "food")],
  ["428607008", none("allergies", "environment")],
  ["no-known-environmental-allergies", none("allergies", "environment")],
  ["716184000", none("allergies", "latex")],
  ["1003774007", none("allergies", "latex")],
  ["716220001", none("allergies", "animal")],
  ["428197003", none("allergies", "insect")],
])
const noInformation: ReadonlyMap<string, AbsenceIn> = new Map([
  ["182904002", "medications"],
  ["no-allergy-info", "allergies"],
  ["no-medication-info", "medications"],
  ["no-problem-info", "problems"],
  ["no-procedure-info", "procedures"],
  ["no-device-info", "devices"],
  ["no-immunization-info", "immunizations"],
])

/** Whether a concept, instead of naming something, says that there is nothing, or that nothing is known. */
export function absenceIn(concept: unknown): Absence | undefined {
  for (const { code } of codings(concept)) {
    if (code === undefined) continue
    const found = noneKnown.get(code)
    if (found !== undefined) return found
    const open = noInformation.get(code)
    if (open !== undefined) return { said: "no-information", within: open, of: "all" }
  }
  return undefined
}
