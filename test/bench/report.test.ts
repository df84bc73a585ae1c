import { describe, expect, test } from "vitest"
import { page, type Report } from "../../bench/report/page.ts"
import { barPlot, linePlot, niceTop } from "../../bench/report/plot.ts"
import { budgetTable, markdown, number, tablesOf } from "../../bench/report/table.ts"
import type { Results } from "../../bench/results.ts"

const flat = (median: number) => ({ median, min: median / 2, max: median * 2, n: 3 })
const direction = {
  bare: flat(200),
  ours: flat(180),
  ratio: flat(0.9),
  transferRatio: flat(0.95),
  bareCpu: flat(1.2),
  oursCpu: flat(4),
}
const latencies = { p50: 1, p95: 2, p99: 3, max: 4, quantiles: [1, 2, 4] }
const figure = (count: number) => ({
  operation: "commit" as const,
  count,
  time: flat(5),
  ownTime: flat(2),
  calls: flat(4),
  bytes: flat(100),
  growth: flat(1),
  ownGrowth: flat(1),
})
const results: Results = {
  transfers: [{ sizes: [25], users: 1, megabytes: 25, storage: "<store>", upload: direction, download: direction }],
  steps: [{ storage: "store", step: "SHA-256", cpu: flat(1) }],
  memory: [{ storage: "store", megabytes: 1000, upload: 150, download: 120 }],
  emergency: [],
  growth: [{ tables: "tables", of: "events", isOrdered: true, figures: [figure(10), figure(1000)] }],
  bundles: [{ name: "patient/commit", size: 300_000, importTime: flat(40) }],
  surge: [
    {
      professionals: 50,
      patients: 3,
      arrivalSeconds: 5,
      tables: "tables",
      storage: "store",
      record: latencies,
      session: latencies,
      quotaShare: 0.2,
      cognito: { passed: 1, throttled: 2 },
      faults: [],
    },
  ],
}
const report: Report = {
  at: "2026-01-01T00:00:00.000Z",
  quick: false,
  machine: { cpu: "CPU", cores: 2, memoryGigabytes: 8, system: "Linux", node: "24", loadBefore: 0, loadAfter: 1 },
  notes: ["The fast store was not measured: Go is not installed."],
  budgets: [
    { name: "upload", value: 0.95, budget: ">= 0.9", met: true },
    { name: "download", value: 0.5, budget: ">= 0.9", met: false },
    { name: "memory", value: null, budget: "<= 200 MB", met: false },
  ],
  results,
}

describe("numbers", () => {
  test.each([
    [1234.5, "1235"],
    [12.345, "12.3"],
    [0.90123, "0.901"],
    [0.0004, "0.000"],
    [0, "0"],
    [Number.NaN, "-"],
  ])("%f is written %s", (value, written) => {
    expect(number(value)).toBe(written)
  })
})

describe("tables", () => {
  test("what was not measured says so, and is never met", () => {
    expect(budgetTable(report.budgets).rows.map((row) => row.at(-1))).toEqual(["yes", "NO", "not measured"])
  })

  test("they are Markdown whose rows all have as many cells", () => {
    for (const table of [...tablesOf(results), budgetTable(report.budgets)]) {
      const lines = markdown(table).split("\n").slice(2)
      const cells = lines.map((line) => line.split(/(?<!\\)\|/).length)
      expect(new Set(cells).size).toBe(1)
    }
  })

  test("sections that measured nothing have no table", () => {
    expect(
      tablesOf({ transfers: [], steps: [], memory: [], emergency: [], growth: [], bundles: [], surge: [] }),
    ).toEqual([])
  })
})

describe("plots", () => {
  test("an axis ends at 1, 2 or 5 of a power of ten", () => {
    expect([0.9, 1, 3, 7, 180, 0].map(niceTop)).toEqual([1, 1, 5, 10, 200, 1])
  })

  test("a longer bar is a larger value, and what was not measured is no bar", () => {
    const groups = [
      { name: "a", bars: [{ value: 10 }, undefined] },
      { name: "b", bars: [{ value: 5 }, { value: 0 }] },
    ]
    const widths = [
      ...barPlot({ title: "t", unit: "u", series: ["x", "y"], groups }).matchAll(/width="([\d.]+)" height="11"/g),
    ]
    expect(widths.map(([, width]) => Number(width))).toEqual([460, 230, 0])
  })

  test("names can't become markup", () => {
    const groups = [{ name: "<script>", bars: [{ value: 1 }] }]
    expect(barPlot({ title: "<b>", unit: "u", series: ["x"], groups })).not.toMatch(/<script>|<b>/)
  })

  test("decades are equally wide", () => {
    const points = [10, 100, 1000].map((x) => ({ x, y: 1 }))
    const plot = linePlot({ title: "t", xUnit: "x", yUnit: "y", series: [{ name: "s", points }], logarithmic: true })
    const [, drawn = ""] = /points="([^"]+)"/.exec(plot) ?? []
    const [a = 0, b = 0, c = 0] = drawn.split(" ").map((point) => Number(point.split(",")[0]))
    expect(c - b).toBeCloseTo(b - a)
  })
})

describe("the page", () => {
  const html = page(report)

  test("needs nothing but itself", () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:/)
  })

  test("has every table, a plot for each section, and the notes", () => {
    for (const { title } of tablesOf(results)) expect(html).toContain(title)
    expect(html.match(/<svg/g)).toHaveLength(7)
    expect(html).toContain("Go is not installed")
  })

  test("what is named cannot become markup", () => {
    expect(html).not.toContain("<store>")
  })

  test("says whether its figures are to be quoted", () => {
    expect(page({ ...report, quick: true })).toContain("no figures to quote")
    expect(html).not.toContain("no figures to quote")
  })

  test("follows light and dark", () => {
    expect(html).toContain("prefers-color-scheme: dark")
  })
})
