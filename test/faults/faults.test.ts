import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { routeNames } from "../../contract/routes.ts"
import { temporaryFolder } from "../domain/openssl-authority.ts"
import { rows } from "./rows.ts"
import { withoutRetries, withRetries } from "./strikes.ts"
import { routeTrial } from "./trials.ts"
import { makeWorld, type World } from "./world.ts"

const { folder, remove } = temporaryFolder()
let world: World
beforeAll(async () => {
  world = await makeWorld(folder)
}, 120_000)
afterAll(() => {
  remove()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const ways = routeNames.flatMap((route) =>
  rows[route].map((row, i) => ({ route, row, name: i === 0 ? route : `${route} (${i + 1})` })),
)

describe("whatever call of AWS fails, and however", () => {
  test.each(ways)(
    "$name releases nothing unseen, loses nothing acknowledged, and is mended by asking again",
    async ({ route, row, name }) => {
      const trial = await routeTrial(world, route, row, name)
      const { wrong, strikes } = await withoutRetries(world, trial)
      console.error(name, strikes)
      expect(wrong).toEqual([])
    },
  )
})

describe("a fault that passes, met by the SDK's own retries,", () => {
  test.each(ways)("is seen by nobody in $name", async ({ route, row, name }) => {
    const trial = await routeTrial(world, route, row, name)
    const { wrong } = await withRetries(world, trial)
    expect(wrong).toEqual([])
  })
})
