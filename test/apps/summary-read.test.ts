import { expect, test, vi } from "vitest"
import { summaryOf } from "../../apps/shared/summary/read.ts"
import { notStated, readSummary, summarySteps } from "../../fhir/summary.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { longSummary } from "./long-summary.ts"

const bytes = () => utf8(longSummary(500))

test.each([
  ["a summary", utf8(JSON.stringify(eleniPapadaki))],
  ["a summary of 500 more entries", bytes()],
  ["something that is no JSON", utf8("no")],
  ["JSON that is no document", utf8("[1]")],
])("%s is read for a page as it is read for anybody", async (_what, input) => {
  expect(await summaryOf(input, undefined)).toEqual(readSummary(input))
  expect(await summaryOf(input, "ab".repeat(32))).toEqual(notStated(readSummary(input)))
})

test("a summary of 500 more entries is read in more steps than it has entries", () => {
  const steps = summarySteps(bytes())
  let count = 0
  while (steps.next().done !== true) count++
  expect(count).toBeGreaterThan(500)
})

/** Each look at the clock finds that another slice has passed: every step is a task of its own. */
const slowly = () => {
  let now = 0
  vi.spyOn(performance, "now").mockImplementation(() => (now += 1000))
}

test("between the steps, others have their turn", async () => {
  slowly()
  let turns = 0
  const timer = setInterval(() => turns++)
  await summaryOf(bytes(), undefined)
  clearInterval(timer)
  vi.restoreAllMocks()
  expect(turns).toBeGreaterThan(20)
})

test("who has left is read nothing more, and gets nothing", async () => {
  slowly()
  const left = new AbortController()
  const reading = summaryOf(bytes(), undefined, left.signal)
  setTimeout(() => left.abort(), 5)
  await expect(reading).rejects.toThrow(/abort/i)
  vi.restoreAllMocks()
  await expect(summaryOf(bytes(), undefined, left.signal)).rejects.toThrow(/abort/i)
})
