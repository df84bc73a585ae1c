import { describe, expect, test } from "vitest"
import { readFlags, sections } from "../../bench/flags.ts"
import { planOf, rowsOf } from "../../bench/plan.ts"

describe("flags", () => {
  test("without any, everything is measured in full", () => {
    expect(readFlags([])).toEqual({ quick: false, only: new Set(sections), s3: undefined })
  })

  test("only what is named is measured", () => {
    expect(readFlags(["--quick", "--only", "upload,surge"])).toMatchObject({
      quick: true,
      only: new Set(["upload", "surge"]),
    })
  })

  test.each(["upload,nonsense", "", "Upload"])("--only %j is refused", (only) => {
    expect(() => readFlags(["--only", only])).toThrow(/--only takes/)
  })

  test("an S3 endpoint on this machine is taken", () => {
    expect(readFlags(["--s3", "http://127.0.0.1:7070/"]).s3).toBe("http://127.0.0.1:7070")
  })

  test.each([
    "https://s3.eu-central-1.amazonaws.com",
    "http://10.0.0.7:9000",
    "http://example.org",
    "http://127.0.0.1.example.org",
  ])("%s is refused before anything is sent there", (address) => {
    expect(() => readFlags(["--s3", address])).toThrow(/not this machine/)
  })

  test("a flag that is none is refused", () => {
    expect(() => readFlags(["--fast"])).toThrow()
  })
})

describe("rows", () => {
  const plan = { sizes: [25, 500, 1000], users: [1, 10], mostMegabytes: 1000, repeats: 1 }

  test("every size and number of users is in exactly one row", () => {
    const named = rowsOf(plan).flatMap(({ sizes, users }) => sizes.map((size) => `${size} x ${users}`))
    expect(named.sort()).toEqual(["1000 x 1", "1000 x 10", "25 x 1", "25 x 10", "500 x 1", "500 x 10"].sort())
  })

  test("no row moves more than the machine bears, and what comes to the same is measured once", () => {
    const rows = rowsOf(plan)
    expect(rows.every(({ users, megabytes }) => users * megabytes <= plan.mostMegabytes)).toBe(true)
    expect(rows).toContainEqual({ sizes: [500, 1000], users: 10, megabytes: 100 })
    expect(rows).toContainEqual({ sizes: [1000], users: 1, megabytes: 1000 })
  })

  test("the full plan has the sizes and users of the budget, one user with the whole of each", () => {
    const { fast } = planOf({ quick: false }).transfers
    expect(fast).toMatchObject({ sizes: [25, 50, 500, 1000], users: [1, 5, 10, 50] })
    const alone = rowsOf(fast).filter(({ users }) => users === 1)
    expect(alone.map(({ megabytes }) => megabytes)).toEqual([25, 50, 500, 1000])
    expect(planOf({ quick: false })).toMatchObject({ memoryMegabytes: 1000, professionals: 1000 })
  })
})
