import { describe, expect, test } from "vitest"
import { budgetsOf } from "../../bench/budgets.ts"
import type { Section } from "../../bench/flags.ts"
import type { GrowthFigure } from "../../bench/growth.ts"
import type { Results } from "../../bench/results.ts"

const nothing: Results = { transfers: [], steps: [], memory: [], emergency: [], growth: [], bundles: [], surge: [] }
const flat = (median: number) => ({ median, min: median, max: median, n: 1 })
const asked = (...sections: Section[]) => new Set(sections)
const there = { absent: undefined }

const direction = (ratio: number, transferRatio = ratio) => ({
  bare: flat(100),
  ours: flat(100 * ratio),
  ratio: flat(ratio),
  transferRatio: flat(transferRatio),
  bareCpu: flat(1),
  oursCpu: flat(2),
})

describe("transfers", () => {
  const results = (ratio: number): Results => ({
    ...nothing,
    transfers: [{ sizes: [25], users: 1, megabytes: 25, storage: "store", upload: direction(ratio, 0.95) }],
  })

  test.each([
    [0.9, true],
    [0.8999, false],
    [1.2, true],
  ])("%f of the bare speed: met is %s", (ratio, met) => {
    const [whole, bytes] = budgetsOf(results(ratio), asked("upload"), there)
    expect(whole).toEqual({ name: "upload, store, 25 MB, 1 user: whole", value: ratio, budget: ">= 0.9", met })
    expect(bytes).toMatchObject({ value: 0.95, met: true })
  })

  test("the rows say what each user moved", () => {
    const transfers = [{ sizes: [500, 1000], users: 50, megabytes: 30, storage: "store", upload: direction(1) }]
    const [whole] = budgetsOf({ ...nothing, transfers }, asked("upload"), there)
    expect(whole?.name).toBe("upload, store, 500, 1000 MB as 30 MB, 50 users: whole")
  })

  test("a store that could not be measured meets nothing, whatever the other store did", () => {
    const budgets = budgetsOf(results(1), asked("upload", "download"), { absent: "Go is not installed" })
    expect(budgets).toContainEqual({ name: "upload, fast store", value: null, budget: ">= 0.9", met: false })
    expect(budgets).toContainEqual({ name: "download, fast store", value: null, budget: ">= 0.9", met: false })
  })
})

test.each(["upload", "download", "memory", "emergency", "growth", "bundles", "surge"] as const)(
  "%s that was asked for and gave nothing is not met",
  (section) => {
    const budgets = budgetsOf(nothing, asked(section), there)
    expect(budgets.length).toBeGreaterThan(0)
    expect(budgets.every(({ value, met }) => value === null && !met)).toBe(true)
  },
)

test("what was not asked for is not mentioned", () => {
  expect(budgetsOf(nothing, asked(), { absent: "Go is not installed" })).toEqual([])
})

test("memory of upload and download count apart", () => {
  const memory = [{ storage: "store", megabytes: 1000, upload: 150, download: 201 }]
  expect(budgetsOf({ ...nothing, memory }, asked("memory"), there).map(({ met }) => met)).toEqual([true, false])
})

test("the largest function counts", () => {
  const bundle = (size: number) => ({ name: `${size}`, size, importTime: flat(1) })
  const budgets = (size: number) =>
    budgetsOf({ ...nothing, bundles: [bundle(1), bundle(size)] }, asked("bundles"), there)
  expect(budgets(700_000)).toMatchObject([{ value: 700, met: true }])
  expect(budgets(700_001)).toMatchObject([{ met: false }])
})

describe("growth", () => {
  const figure = (operation: GrowthFigure["operation"], count: number, ms: number, calls = 4): GrowthFigure => ({
    operation,
    count,
    time: flat(ms),
    ownTime: flat(ms),
    calls: flat(calls),
    bytes: flat(1),
    growth: flat(1),
    ownGrowth: flat(1),
  })
  const growthOf = (figures: GrowthFigure[], of = "events", isOrdered = true) =>
    budgetsOf({ ...nothing, growth: [{ tables: "tables", of, isOrdered, figures }] }, asked("growth"), there)

  test("the largest is held against the smallest, in time and in calls", () => {
    const budgets = growthOf([figure("commit", 10, 10), figure("commit", 1000, 99), figure("commit", 100_000, 11.5, 5)])
    expect(budgets).toEqual([
      { name: "commit, 10 to 100000 events, tables: latency", value: 1.15, budget: "<= 1.1", met: false },
      { name: "commit, 10 to 100000 events, tables: calls", value: 1.25, budget: "<= 1", met: false },
    ])
  })

  test("a list that is shorter than a page is no page", () => {
    const list = [10, 100, 1000].map((count) => figure("page of the list", count, count === 10 ? 1 : 5))
    expect(growthOf(list, "records")[0]).toMatchObject({
      name: expect.stringContaining("100 to 1000"),
      value: 1,
      met: true,
    })
  })

  test("neither the control nor tables that search a whole partition are a budget", () => {
    const grown = [figure("control", 10, 1), figure("control", 1000, 9)]
    expect(growthOf(grown)).toMatchObject([{ value: null, met: false }])
    const engine = [figure("commit", 10, 1), figure("commit", 1000, 1)]
    expect(growthOf(engine, "events", false)).toMatchObject([{ value: null, met: false }])
  })
})

test("one professional without a record fails the surge", () => {
  const latencies = { p50: 1, p95: 1, p99: 1, max: 1, quantiles: [] }
  const surge = (faults: string[]) => ({
    professionals: 1000,
    patients: 50,
    arrivalSeconds: 10,
    tables: "tables",
    storage: "store",
    record: latencies,
    session: latencies,
    quotaShare: 1,
    cognito: { passed: 1, throttled: 1 },
    faults,
  })
  const met = (faults: string[]) => budgetsOf({ ...nothing, surge: [surge(faults)] }, asked("surge"), there)[0]?.met
  expect(met([])).toBe(true)
  expect(met(["no record: busy"])).toBe(false)
})
