import { describe, expect, test } from "vitest"
import { withoutRetries } from "./strikes.ts"
import { deploymentOfTests, patience, ways } from "./suite.ts"

const deployment = deploymentOfTests()

describe("whichever of its calls fails, and however,", () => {
  test.each(ways.filter(({ name }) => name.startsWith("patient/")))(
    "$name releases nothing unseen, loses nothing acknowledged, and is mended by asking again",
    async ({ trial }) => {
      const { wrong } = await withoutRetries(deployment(), await trial(deployment()))
      expect(wrong).toEqual([])
    },
    patience,
  )
})
