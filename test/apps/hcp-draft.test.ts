import { describe, expect, test } from "vitest"
import {
  categoryOf,
  type Draft,
  emptyDraft,
  entryOf,
  faultsOf,
  localMoment,
  numberIn,
  withOffset,
} from "../../apps/hcp/draft.ts"
import { measurements } from "../../apps/shared/measurements.ts"

const now = new Date("2026-11-26T10:00:00Z")
const draft = (part: Partial<Draft>): Draft => ({ ...emptyDraft(now), ...part })
const names = { measurement: "Blood pressure", systolic: "Systolic", diastolic: "Diastolic" }

describe("a draft of an addition", () => {
  test("says what is missing before it is signed", () => {
    expect(faultsOf(draft({}), now)).toEqual({ text: "missing" })
    expect(faultsOf(draft({ kind: "file" }), now)).toEqual({ file: "missing" })
    expect(faultsOf(draft({ kind: "medication" }), now)).toEqual({ medicine: "missing", dose: "missing" })
    expect(faultsOf(draft({ kind: "observation", value: "9o" }), now)).toEqual({
      value: "number",
      diastolic: "missing",
    })
    expect(faultsOf(draft({ kind: "observation", measurement: "other", value: "5,4" }), now)).toEqual({
      what: "missing",
    })
    expect(faultsOf(draft({ text: "all there" }), now)).toEqual({})
  })

  test("takes no moment that is none, or still to come", () => {
    const at = (moment: string) =>
      faultsOf(draft({ kind: "observation", measurement: "gcs", value: "15", at: moment }), now)
    expect(at("")).toEqual({ at: "moment" })
    expect(at("yesterday")).toEqual({ at: "moment" })
    expect(at(localMoment(new Date(now.getTime() + 3600_000)))).toEqual({ at: "moment" })
    expect(at(localMoment(now))).toEqual({})
  })

  test("writes a moment with this device's offset, the same moment", () => {
    for (const day of ["2026-01-15T13:07:00Z", "2026-07-15T23:59:00Z"]) {
      const written = withOffset(localMoment(new Date(day)))
      expect(written).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:00[+-]\d{2}:\d{2}$/)
      expect(Date.parse(written ?? "")).toBe(Date.parse(day))
    }
  })

  test("reads numbers with a point or a comma, and nothing else as one", () => {
    expect(["5.4", "5,4", " -3 ", "120"].map(numberIn)).toEqual([5.4, 5.4, -3, 120])
    expect(["", "5.4.1", "1e3", "∞", "5 mg", "1,000,000", "0x10"].map(numberIn)).toEqual(Array(7).fill(undefined))
  })

  test("becomes a measurement in the unit that was chosen", () => {
    const glucose = draft({ kind: "observation", measurement: "glucose", value: "5,4", unit: "mmol/L" })
    expect(entryOf(glucose, { ...names, measurement: "Blood glucose" }, now)).toMatchObject({
      name: "Blood glucose",
      code: { code: "15074-8" },
      value: { value: 5.4, unit: "mmol/L", code: "mmol/L" },
    })
    expect(entryOf({ ...glucose, unit: "" }, names, now)).toMatchObject({
      code: { code: "2339-0" },
      value: { unit: "mg/dL" },
    })
    const pressure = draft({ kind: "observation", value: "92", diastolic: "58", remark: "  lying " })
    expect(entryOf(pressure, names, now)).toMatchObject({
      parts: [
        { name: "Systolic", value: { value: 92 } },
        { name: "Diastolic", value: { value: 58 } },
      ],
      remark: "lying",
    })
  })

  test("goes where its kind belongs, of what the card opens", () => {
    expect(categoryOf(draft({}), ["summary", "document"])).toBe("document")
    expect(categoryOf(draft({ kind: "medication" }), ["summary", "document"])).toBe("document")
    expect(categoryOf(draft({ kind: "medication" }), ["medication", "document"])).toBe("medication")
    expect(categoryOf(draft({ category: "sensitive" }), ["document"])).toBe("document")
    expect(categoryOf(draft({ category: "laboratory" }), ["document", "laboratory"])).toBe("laboratory")
    const detected = { kind: "dicom", contentType: "application/dicom", category: "imaging" } as const
    const prepared = { file: new File(["DICM"], "ct.dcm"), detected }
    expect(categoryOf(draft({ kind: "file", prepared }), ["document", "imaging"])).toBe("imaging")
    expect(categoryOf(draft({}), [])).toBeUndefined()
  })

  test("has LOINC codes that differ for everything that is measured", () => {
    const codes = Object.values(measurements).flatMap((each) =>
      each.shape === "one"
        ? each.units.map(({ code }) => code.code)
        : each.shape === "pressure"
          ? [each.code.code, each.systolic.code.code, each.diastolic.code.code]
          : [],
    )
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(code).toMatch(/^\d{3,5}-\d$/)
  })
})
