import { describe, expect, test } from "vitest"
import { readSummary } from "../../fhir/summary.ts"
import { latestOf, readTrends } from "../../fhir/trends.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { sample, withoutSamples } from "../samples.ts"

const observation = (of: object) => ({
  resourceType: "Observation",
  status: "final",
  code: { coding: [{ system: "http://loinc.org", code: "2823-3", display: "Potassium" }] },
  effectiveDateTime: "2026-01-02",
  valueQuantity: { value: 4.9, unit: "mmol/l", system: "http://unitsofmeasure.org", code: "mmol/L" },
  ...of,
})
const reviewed = (...resources: object[]) => ({
  summary: readSummary({ resourceType: "Bundle", entry: resources.map((resource) => ({ resource })) }),
  unreviewed: false,
})

describe("results over time", () => {
  test("are in the order of their dates, the undated last", () => {
    const [trend] = readTrends([
      reviewed(
        observation({ effectiveDateTime: undefined, valueQuantity: { value: 1, unit: "mmol/l" } }),
        observation({ effectiveDateTime: "2026-03", valueQuantity: { value: 3, unit: "mmol/l" } }),
        observation({ effectiveDateTime: "2025", valueQuantity: { value: 2, unit: "mmol/l" } }),
        observation({ effectiveDateTime: "last spring", valueQuantity: { value: 0, unit: "mmol/l" } }),
      ),
    ])
    expect(trend?.points.map(({ value }) => value)).toEqual([2, 3, 1, 0])
    expect(trend && latestOf(trend)).toMatchObject({ value: 3, date: "2026-03" })
  })

  test("never mix units", () => {
    const trends = readTrends([
      reviewed(observation({}), observation({ valueQuantity: { value: 19.2, unit: "mg/dl" } })),
    ])
    expect(trends.map(({ unit, points, alsoInOtherUnits }) => [unit, points.length, alsoInOtherUnits])).toEqual([
      ["mmol/l", 1, true],
      ["mg/dl", 1, true],
    ])
  })

  test("leave out what was entered in error or cancelled, and what is no number", () => {
    expect(
      readTrends([
        reviewed(
          observation({ status: "entered-in-error" }),
          observation({ status: "cancelled" }),
          observation({ valueQuantity: { value: "4.9", unit: "mmol/l" } }),
          observation({ valueQuantity: undefined, valueString: "haemolysed" }),
        ),
      ]),
    ).toEqual([])
  })

  test("judge a value by what the laboratory said, else by its own range", () => {
    const range = (low?: number, high?: number) => [
      {
        ...(low === undefined ? {} : { low: { value: low, unit: "mmol/l" } }),
        ...(high === undefined ? {} : { high: { value: high, unit: "mmol/l" } }),
      },
    ]
    const flagged = (of: object) => readTrends([reviewed(observation(of))])[0]?.points[0]
    expect(flagged({ referenceRange: range(3.5, 5.1) })).toMatchObject({ low: 3.5, high: 5.1, flag: "normal" })
    expect(flagged({ referenceRange: range(5) })).toMatchObject({ low: 5, flag: "low" })
    expect(flagged({ referenceRange: range(undefined, 4) })).toMatchObject({ high: 4, flag: "high" })
    expect(flagged({ referenceRange: range(3.5, 5.1), interpretation: [{ coding: [{ code: "HH" }] }] })?.flag).toBe(
      "high",
    )
    expect(flagged({})?.flag).toBeUndefined()
  })

  test("take no band from a range of another unit, upside down, of a special population, or of several", () => {
    const points = (referenceRange: object[]) => readTrends([reviewed(observation({ referenceRange }))])[0]?.points[0]
    for (const ranges of [
      [{ low: { value: 14, unit: "mg/dl", code: "mg/dL" } }],
      [{ low: { value: 6 }, high: { value: 3 } }],
      [{ low: { value: 3.5 }, appliesTo: [{ text: "pregnant" }] }],
      [{ low: { value: 3.5 } }, { low: { value: 4 } }],
    ]) {
      const point = points(ranges)
      expect([point?.low, point?.high, point?.flag]).toEqual([undefined, undefined, undefined])
    }
  })

  test("read a range in words where it is plain numbers, and keep other words as they are", () => {
    const point = (text: string) => readTrends([reviewed(observation({ referenceRange: [{ text }] }))])[0]?.points[0]
    expect(point("3.5 - 5.1")).toMatchObject({ low: 3.5, high: 5.1, flag: "normal" })
    expect(point("3.5–4.2")).toMatchObject({ high: 4.2, flag: "high" })
    expect(point("less than 5 if fasting")).toMatchObject({ rangeWords: "less than 5 if fasting" })
    for (const text of ["less than 5 if fasting", "NA", "5-10-15", "-3 - 5"]) {
      expect([text, point(text)?.low, point(text)?.flag]).toEqual([text, undefined, undefined])
    }
    expect(point("NA")?.rangeWords).toBeUndefined()
  })

  test("count the same value of the same moment once, and say what the patient has not reviewed", () => {
    const trends = readTrends([
      reviewed(observation({})),
      { ...reviewed(observation({}), observation({ effectiveDateTime: "2026-02-02" })), unreviewed: true },
    ])
    expect(trends[0]?.points.map(({ date, unreviewed }) => [date, unreviewed])).toEqual([
      ["2026-01-02", false],
      ["2026-02-02", true],
    ])
  })

  test("keep that a value is only a bound", () => {
    const [trend] = readTrends([reviewed(observation({ valueQuantity: { value: 5, comparator: "<", unit: "mg/l" } }))])
    expect(trend?.points[0]).toMatchObject({ value: 5, comparator: "<" })
  })

  test("come out of parts too, each with its own name", () => {
    const names = readTrends([{ summary: readSummary(eleniPapadaki), unreviewed: false }]).map(({ name }) => name)
    expect(names).toContain("Potassium")
    expect(names.filter((name) => /pressure/i.test(name)).length).toBe(2)
  })

  test.skipIf(withoutSamples)("come out of a real document with many of them", () => {
    const trends = readTrends([
      { summary: readSummary(sample("ipsviewer-NZ_Peter_Jordan_NNJ9186.json")), unreviewed: false },
    ])
    const long = trends.filter(({ points }) => points.length > 2)
    expect(long.length).toBeGreaterThan(3)
    for (const { points } of long) {
      const times = points.flatMap(({ time }) => time ?? [])
      expect(times).toEqual(times.toSorted((a, b) => a - b))
    }
  })

  test("are none, and no exception, in what is no document", () => {
    for (const content of [
      undefined,
      7,
      "not json",
      new Uint8Array([0xff]),
      { entry: "x" },
      { entry: [{ resource: [] }] },
    ])
      expect(readTrends([{ summary: readSummary(content), unreviewed: false }])).toEqual([])
  })
})
