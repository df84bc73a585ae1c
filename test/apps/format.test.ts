import { afterEach, describe, expect, test } from "vitest"
import { ageInYears, formatBytes, formatDuration, formatFhirDate } from "../../apps/shared/format.ts"
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
