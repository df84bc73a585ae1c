import { readFileSync } from "node:fs"
import * as z from "zod/mini"

/** Says how many tests passed and failed, from vitest's JSON reports; a report that isn't there, without tests, or of a failed run, exits with 1. */
const schema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  success: z.boolean(),
})

const files = process.argv.slice(2)
const reports = files.flatMap((file) => {
  try {
    return [z.parse(schema, JSON.parse(readFileSync(file, "utf8")))]
  } catch {
    console.error(`There is no report in ${file}.`)
    return []
  }
})
const sum = (count: "numPassedTests" | "numFailedTests" | "numPendingTests") =>
  reports.reduce((total, report) => total + report[count], 0)

const whole = files.length > 0 && reports.length === files.length
process.exitCode = whole && reports.every(({ success, numPassedTests }) => success && numPassedTests > 0) ? 0 : 1
const skipped = sum("numPendingTests")
console.log(
  `${sum("numPassedTests")} passed, ${sum("numFailedTests")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
)
