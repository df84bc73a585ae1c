import { readFileSync } from "node:fs"
import * as z from "zod/mini"

/**
 * Says which tests failed, and how many passed and failed, from vitest's JSON reports; a report that isn't there,
 * without tests, or of a failed run, exits with 1.
 */
const schema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.optional(z.string()),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.nullish(z.array(z.string())) }),
      ),
    }),
  ),
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

/** A message's first lines: what was expected and where, not the whole of a difference. */
const head = (message: string) => message.split("\n").slice(0, 12).join("\n")

for (const file of reports.flatMap(({ testResults }) => testResults)) {
  const failed = file.assertionResults.filter(({ status }) => status === "failed")
  if (file.status === "failed" && failed.length === 0) console.log(`FAILED ${file.name}\n${head(file.message ?? "")}`)
  for (const { fullName, failureMessages } of failed)
    console.log(`FAILED ${file.name}: ${fullName}\n${head(failureMessages?.join("\n") ?? "")}`)
}

const whole = files.length > 0 && reports.length === files.length
process.exitCode = whole && reports.every(({ success, numPassedTests }) => success && numPassedTests > 0) ? 0 : 1
const skipped = sum("numPendingTests")
console.log(
  `${sum("numPassedTests")} passed, ${sum("numFailedTests")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
)
