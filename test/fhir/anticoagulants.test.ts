import { describe, expect, test } from "vitest"
import all from "../../apps/shared/suggestions/all.ts"
import { isAnticoagulant } from "../../fhir/anticoagulants.ts"
import { readSummary } from "../../fhir/summary.ts"
import { items } from "./reading.ts"

const today = "2026-11-29"
const system = "http://fdasis.nlm.nih.gov"
const medicine = (code: object, more: object = {}) => ({
  resourceType: "MedicationStatement",
  status: "active",
  medicationCodeableConcept: code,
  ...more,
})
const judged = (...resources: object[]) => {
  const entry = resources.map((resource) => ({ resource }))
  const summary = readSummary({ resourceType: "Bundle", type: "collection", entry })
  return items(summary, "medications").map((item) => isAnticoagulant(item, today))
}

const anticoagulants =
  "Warfarin Acenocoumarol Apixaban Rivaroxaban Dabigatran Edoxaban Heparin Enoxaparin Tinzaparin Fondaparinux".split(
    " ",
  )

describe("an anticoagulant is recognized by", () => {
  const suggested = all.filter(({ names, kinds }) => kinds.includes("medicine") && anticoagulants.includes(names.en))

  test.each(suggested.map(({ names, code }) => [names.en, names.el, code] as const))(
    "%s, whether it is called so in English, in Greek or by its code alone",
    (en, el, code) => {
      const coded = { coding: [{ system: code?.system, code: code?.code }] }
      expect(judged(medicine({ text: en }), medicine({ text: el }), medicine(coded))).toEqual([true, true, true])
    },
  )

  test("each of those that patients are offered to choose from", () => {
    expect(suggested.map(({ names }) => names.en).toSorted()).toEqual(anticoagulants.toSorted())
  })

  test.each([
    "WARFARIN SODIUM 5 mg tablets",
    "Marcumar 3 mg",
    "Βαρφαρίνης νατριούχου δισκίο",
    "Enoxaparine sodique",
    "Sintrom",
    "low-molecular-weight heparin",
  ])("the product or form %s", (text) => {
    expect(judged(medicine({ text }))).toEqual([true])
  })

  test("the medication that an entry refers to, and its ingredient", () => {
    const medication = { resourceType: "Medication", id: "m", code: { text: "Blood thinner" } }
    const ingredient = [{ itemCodeableConcept: { text: "apixaban" } }]
    const referring = {
      resourceType: "MedicationStatement",
      status: "active",
      medicationReference: { reference: "Medication/m" },
    }
    expect(judged({ ...medication, ingredient }, referring)).toContain(true)
    expect(judged({ ...medication, code: { text: "Eliquis" } }, referring)).toContain(true)
  })
})

describe("what isn't taken as an anticoagulant is", () => {
  test.each(
    all
      .filter(({ names, kinds }) => kinds.includes("medicine") && !anticoagulants.includes(names.en))
      .map(({ names, synonyms, code }) => [names.en, [names.en, names.el, ...synonyms], code] as const),
  )("%s", (_name, names, code) => {
    const coded = { coding: [{ system: code?.system, code: code?.code, display: code?.display }] }
    expect(judged(...names.map((text) => medicine({ text })), medicine(coded))).not.toContain(true)
  })

  test("a heparinoid, a note about one, and a code of another system", () => {
    const note = [{ text: "replaces warfarin" }]
    const other = { coding: [{ system: "http://example.org", code: "5Q7ZVV76EI" }] }
    expect(
      judged(
        medicine({ text: "Heparinoid gel" }),
        medicine({ text: "Ηπαρινοειδή γέλη" }),
        medicine({ text: "Metformin" }, { note }),
        medicine(other),
      ),
    ).toEqual([false, false, false, false])
  })

  test.each([
    ["stopped", { status: "stopped" }],
    ["on hold", { status: "on-hold" }],
    ["not taken", { status: "not-taken" }],
    ["entered in error", { status: "entered-in-error" }],
    ["intended only", { status: "intended" }],
    ["over since a day", { effectivePeriod: { start: "2020", end: "2026-11-28" } }],
    ["over since a year", { effectivePeriod: { end: "2025" } }],
    ["said to be not taken by STU3's element", { taken: "n" }],
  ])("warfarin that is %s", (_what, more) => {
    expect(judged(medicine({ text: "Warfarin" }, more))).toEqual([false])
  })

  test("warfarin that must not be given", () => {
    const order = { ...medicine({ text: "Warfarin" }), resourceType: "MedicationRequest", intent: "order" }
    expect(judged({ ...order, doNotPerform: true })).toEqual([false])
    expect(judged(order)).toEqual([true])
  })
})

test.each(["2026", "2026-11", "2026-11-29", "2027-01-01T08:00:00Z"])(
  "warfarin whose end %s isn't over yet is an anticoagulant that is taken",
  (end) => {
    expect(judged(medicine({ text: "Warfarin" }, { effectivePeriod: { end } }))).toEqual([true])
  },
)

test("a medicine whose code of the same substance stands beside another name is an anticoagulant", () => {
  expect(judged(medicine({ text: "the blue pill", coding: [{ system, code: "5Q7ZVV76EI" }] }))).toEqual([true])
})
