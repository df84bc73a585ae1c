import { describe, expect, test } from "vitest"
import all from "../../apps/shared/suggestions/all.ts"
import { search } from "../../apps/shared/suggestions/search.ts"
import { namedBy, type SuggestionKind } from "../../apps/shared/suggestions/suggestion.ts"
import { checkStated } from "../../fhir/check-stated.ts"
import { emptyStated, newItemId } from "../../fhir/stated-summary.ts"

const found = (kind: SuggestionKind, typed: string) => search(all, kind, typed).map(({ names }) => names.en)

describe("the list of suggestions", () => {
  test("has some of every kind, and several hundred in all", () => {
    const count = (kind: SuggestionKind) => all.filter(({ kinds }) => kinds.includes(kind)).length
    expect(all.length).toBeGreaterThan(400)
    const least = { allergy: 250, medicine: 200, illness: 100, device: 30, vaccine: 25, reaction: 15 } as const
    for (const [kind, most] of Object.entries(least)) expect(count(kind as SuggestionKind)).toBeGreaterThan(most)
  })

  test.each(["en", "el"] as const)("has every name once within its kind: %s", (language) => {
    const seen = all.flatMap(({ kinds, names }) => kinds.map((kind) => `${kind} ${names[language].toLowerCase()}`))
    expect(seen.filter((name, index) => seen.indexOf(name) !== index)).toEqual([])
  })

  test("writes English in Latin letters, and Greek in Greek ones but for names, letters and numbers that Greek takes over", () => {
    expect(all.filter(({ names }) => /\p{Script=Greek}/u.test(names.en))).toEqual([])
    const latin = all.filter(({ names }) => !/\p{Script=Greek}/u.test(names.el)).map(({ names }) => names.el)
    expect(latin).toEqual(["COVID-19"])
    // Within a word, letters of both scripts look alike and are found by nobody.
    const mixed = all.filter(({ names }) =>
      /\p{Script=Greek}\p{Script=Latin}|\p{Script=Latin}\p{Script=Greek}/u.test(names.el),
    )
    expect(mixed).toEqual([])
  })

  test("has no synonym that is empty, a name of the same entry, or there twice", () => {
    for (const { names, synonyms } of all) {
      expect(synonyms).not.toContain("")
      const words = [...Object.values(names), ...synonyms].map((word) => word.toLowerCase())
      const same = names.en === names.el ? 1 : 0
      expect(new Set(words).size, names.en).toBe(words.length - same)
    }
  })

  const forms: Readonly<Record<string, RegExp>> = {
    "http://fdasis.nlm.nih.gov": /^[0-9A-Z]{10}$/,
    "http://hl7.org/fhir/sid/icd-10-cm": /^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$/,
    "http://hl7.org/fhir/sid/cvx": /^\d{2,3}$/,
  }
  test("has codes of the form that their system has, each with one meaning", () => {
    const coded = all.flatMap(({ code, names }) => (code === undefined ? [] : [{ ...code, name: names.en }]))
    for (const { system, code, display, name } of coded) {
      expect(code, name).toMatch(forms[system]!)
      expect(display, name).not.toBe("")
    }
    const codes = coded.map(({ system, code }) => `${system} ${code}`)
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([])
    expect(coded.length).toBeGreaterThan(350)
  })

  test("names items that a patient can state, in both languages", () => {
    const by = { origin: { from: "patient" }, on: "2026-11-28", status: "present", reactions: [] } as const
    for (const language of ["en", "el"] as const) {
      const items = all.map((one) => ({ ...by, id: newItemId(), what: namedBy(one, language) }))
      for (let from = 0; from < items.length; from += 100) {
        const part = {
          ...emptyStated(language, "2026-11-28"),
          allergies: { state: "listed", items: items.slice(from, from + 100) },
        }
        expect(checkStated(part)).toMatchObject({ outcome: "stated" })
      }
    }
  })
})

describe("a suggestion is found", () => {
  test.each([
    ["by the beginning of its name", "medicine", "warf", "Warfarin"],
    ["in Greek", "medicine", "Βαρφ", "Warfarin"],
    ["without accents and case", "allergy", "ΠΕΝΙΚΙΛΛΙΝΕΣ", "Penicillins"],
    ["by Greek typed on a Latin keyboard", "medicine", "barfarinh", "Warfarin"],
    ["by Latin typed on a Greek keyboard", "medicine", "παραψεταμολ", "Paracetamol"],
    ["by a word within its name", "illness", "fibrillation", "Atrial fibrillation"],
    ["by words in any order", "illness", "disease heart coronary", "Coronary heart disease"],
    ["by the name on the box", "medicine", "depon", "Paracetamol"],
    ["by what people call it", "illness", "ζάχαρο", "Type 2 diabetes"],
    ["by an accent that isn't there", "illness", "guillain-barre", "Guillain-Barré syndrome"],
  ] as const)("%s", (_how, kind, typed, name) => {
    expect(found(kind, typed)).toContain(name)
  })

  test("among its kind only", () => {
    expect(found("vaccine", "warfarin")).toEqual([])
    expect(found("allergy", "amoxicillin")).toContain("Amoxicillin")
  })

  test("its own name before a synonym of another", () => {
    expect(found("device", "stent").at(-1)).toBe("Aortic graft")
    expect(found("medicine", "insulin")[0]).toMatch(/^Insulin/)
  })

  test("eight at most, and none for what says nothing", () => {
    expect(found("medicine", "a")).toHaveLength(8)
    for (const nothing of ["", "  ", "-"]) expect(found("medicine", nothing)).toEqual([])
  })
})
