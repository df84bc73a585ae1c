import { expect, test } from "vitest"
import { partsInFlight } from "../../../sdk/transfer/upload.ts"
import { killAndResume } from "../../large/kill.ts"

test("an upload that is killed goes on where it was; what is given up leaves nothing", {
  timeout: 300_000,
}, async () => {
  const { kills, again, ...report } = await killAndResume(64 * 1024 * 1024, 3, 20_261)
  expect(report).toEqual({ parts: 9, sameEachTime: true, identical: true, emptyAfterAbort: true })
  expect(kills).toBe(3)
  expect(again).toHaveLength(4)
  // No more than what was under way when it died.
  expect(again.filter((parts) => parts > partsInFlight)).toEqual([])
})
