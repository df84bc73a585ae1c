import { describe, expect, it } from "vitest"
import { amountTyped } from "../../apps/shared/dose-typed.ts"

describe("an amount that a patient types", () => {
  it.each([
    ["5 mg", { value: "5", unit: "mg", code: "mg" }],
    ["2,5 mg", { value: "2.5", unit: "mg", code: "mg" }],
    ["0.50mg", { value: "0.50", unit: "mg", code: "mg" }],
    ["10 ml", { value: "10", unit: "ml", code: "mL" }],
    ["1 tablet", { value: "1", unit: "tablet" }],
    ["2 δισκία", { value: "2", unit: "δισκία" }],
    ["40 χιλ.", { value: "40", unit: "χιλ." }],
  ])("%s is a number as written, and its unit", (typed, amount) => {
    expect(amountTyped(typed)).toEqual(amount)
  })

  it.each([
    "half a tablet",
    "1-2 tablets",
    "1/2 tablet",
    "5 mg every morning",
    "5",
    "mg",
    "1.000,5 mg",
    "5 mg/ml",
    "5 µg/h",
    "-5 mg",
    "5e3 mg",
    "",
  ])("%s stays in the patient's words: nothing of it is guessed", (typed) => {
    expect(amountTyped(typed)).toBeUndefined()
  })

  it("has no code where the unit is written in a way that could be another", () => {
    for (const unit of ["MG", "Mg", "G", "mcg", "units", "IU", "ie"])
      expect(amountTyped(`5 ${unit}`)).toEqual({ value: "5", unit })
  })
})
