import { existsSync } from "node:fs"
import { beforeAll, describe, expect, test } from "vitest"
import type { Ground } from "../../attack/ground.ts"
import { playedElsewhere, stories } from "../../attack/stories.ts"
import { cloudAddress, hriAddress, memoryNetwork } from "../kit/memory-network.ts"
import { newAccount } from "../kit/new-account.ts"

let on: Ground
let count = 0
beforeAll(async () => {
  const { network, provider, physician, paramedic, stranger, trustPolicy: trust } = await memoryNetwork()
  const open = () => newAccount(cloudAddress, `story-${++count}@example.org`)
  const signs = provider.state
  on = { network, signs, cloud: cloudAddress, hri: hriAddress, physician, paramedic, stranger, trust, open }
})

describe("an attack that worked once is refused, or shows", () => {
  test.each(stories.map((story) => [story.name, story] as const))("%s", async (_, { expected, play }) => {
    expect(await play(on)).toBe(expected)
  })
})

test("each attack that a review found is played, here or in tests of its own", () => {
  const played = new Set([...stories, ...playedElsewhere].map(({ attack }) => attack))
  expect([...played].sort((a, b) => a - b)).toEqual(Array.from({ length: 18 }, (_, i) => i + 1))
  expect(playedElsewhere.flatMap(({ tests }) => tests).filter((file) => !existsSync(file))).toEqual([])
  expect(new Set(stories.map(({ name }) => name)).size).toBe(stories.length)
})
