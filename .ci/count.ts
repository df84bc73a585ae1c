import { readFileSync } from "node:fs"
import * as z from "zod/mini"

/** Says how many tests passed and failed, from vitest's JSON report; a run without tests, or a failed one, exits with 1. */
const report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  success: z.boolean(),
})

const file = process.argv[2] ?? ".local/test-report.json"
const { numPassedTests, numFailedTests, numPendingTests, success } = z.parse(
  report,
  JSON.parse(readFileSync(file, "utf8")),
)
process.exitCode = success && numPassedTests > 0 ? 0 : 1
console.log(
  `${numPassedTests} passed, ${numFailedTests} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ""}`,
)
