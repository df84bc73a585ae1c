import { expect, test } from "vitest"
import { partsInFlight } from "../../../sdk/transfer/upload.ts"
import { killDownload } from "../../large/kill-download.ts"
import { killUpload } from "../../large/kill-upload.ts"

const bytes = 64 * 1024 * 1024

test("an upload that is killed goes on where it was; what is given up leaves nothing", {
  timeout: 300_000,
}, async () => {
  const { again, ...report } = await killUpload(bytes, 3, 20_261)
  expect(report).toEqual({
    parts: 9,
    kills: 3,
    bound: partsInFlight,
    withinBound: true,
    sameEachTime: true,
    identical: true,
    emptyAfterAbort: true,
  })
  expect(again).toHaveLength(4)
})

test("a download that is killed goes on where its file ends, and the file takes its name when it is whole", {
  timeout: 300_000,
}, async () => {
  const { again, ...report } = await killDownload(bytes, 3, 20_261)
  expect(report).toEqual({
    parts: 9,
    kills: 3,
    bound: 4,
    withinBound: true,
    identical: true,
    namedWhenWhole: true,
  })
  expect(again).toHaveLength(4)
})
