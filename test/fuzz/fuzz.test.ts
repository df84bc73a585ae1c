import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { cases, inputOf } from "./mutate.ts"
import { targets } from "./targets.ts"

/** The same inputs in every run; fast-check prints seed and path of one that fails. `npm run fuzz` tries others, for longer. */
const seed = 20_260_301
const numRuns = 300

describe.each(targets)("$name", ({ corpus, layers = [], read }) => {
  test("takes every input of the corpus", async () => {
    for (const [from, input] of corpus.entries()) expect([from, await read(input, from)]).toEqual([from, "taken"])
  })

  test("ends as documented on changed inputs", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (made) => {
        const { input, from } = inputOf(made, corpus, layers)
        await read(input, from)
      }),
      { seed, numRuns },
    )
  })
})
