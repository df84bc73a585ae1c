import { afterEach, describe, expect, test } from "vitest"
import {
  ageInYears,
  formatBytes,
  formatDuration,
  formatFhirDate,
  formatMoment,
  formatTime,
  offsetAt,
} from "../../apps/shared/format.ts"
import { language } from "../../apps/shared/words.ts"

afterEach(() => {
  language.value = "en"
})

describe("a FHIR date", () => {
  test.each([
    ["1987-03-05", "5 March 1987"],
    ["1987-03-05T14:30", "5 March 1987, 14:30"],
    ["1987-03-05T14:30:00.5+02:00", "5 March 1987, 14:30 UTC+02:00"],
    ["1987-03-05T14:30:00Z", "5 March 1987, 14:30 UTC"],
    ["1987-03-05T14:30:00+00:00", "5 March 1987, 14:30 UTC"],
    ["1987-03", "March 1987"],
    ["1987", "1987"],
  ])("%s is shown as exactly as it was written", (written, shown) => {
    expect(formatFhirDate(written)).toBe(shown)
  })

  test.each(["", "spring 1987", "1987-3-5", "1987-03-05Tnoon", "2023-02-31", "2024-13-01", "0001-01-01"])(
    "that is none (%s) stands as written",
    (written) => {
      expect(formatFhirDate(written)).toBe(written)
    },
  )

  test("is in the language of the reader", () => {
    language.value = "el"
    expect(formatFhirDate("1987-03-05")).toBe("5 Μαρτίου 1987")
  })
})

describe("a moment of the app's own", () => {
  const before = process.env["TZ"]
  afterEach(() => {
    if (before === undefined) delete process.env["TZ"]
    else process.env["TZ"] = before
  })

  test.each([
    ["Europe/Athens", "5 Mar 2026, 14:05 UTC+02:00", "14:05 UTC+02:00", "+02:00"],
    ["America/St_Johns", "5 Mar 2026, 08:35 UTC-03:30", "08:35 UTC-03:30", "-03:30"],
    ["Asia/Kolkata", "5 Mar 2026, 17:35 UTC+05:30", "17:35 UTC+05:30", "+05:30"],
    ["UTC", "5 Mar 2026, 12:05 UTC", "12:05 UTC", "+00:00"],
  ])("is shown on the clock of %s with its zone, in the way of a document's", (zone, moment, time, offset) => {
    process.env["TZ"] = zone
    const instant = "2026-03-05T12:05:00Z"
    expect([formatMoment(instant), formatTime(instant)]).toEqual([moment, time])
    expect(offsetAt(new Date(instant))).toBe(offset)
  })

  test("has the zone of that day, not of today", () => {
    process.env["TZ"] = "Europe/Athens"
    expect(formatTime("2026-07-05T12:05:00Z")).toBe("15:05 UTC+03:00")
    expect(formatTime("2026-01-05T12:05:00Z")).toBe("14:05 UTC+02:00")
  })
})

describe("age", () => {
  const now = new Date(2026, 2, 5)
  test("turns on the birthday", () => {
    expect(ageInYears("1987-03-05", now)).toBe(39)
    expect(ageInYears("1987-03-06", now)).toBe(38)
  })
  test("is not guessed from a year alone", () => {
    expect(ageInYears("1987", now)).toBeUndefined()
  })
})

test("sizes and durations round to what a person can use", () => {
  expect(formatBytes(1)).toBe("1 byte")
  expect(formatBytes(0)).toBe("0 bytes")
  expect(formatBytes(1_400_000)).toBe("1.4 MB")
  expect(formatDuration(61)).toBe("2 minutes")
  expect(formatDuration(12.2)).toBe("13 seconds")
})
