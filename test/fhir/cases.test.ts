import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { SectionKey } from "../../fhir/section-key.ts"
import type { SummaryMark } from "../../fhir/status.ts"
import { readSummary } from "../../fhir/summary.ts"
import { readTrends } from "../../fhir/trends.ts"
import { caseFile, items, labels, said, section, warnings } from "./reading.ts"

const read = (name: string) => readSummary(caseFile(`${name}.json`))
const seen = new Set<string>()
const first = (name: string, key: SectionKey) => {
  seen.add(`${name}.json`)
  return items(read(name), key)[0]
}

describe("negation and status, wherever a version puts them", () => {
  test.each<[string, SectionKey, SummaryMark, string]>([
    ["stu3-medstatement-taken-n", "medications", "not-taken", "Warfarin 5 mg"],
    ["dstu2-medstatement-wasNotTaken", "medications", "not-taken", "Warfarin 5 mg"],
    ["stu3-immunization-notGiven", "immunizations", "not-done", "Tetanus"],
    ["verif-coding-order-refuted", "allergies", "refuted", "Penicillin"],
    ["clinical-coding-order-resolved", "problems", "inactive", "Pneumonia"],
    ["condition-abated-no-status", "problems", "inactive", "Pneumonia"],
    ["med-intent-option", "medications", "planned", "Thrombolysis"],
    ["medstatement-intended", "medications", "planned", "Rivaroxaban"],
    ["modifierExtension-nested-in-dosage", "medications", "modified", "Fentanyl patch"],
  ])("%s: among the %s, marked %s", (name, key, mark, label) => {
    const item = first(name, key)
    expect(said(item).label).toBe(label)
    expect(item?.marks).toContain(mark)
  })
})

describe("parts of a dosage are all said", () => {
  test.each([
    ["freq-without-period", "8 IU, 3 ×, counted in days; in how many isn't stated"],
    ["frequency-max", "10 mg, 1–6 × per 4–6 hours"],
    ["bounds-duration", "40 mg, 1 × per day, for: 5 d"],
    ["dose-hidden-by-substring", "10 mg twice a day [1 g]"],
    ["dose-tablet-words", "take 12 tablets [1 tablet]"],
    ["text-vs-timing-contradiction", "one tablet daily [1 tablet, 1 × per week]"],
    ["dstu2-dose-simple", "15 mg, 1 × per week"],
    ["dstu2-medicationorder", "1 daily"],
    ["r5-reason-codeablereference", "for: cancer pain"],
  ])("%s: %s", (name, detail) => {
    expect(said(first(name, "medications")).detail).toBe(detail)
  })

  test.each(["dose-hidden-by-substring", "dose-tablet-words", "text-vs-timing-contradiction"])(
    "%s is warned of: words and structure differ",
    (name) => {
      expect(warnings(read(name))).toContain("dose-contradiction")
    },
  )
})

describe("facts in extensions, attachments, references", () => {
  test.each<[string, SectionKey, string, string | undefined]>([
    ["observation-bodysite-laterality", "problems", "Breast cancer", "where: Breast (side: Left)"],
    ["consent-attachment-dnr", "advance-directives", "Advance directive", "DNR form application/pdf"],
    ["substance-in-extension-ips", "allergies", "Penicillin", undefined],
    ["date-extension-data-absent", "problems", "not named (Condition/r71) not stated (masked)", undefined],
    [
      "family-history-deceased",
      "family-history",
      "brother",
      "sudden cardiac death, outcome: died; deceased: at age 35",
    ],
    ["r5-value-attachment-reference", "results", "Microbiology", "MRSA isolate"],
    ["r5-deviceusage", "devices", "Pacemaker", "where: chest"],
  ])("%s is told with what it refers to", (name, key, label, detail) => {
    const item = said(first(name, key))
    expect(item.label).toBe(label)
    if (detail !== undefined) expect(item.detail).toContain(detail)
  })

  test("what has no name because it is masked is warned of", () => {
    expect(warnings(read("date-extension-data-absent"))).toContain("item-unnamed")
  })
})

describe("numbers and dates stand as written", () => {
  test.each([
    ["quantity-big-number", "123456789 /mL"],
    ["quantity-precision", "1.2e-7 g/L"],
  ])("%s", (name, detail) => {
    expect(said(first(name, "results")).detail).toBe(detail)
  })

  test("nil-and-dates: impossible dates are said to be, and nobody's day is moved", () => {
    const summary = read("nil-and-dates")
    seen.add("nil-and-dates.json")
    expect(summary.warnings.find(({ code }) => code === "date-impossible")?.names).toEqual(["0001-01-01", "2023-02-31"])
    expect(items(summary, "medications")[0]?.when?.values).toEqual([
      { kind: "date", date: "2023-02-31", possible: false },
    ])
    expect(summary.document.date).toBe("0001-01-01T00:00:00Z")
  })

  test("nil-and-dates: none known beside words that add an allergy is not none", () => {
    const allergies = section(read("nil-and-dates"), "allergies")
    expect(allergies.state).toBe("narrative")
    expect(allergies.narrative).toEqual(["Severe reaction to latex 2019 (uncoded)"])
    expect(warnings(read("nil-and-dates"))).toEqual(
      expect.arrayContaining(["contradicting-absence", "narrative-additional"]),
    )
  })
})

describe("none known is said of what it is said of", () => {
  test("nested-nilknown-one-part: of food only", () => {
    seen.add("nested-nilknown-one-part.json")
    expect(section(read("nested-nilknown-one-part"), "allergies")).toMatchObject({
      state: "in-parts",
      parts: [
        { title: "Food", state: "none-known" },
        { title: "Medication", state: "not-stated" },
      ],
    })
  })

  test("four-negations: four negations, and no contradiction", () => {
    seen.add("four-negations.json")
    const summary = read("four-negations")
    expect(labels(summary, "allergies")).toEqual([
      "No known drug allergy",
      "No known food allergies",
      "No known environmental allergy",
      "No known allergy",
    ])
    expect(items(summary, "allergies").map(({ absence }) => absence?.of)).toEqual([
      "drug",
      "food",
      "environment",
      "all",
    ])
    expect(section(summary, "allergies").state).toBe("none-known")
    expect(warnings(summary)).not.toContain("contradicting-absence")
  })
})

describe("whose a statement is", () => {
  test("subject-dangling-single-patient: the patient's, and the loose reference is said once", () => {
    const item = first("subject-dangling-single-patient", "advance-directives")
    expect(said(item).label).toBe("Do not resuscitate")
    expect(item?.marks).toEqual([])
    const told = read("subject-dangling-single-patient").warnings.filter(({ code }) => code === "subject-unresolved")
    expect(told).toEqual([{ code: "subject-unresolved", names: ["Patient/unknown-77"], more: 0 }])
  })

  test("subject-absolute-url-same-id: the patient's", () => {
    expect(first("subject-absolute-url-same-id", "allergies")?.marks).toEqual([])
    expect(warnings(read("subject-absolute-url-same-id"))).toEqual(["section-missing"])
  })

  test("two-patients-lab: another person's potassium is marked, and in no trend", () => {
    seen.add("two-patients-lab.json")
    const summary = read("two-patients-lab")
    expect(items(summary, "results").map(({ marks }) => marks)).toEqual([[], ["other-patient"]])
    const [trend, another] = readTrends([{ summary, unreviewed: false }])
    expect(trend?.points.map(({ number }) => number)).toEqual(["4.1"])
    expect(another).toBeUndefined()
  })
})

describe("how documents really come", () => {
  test.each<[string, SectionKey, string[]]>([
    ["apple-health-single-allergy", "allergies", ["PENICILLIN G"]],
    ["array-of-resources", "allergies", ["Latex"]],
    ["bundle-in-bundle", "allergies", ["Latex"]],
    ["parameters-wrapping", "allergies", ["Latex"]],
  ])("%s is read", (name, key, expected) => {
    seen.add(`${name}.json`)
    expect(labels(read(name), key)).toEqual(expected)
  })

  test("bulk.ndjson is read line by line, with whom it is about", () => {
    seen.add("bulk.ndjson")
    const summary = readSummary(caseFile("bulk.ndjson"))
    expect(summary.patient?.name).toBe("Mia Muster")
    expect(labels(summary, "allergies")).toEqual(["Latex"])
  })

  test("apple-health-single-allergy says how grave it is, in DSTU2's codes", () => {
    expect(first("apple-health-single-allergy", "allergies")).toMatchObject({ criticality: "high" })
  })

  test("bundle-history-delete: what was deleted is no allergy of today", () => {
    expect(first("bundle-history-delete", "allergies")?.marks).toEqual(["deleted"])
    expect(warnings(read("bundle-history-delete"))).toContain("deleted")
  })

  test("section-mode-changes: what changed is not all there is", () => {
    seen.add("section-mode-changes.json")
    expect(section(read("section-mode-changes"), "medications").changesOnly).toBe(true)
    expect(warnings(read("section-mode-changes"))).toContain("section-changes")
  })

  test("security-label-restricted-test: test data is said to be", () => {
    seen.add("security-label-restricted-test.json")
    expect(warnings(read("security-label-restricted-test"))).toContain("test-data")
  })

  test("dstu2-argonaut-bundle is read as what it is", () => {
    seen.add("dstu2-argonaut-bundle.json")
    const summary = read("dstu2-argonaut-bundle")
    const all = summary.sections.flatMap(({ items }) => items.map((item) => [said(item).label, item.marks.join(" ")]))
    expect(all).toEqual([
      ["PENICILLIN G", ""],
      ["Aspirin", "refuted"],
      ["warfarin 5 MG Oral Tablet", ""],
      ["metoprolol 50 MG", "not-taken"],
      ["Hypertension", ""],
      ["Appendectomy", "not-done"],
      ["Report: CBC", ""],
      ["Blood group", ""],
      ["Influenza", "not-done"],
    ])
    expect(said(items(summary, "results")[1]).detail).toBe("0 Rh neg; note: checked twice")
    expect(summary.other).toEqual([])
  })
})

test("every case has its test", () => {
  expect(readdirSync(join(import.meta.dirname, "cases")).filter((name) => !seen.has(name))).toEqual([])
})
