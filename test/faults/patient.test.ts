import { describe, expect, test } from "vitest"
import { withoutRetries } from "./strikes.ts"
import { patience, ways, worldOfTests } from "./suite.ts"

const world = worldOfTests()

describe("whichever of its calls fails, and however,", () => {
  test.each(ways.filter(({ name }) => name.startsWith("patient/")))(
    "$name releases nothing unseen, loses nothing acknowledged, and is mended by asking again",
    async ({ trial }) => {
      const { wrong } = await withoutRetries(world(), await trial(world()))
      expect(wrong).toEqual([])
    },
    patience,
  )
})
