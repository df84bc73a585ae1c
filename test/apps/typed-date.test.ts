import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { dateTyped, isAhead, typedOf } from "../../apps/shared/typed-date.ts"

describe("a date that a patient types", () => {
  it.each([
    ["1957", "1957"],
    ["3.1957", "1957-03"],
    ["03/1957", "1957-03"],
    ["24.12.1957", "1957-12-24"],
    [" 4/3/1957 ", "1957-03-04"],
    ["4-3-1957", "1957-03-04"],
    ["4 3 1957", "1957-03-04"],
    ["1957-03-04", "1957-03-04"],
    ["29.2.1956", "1956-02-29"],
  ])("%s is read with the day first, as exact as it is", (typed, date) => {
    expect(dateTyped(typed)).toBe(date)
  })

  it.each([
    "",
    "soon",
    "57",
    "4.3.57",
    "31.2.1957",
    "29.2.1957",
    "12.13.1957",
    "0.3.1957",
    "1.1.1.1957",
    "24.12.",
    "1857",
    "٢٤.١٢.١٩٥٧",
  ])("%s is no date", (typed) => {
    expect(dateTyped(typed)).toBeUndefined()
  })

  it("is shown for typing so that it reads back the same", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("1900-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }),
        fc.constantFrom(4, 7, 10),
        (day, length) => {
          const date = day.toISOString().slice(0, length)
          expect(dateTyped(typedOf(date))).toBe(date)
        },
      ),
    )
  })

  it("lies ahead only where all of it does", () => {
    const now = new Date(2026, 2, 4, 12)
    expect(["2026", "2026-03", "2026-03-04", "2025-12-31"].filter((date) => isAhead(date, now))).toEqual([])
    expect(["2027", "2026-04", "2026-03-05"].filter((date) => !isAhead(date, now))).toEqual([])
  })
})
