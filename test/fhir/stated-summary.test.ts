import { describe, expect, test } from "vitest"
import { checkStated } from "../../fhir/check-stated.ts"
import { confirmationDue, missing } from "../../fhir/missing.ts"
import { emptyStated, newItemId, type StatedMedicine, type StatedSummary } from "../../fhir/stated-summary.ts"

const today = "2026-11-28"
const empty = emptyStated("el", today)
const stated = { origin: { from: "patient" }, on: today } as const
const aspirin = (over: Partial<StatedMedicine> = {}): StatedMedicine => ({
  ...stated,
  id: newItemId(),
  what: { text: "Aspirin", codes: [] },
  status: "taking",
  doses: [{ amount: { value: "100", unit: "mg" } }],
  ...over,
})
const withMedicine = (medicine: unknown): unknown => ({ ...empty, medicines: { state: "listed", items: [medicine] } })
const refusedAt = (value: unknown) => {
  const checked = checkStated(value)
  return checked.outcome === "refused" ? checked.at : []
}

describe("a stated summary is checked", () => {
  test("one that states nothing is right", () => {
    expect(checkStated(empty)).toEqual({ outcome: "stated", stated: empty })
  })

  test("it is plain JSON: it survives being kept as text", () => {
    const full = withMedicine(aspirin({ since: "2019", note: "with water" }))
    expect(checkStated(JSON.parse(JSON.stringify(full)))).toEqual({ outcome: "stated", stated: full })
  })

  test.each([
    ["an empty list of items", { ...empty, medicines: { state: "listed", items: [] } }, "medicines.items.0"],
    ["a field too many", { ...empty, height: 180 }, "height"],
    ["a date that no calendar has", { ...empty, birthDate: "1948-02-30" }, "birthDate"],
    ["a moment instead of a day", { ...empty, lastConfirmed: "2026-11-28T10:00:00Z" }, "lastConfirmed"],
    ["a medicine without a name", withMedicine(aspirin({ what: { text: "", codes: [] } })), "what.text"],
    ["two lines in one text", withMedicine(aspirin({ note: "one\ntwo" })), "note"],
    ["a text that turns its direction", withMedicine(aspirin({ note: "a\u202eb" })), "note"],
    ["a number as an amount", withMedicine({ ...aspirin(), doses: [{ amount: { value: 100, unit: "mg" } }] }), "value"],
    ["a decimal comma", withMedicine(aspirin({ doses: [{ amount: { value: "0,5", unit: "mg" } }] })), "value"],
    ["a dose that says nothing", withMedicine(aspirin({ doses: [{}] })), "doses.0.asWritten"],
    ["an hour that no day has", withMedicine(aspirin({ doses: [{ times: { by: "clock", at: ["24:00"] } }] })), "at.0"],
    ["an id of another form", withMedicine(aspirin({ id: "1" })), "id"],
    ["an unknown status", withMedicine({ ...aspirin(), status: "active" }), "status"],
    ["an origin without a name", withMedicine({ ...aspirin(), origin: { from: "professional" } }), "origin.name"],
    ["the end of what still is", { ...empty, illnesses: { state: "listed", items: [illness] } }, "until"],
    ["none known that nobody said", { ...empty, devices: { state: "none-known" } }, "devices.origin"],
    ["a picture that is a program", { ...empty, photo: { contentType: "image/svg+xml", data: "AAAA" } }, "contentType"],
    ["nothing at all", null, ""],
  ])("%s is refused where it stands", (_what, value, where) => {
    expect(refusedAt(value).some((at) => at.endsWith(where))).toBe(true)
  })

  test("two items of one id are refused: a change could hit either", () => {
    const id = newItemId()
    const items = [aspirin({ id }), aspirin({ id })]
    expect(refusedAt({ ...empty, medicines: { state: "listed", items } })).toEqual(["medicines.items.1.id"])
  })
})

const illness = {
  ...stated,
  id: newItemId(),
  what: { text: "Asthma", codes: [] },
  status: "present",
  until: "2020",
}

describe("what is missing is said", () => {
  const codes = (summary: StatedSummary, on = today) => missing(summary, on).map(({ what }) => what)

  test("who it is, allergies and medicines come before all else", () => {
    expect(codes(empty).slice(0, 4)).toEqual(["name", "birth-date", "allergies", "medicines"])
  })

  test("what is expressly none isn't missing", () => {
    expect(codes({ ...empty, allergies: { state: "none-known", ...stated } })).not.toContain("allergies")
  })

  test("a medicine that is taken lacks a dose; one that was stopped doesn't", () => {
    const [taken, stopped] = [aspirin({ doses: [] }), aspirin({ doses: [], status: "stopped" })]
    const summary: StatedSummary = { ...empty, medicines: { state: "listed", items: [taken, stopped] } }
    expect(missing(summary, today)).toContainEqual({ what: "medicine-dose", items: [taken.id] })
  })

  test.each([
    ["male", "1990", false],
    ["female", "1990", true],
    ["female", "1948", false],
    ["female", "2020", false],
    [undefined, undefined, true],
  ] as const)("pregnancy is asked of whom it may concern: %s, born %s", (sex, birthDate, asked) => {
    expect(codes({ ...empty, sex, birthDate }).includes("pregnancy")).toBe(asked)
  })

  test("half a year after it was confirmed, it is asked for again, to the day", () => {
    const summary = { ...empty, lastConfirmed: "2026-05-29" }
    expect(codes(summary, "2026-11-28")).not.toContain("confirmation")
    expect(codes(summary, "2026-11-29")).toContain("confirmation")
    expect(confirmationDue({ lastConfirmed: "2026-08-31" })).toBe("2027-02-28")
  })
})
