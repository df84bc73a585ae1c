import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseFhir, plainNumbers } from "../../fhir/parse.ts"
import type { SectionKey } from "../../fhir/section-key.ts"
import type { SummaryMark } from "../../fhir/status.ts"
import { readSummary } from "../../fhir/summary.ts"
import { readTrends } from "../../fhir/trends.ts"
import { items, labels, said, section, warnings } from "./reading.ts"

const patient = {
  resourceType: "Patient",
  id: "p",
  name: [{ family: "Muster", given: ["Mia"] }],
  identifier: [{ system: "urn:oid:1.2.3", value: "77" }],
  birthDate: "1980-05-05",
}
const ofPatient = { subject: { reference: "Patient/p" } }
const bundle = (...resources: object[]) => ({
  resourceType: "Bundle",
  type: "collection",
  entry: [patient, ...resources].map((resource) => ({ resource })),
})
const read = (...resources: object[]) => readSummary(JSON.stringify(bundle(...resources)))
const marks = (key: SectionKey, resource: object) => items(read(resource), key)[0]?.marks

describe("negation and status", () => {
  const medicine = {
    resourceType: "MedicationStatement",
    ...ofPatient,
    medicationCodeableConcept: { text: "Warfarin" },
  }
  test.each<[string, SectionKey, object, SummaryMark]>([
    ["R4's status not-taken", "medications", { ...medicine, status: "not-taken" }, "not-taken"],
    [
      "R5's adherence",
      "medications",
      { ...medicine, status: "recorded", adherence: { code: { coding: [{ code: "not-taking" }] } } },
      "not-taken",
    ],
    [
      "R5's stopped adherence",
      "medications",
      {
        ...medicine,
        status: "recorded",
        adherence: { code: { coding: [{ system: "urn:x", code: "1" }, { code: "stopped" }] } },
      },
      "inactive",
    ],
    ["STU3's taken unknown", "medications", { ...medicine, status: "active", taken: "unk" }, "unconfirmed"],
    [
      "DSTU2's wasNotGiven",
      "medications",
      { ...medicine, resourceType: "MedicationAdministration", status: "completed", wasNotGiven: true },
      "not-done",
    ],
    [
      "STU3's notGiven of a medicine",
      "medications",
      { ...medicine, resourceType: "MedicationAdministration", status: "completed", notGiven: true },
      "not-done",
    ],
    [
      "STU3's dispense that wasn't done",
      "medications",
      { ...medicine, resourceType: "MedicationDispense", status: "completed", notDone: true },
      "not-done",
    ],
    [
      "STU3's procedure that wasn't done",
      "procedures",
      { resourceType: "Procedure", ...ofPatient, status: "completed", notDone: true, code: { text: "Appendectomy" } },
      "not-done",
    ],
    [
      "STU3's family history that wasn't taken",
      "family-history",
      { resourceType: "FamilyMemberHistory", status: "completed", notDone: true, relationship: { text: "mother" } },
      "not-done",
    ],
    [
      "an order not to give",
      "medications",
      { ...medicine, resourceType: "MedicationRequest", status: "active", intent: "order", doNotPerform: true },
      "do-not-give",
    ],
    [
      "a refutation in SNOMED CT alone",
      "allergies",
      {
        resourceType: "AllergyIntolerance",
        code: { text: "Nuts" },
        verificationStatus: { coding: [{ system: "http://snomed.info/sct", code: "723511001" }] },
      },
      "refuted",
    ],
    [
      "a refutation in words alone",
      "allergies",
      { resourceType: "AllergyIntolerance", code: { text: "Nuts" }, verificationStatus: { text: "Refuted" } },
      "refuted",
    ],
    [
      "an error in capitals with an underscore",
      "allergies",
      {
        resourceType: "AllergyIntolerance",
        code: { text: "Nuts" },
        verificationStatus: { coding: [{ code: "ENTERED_IN_ERROR" }] },
      },
      "entered-in-error",
    ],
    [
      "a plan",
      "medications",
      { ...medicine, resourceType: "MedicationRequest", status: "active", intent: "plan" },
      "planned",
    ],
    [
      "a draft",
      "medications",
      { ...medicine, resourceType: "MedicationRequest", status: "draft", intent: "order" },
      "planned",
    ],
  ])("%s is found", (_name, key, resource, mark) => {
    expect(marks(key, resource)).toContain(mark)
  })

  test("what says no to a negation is no negation, and is shown", () => {
    const [item] = items(read({ ...medicine, status: "active", wasNotTaken: false }), "medications")
    expect(item?.marks).toEqual([])
    expect(said(item).detail).toContain("no")
  })

  test("a coding of FHIR's is found at any place among others", () => {
    const other = fc.record({
      system: fc.constant<string>("urn:other"),
      code: fc.string({ minLength: 1, maxLength: 5, unit: fc.constantFrom("0", "1", "2") }),
    })
    fc.assert(
      fc.property(fc.array(other, { maxLength: 4 }), fc.nat(4), (others, at) => {
        const coding = [...others].toSpliced(at, 0, { system: "http://terminology.hl7.org/x", code: "refuted" })
        const allergy = { resourceType: "AllergyIntolerance", code: { text: "Nuts" }, verificationStatus: { coding } }
        expect(marks("allergies", allergy)).toContain("refuted")
      }),
    )
  })

  test("a modifier that isn't known is found at any depth", () => {
    const modifier = { modifierExtension: [{ url: "urn:not", valueBoolean: true }] }
    fc.assert(
      fc.property(fc.array(fc.constantFrom("dosage", "reaction", "x", "extension"), { maxLength: 8 }), (path) => {
        const nested = path.reduceRight<object>((inner, name) => ({ [name]: [inner] }), modifier)
        expect(marks("allergies", { resourceType: "AllergyIntolerance", code: { text: "Nuts" }, ...nested })).toContain(
          "modified",
        )
      }),
    )
  })

  test("a modifier of the medicine that a statement refers to is the statement's", () => {
    const drug = {
      resourceType: "Medication",
      id: "d",
      code: { text: "Fentanyl" },
      modifierExtension: [{ url: "urn:not" }],
    }
    const statement = {
      resourceType: "MedicationStatement",
      ...ofPatient,
      status: "active",
      medicationReference: { reference: "Medication/d" },
    }
    expect(items(read(statement, drug), "medications")[0]?.marks).toContain("modified")
  })
})

const hasNamelessMember = (value: unknown): boolean =>
  typeof value === "object" && value !== null && ("" in value || Object.values(value).some(hasNamelessMember))

describe("numbers", () => {
  test("of any form are said as they were written", () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,24})(\.\d{1,12})?([eE][+-]?\d{1,2})?$/)
    fc.assert(
      fc.property(digits, (number) => {
        const json = `{"resourceType":"Observation","code":{"text":"x"},"valueQuantity":{"value":${number},"unit":"mg"}}`
        expect(said(items(readSummary(json), "results")[0]).detail).toBe(`${number} mg`)
      }),
    )
  })

  test("stand in the trend as they were written, too", () => {
    const json = `{"resourceType":"Observation","code":{"text":"x"},"valueQuantity":{"value":1.50,"unit":"mg"}}`
    const [trend] = readTrends([{ summary: readSummary(json), unreviewed: false }])
    expect(trend?.points).toMatchObject([{ number: "1.50", value: 1.5 }])
  })

  test("are taken from JSON of any shape, and no other text is taken for one", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value)
        const parsed = parseFhir(json)
        if (hasNamelessMember(JSON.parse(json))) expect(parsed.outcome).toBe("not-json")
        else expect(parsed.outcome === "parsed" && plainNumbers(parsed.value)).toEqual(JSON.parse(json))
      }),
      { examples: [[{ "": "0" }], [[{ a: { "": "1.50", b: 2 } }]], [{ a: "", b: { '"': ":" } }]] },
    )
  })

  test.each(['{"value":{"":"0"}}', '{"" : "0"}', '{"a":1,""\n:2}', '{"a":1}\n{"":"1"}'])(
    "%j, with a member that has no name, is not FHIR, and its text no number",
    (json) => {
      expect(parseFhir(json).outcome).toBe("not-json")
    },
  )

  test.each(["01", "1.", ".5", "+1", "1e", "- 1", "0x1", "[1 2]", '{1:"a"}', "NaN"])("%s is no JSON", (json) => {
    expect(parseFhir(json).outcome).toBe("not-json")
  })
})

describe("dates", () => {
  test.each(["2023-02-31", "2023-02-29", "2024-13-01", "0001-01-01", "9999-12-31", "2024-01-01T25:00:00Z"])(
    "%s stands as written, and is said to be impossible",
    (date) => {
      const summary = read({ resourceType: "Condition", ...ofPatient, code: { text: "Gout" }, onsetDateTime: date })
      expect(said(items(summary, "problems")[0]).onset).toBe(`${date} (as written; not a possible date)`)
      expect(warnings(summary)).toContain("date-impossible")
    },
  )

  test.each(["2024-02-29", "1999", "1999-12", "2024-01-01T12:30:00.123+02:00"])("%s is possible", (date) => {
    const summary = read({ resourceType: "Condition", ...ofPatient, code: { text: "Gout" }, onsetDateTime: date })
    expect(said(items(summary, "problems")[0]).onset).toBe(date)
    expect(warnings(summary)).not.toContain("date-impossible")
  })
})

describe("words of a dose against its structure", () => {
  const dosage = (text: string, dose: object, repeat?: object) => ({
    resourceType: "MedicationStatement",
    ...ofPatient,
    status: "active",
    medicationCodeableConcept: { text: "X" },
    dosage: [{ text, doseAndRate: [{ doseQuantity: dose }], ...(repeat === undefined ? {} : { timing: { repeat } }) }],
  })
  const mg = (value: number) => ({ value, unit: "mg" })
  const daily = (frequency: number) => ({ frequency, period: 1, periodUnit: "d" })
  test.each<[string, object, object | undefined]>([
    ["0.5 g at night", mg(50), undefined],
    ["100 micrograms daily", mg(100), undefined],
    ["2 tablets", { value: 1, unit: "tablet(s)" }, undefined],
    ["once a week", mg(10), daily(1)],
    ["twice daily", mg(10), daily(1)],
    ["every 8 hours", mg(10), daily(1)],
    ["daily", mg(10), { frequency: 1, period: 1, periodUnit: "mo" }],
  ])("%s and %j %j differ", (text, dose, repeat) => {
    expect(warnings(read(dosage(text, dose, repeat)))).toContain("dose-contradiction")
  })

  test.each<[string, object, object | undefined]>([
    ["0.5 g at night", mg(500), undefined],
    ["500 micrograms", mg(0.5), undefined],
    ["2 tablets", { value: 2, unit: "tablet" }, undefined],
    ["1 cps, 200mg x 2 die", mg(200), daily(2)],
    ["every 8 hours", mg(10), daily(3)],
    ["1 in the morning and 1 in the evening, daily", mg(10), daily(2)],
    ["up to 4 times a day", mg(10), daily(1)],
    ["once a week", mg(10), { frequency: 1, period: 7, periodUnit: "d" }],
    ["as directed", mg(10), daily(4)],
  ])("%s and %j %j don't", (text, dose, repeat) => {
    expect(warnings(read(dosage(text, dose, repeat)))).not.toContain("dose-contradiction")
  })

  test("of both, nothing is left out", () => {
    const [item] = items(read(dosage("5 mg in the morning", mg(5), daily(1))), "medications")
    expect(said(item).detail).toBe("5 mg in the morning [5 mg, 1 × per day]")
  })
})

describe("none known", () => {
  const allergies = (...sections: object[]) => ({
    ...bundle(),
    type: "document",
    entry: [
      {
        resource: {
          resourceType: "Composition",
          type: { coding: [{ code: "60591-5" }] },
          subject: { reference: "Patient/p" },
          section: sections.map((each) => ({ code: { coding: [{ code: "48765-2" }] }, ...each })),
        },
      },
      { resource: patient },
    ],
  })
  const empty = (code: string) => ({ emptyReason: { coding: [{ code }] } })
  test("in every part is still of those parts only", () => {
    const parts = {
      section: [
        { title: "Food", ...empty("nilknown") },
        { title: "Drugs", ...empty("nilknown") },
      ],
    }
    expect(section(readSummary(allergies(parts)), "allergies").state).toBe("in-parts")
  })

  test("of one of two sections of a kind isn't said of both", () => {
    const found = section(readSummary(allergies(empty("nilknown"), empty("withheld"))), "allergies")
    expect(found.state).toBe("not-stated")
    expect(found.parts).toHaveLength(2)
  })

  test("among changes means that nothing changed", () => {
    expect(section(readSummary(allergies({ mode: "changes", ...empty("nilknown") })), "allergies").state).not.toBe(
      "none-known",
    )
  })

  test("of another person is not of the patient", () => {
    const none = { coding: [{ code: "716186003" }] }
    const summary = read(
      { resourceType: "Patient", id: "q" },
      { resourceType: "AllergyIntolerance", patient: { reference: "Patient/q" }, code: none },
    )
    expect(section(summary, "allergies").state).not.toBe("none-known")
  })

  test("that is refuted, or of another kind, is not said", () => {
    const refuted = {
      resourceType: "AllergyIntolerance",
      patient: { reference: "Patient/p" },
      code: { coding: [{ code: "716186003" }] },
      verificationStatus: { coding: [{ code: "refuted" }] },
    }
    expect(section(read(refuted), "allergies").state).not.toBe("none-known")
    const elsewhere = {
      resourceType: "Condition",
      ...ofPatient,
      code: { coding: [{ code: "182849000", display: "No drug therapy" }] },
    }
    expect(section(read(elsewhere), "problems").state).toBe("listed")
  })
})

describe("whose a statement is", () => {
  const potassium = (about: object) => ({
    resourceType: "Observation",
    status: "final",
    code: { text: "Potassium" },
    valueQuantity: { value: 7.9, unit: "mmol/L" },
    ...about,
  })
  test.each([
    ["a relative", { subject: { reference: "RelatedPerson/mother" } }],
    ["a group", { subject: { type: "Group", reference: "urn:uuid:1" } }],
    ["somebody of another name", { subject: { reference: "Patient/9", display: "Max Other" } }],
    ["another number of the same kind", { subject: { identifier: { system: "urn:oid:1.2.3", value: "78" } } }],
    ["a fetus", { ...ofPatient, focus: [{ display: "fetus" }] }],
  ])("%s: marked, and in no trend", (_name, about) => {
    const summary = read(potassium(about))
    expect(items(summary, "results")[0]?.marks).toContain("other-patient")
    expect(readTrends([{ summary, unreviewed: false }])).toEqual([])
  })

  test.each([
    ["an address that leads nowhere", { subject: { reference: "Patient/9" } }],
    ["the patient's name", { subject: { reference: "urn:uuid:9", display: "MUSTER, Mia (DOB 1980)" } }],
    ["the patient's number", { subject: { identifier: { system: "urn:oid:1.2.3", value: "77" } } }],
    ["the patient's id on a server", { subject: { reference: "https://a.example/fhir/Patient/p/_history/2" } }],
  ])("%s: the patient's", (_name, about) => {
    expect(items(read(potassium(about)), "results")[0]?.marks).toEqual([])
  })

  test("where two patients stand in a document of nobody's, no value is in a trend", () => {
    const summary = read({ resourceType: "Patient", id: "q" }, potassium(ofPatient))
    expect(items(summary, "results")[0]?.marks).toContain("subject-unclear")
    expect(readTrends([{ summary, unreviewed: false }])).toEqual([])
  })
})

describe("how documents come", () => {
  const allergy = (more: object = {}) => ({
    resourceType: "AllergyIntolerance",
    id: "a",
    patient: { reference: "Patient/p" },
    code: { text: "Latex" },
    ...more,
  })
  const json = JSON.stringify(bundle(allergy()))
  const utf16 = (text: string, little: boolean, mark: boolean) => {
    const units = Array.from((mark ? "\ufeff" : "") + text, (character) => character.charCodeAt(0))
    return Uint8Array.from(units.flatMap((unit) => (little ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255])))
  }
  test.each([
    ["UTF-8 with a mark", new TextEncoder().encode(`\ufeff${json}`)],
    ["UTF-16, little end first", utf16(json, true, true)],
    ["UTF-16, big end first, without a mark", utf16(json, false, false)],
  ])("%s is read", (_name, bytes) => {
    expect(labels(readSummary(bytes), "allergies")).toEqual(["Latex"])
    expect(warnings(readSummary(bytes))).not.toContain("characters-replaced")
  })

  test("of the versions of a history, in whichever order, the latest holds", () => {
    const versions = [1, 2, 3].map((version) =>
      allergy({ meta: { versionId: String(version) }, code: { text: `v${version}` } }),
    )
    fc.assert(
      fc.property(fc.shuffledSubarray(versions, { minLength: 3 }), (order) => {
        const summary = readSummary({ ...bundle(...order), type: "history" })
        const holding = items(summary, "allergies").filter((item) => item.marks.length === 0)
        expect(holding.map((item) => said(item).label)).toEqual(["v3"])
        expect(items(summary, "allergies")).toHaveLength(3)
      }),
    )
  })

  test("what a history made anew after deleting it holds", () => {
    const anew = allergy({ meta: { lastUpdated: "2024-05-01T00:00:00Z" } })
    const deletion = {
      request: { method: "DELETE", url: "AllergyIntolerance/a" },
      response: { lastModified: "2024-01-01T00:00:00Z" },
    }
    const whole = bundle(anew)
    expect(
      items(readSummary({ ...whole, type: "history", entry: [...whole.entry, deletion] }), "allergies")[0]?.marks,
    ).toEqual([])
  })

  test("a deletion of what isn't there is said", () => {
    const deletion = { request: { method: "DELETE", url: "AllergyIntolerance/gone" } }
    const summary = readSummary({ ...bundle(), type: "transaction", entry: [...bundle().entry, deletion] })
    expect(summary.warnings.find(({ code }) => code === "deleted")?.names).toEqual(["AllergyIntolerance/gone"])
  })

  test("two documents of one patient in a bundle are about one patient", () => {
    const inner = { ...bundle(allergy()), type: "document" }
    const both = { resourceType: "Bundle", type: "collection", entry: [{ resource: inner }, { resource: inner }] }
    expect(readSummary(both).patient?.name).toBe("Mia Muster")
    expect(warnings(readSummary(both))).not.toContain("several-patients")
  })

  test("what a List says was taken off it doesn't hold", () => {
    const taken = {
      resourceType: "List",
      status: "current",
      mode: "changes",
      entry: [{ deleted: true, item: { reference: "AllergyIntolerance/a" } }],
    }
    const summary = read(allergy(), taken)
    expect(items(summary, "allergies")[0]?.marks).toEqual(["deleted"])
    expect(warnings(summary)).toContain("section-changes")
  })

  test.each([
    ["restricted", { security: [{ code: "V", display: "very restricted" }] }, "restricted"],
    ["incomplete", { tag: [{ code: "SUBSETTED" }] }, "subsetted"],
    [
      "a test",
      { security: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ActReason", code: "HTEST" }] },
      "test-data",
    ],
  ])("a label that says %s is said", (_name, meta, code) => {
    expect(warnings(read(allergy({ meta })))).toContain(code)
  })

  test("hostile ones do no harm", () => {
    const deep = `${'{"resourceType":"Bundle","entry":[{"resource":'.repeat(2_000)}{}${"}]}".repeat(2_000)}`
    expect(warnings(readSummary(deep))).toEqual(["too-deep"])
    const polluted = `{"resourceType":"AllergyIntolerance","__proto__":{"criticality":"high"},"constructor":{"x":"y"},"code":{"text":"Latex","__proto__":{"text":"no"}}}`
    const summary = readSummary(polluted)
    expect(labels(summary, "allergies")[0]).toMatch(/^Latex/)
    expect(items(summary, "allergies")[0]).not.toHaveProperty("criticality", "high")
    expect(({} as Record<string, unknown>)["criticality"]).toBeUndefined()
  })
})
