import type { Amount, StatedDose } from "./stated-summary.ts"
import type { JsonObject } from "./value.ts"

export const ucum = "http://unitsofmeasure.org"

/** A quantity whose number stands as it was written. */
export const quantity = ({ value, unit, code }: Amount): JsonObject => ({
  value: { "": value },
  unit,
  ...(code === undefined ? {} : { system: ucum, code }),
})

/** A dose as FHIR's Dosage, without a place in a sequence: a medicine's doses hold side by side. */
export const dosageOf = (dose: StatedDose): JsonObject => {
  const { asWritten, amount, asNeeded, atMost, route } = dose
  const repeat = repeatOf(dose)
  return {
    ...(asWritten === undefined ? {} : { text: asWritten }),
    ...(repeat === undefined ? {} : { timing: { repeat } }),
    ...(asNeeded === undefined
      ? {}
      : asNeeded === true
        ? { asNeededBoolean: true }
        : { asNeededCodeableConcept: { text: asNeeded } }),
    ...(route === undefined ? {} : { route: { text: route } }),
    ...(amount === undefined ? {} : { doseAndRate: [{ doseQuantity: quantity(amount) }] }),
    ...(atMost === undefined
      ? {}
      : {
          maxDosePerPeriod: {
            numerator: quantity(atMost.amount),
            denominator: quantity({ value: String(atMost.every), unit: atMost.unit, code: atMost.unit }),
          },
        }),
  }
}

function repeatOf({ often, times, days }: StatedDose): JsonObject | undefined {
  if (often === undefined && times === undefined && days === undefined) return undefined
  return {
    ...(often === undefined ? {} : { frequency: often.times, period: often.every, periodUnit: often.unit }),
    ...(days === undefined ? {} : { dayOfWeek: days }),
    ...(times?.by === "clock" ? { timeOfDay: times.at.map((at) => `${at}:00`) } : {}),
    ...(times?.by === "moment" ? { when: times.at } : {}),
  }
}
