import { type Budget, rowName } from "../budgets.ts"
import type { Results } from "../results.ts"
import type { Spread } from "../statistics.ts"
import type { Direction } from "../transfers.ts"

/** What is shown of one kind of measurement: in the terminal and in `docs/performance.md` as Markdown, on the page as HTML. */
export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Three significant digits, and no exponent. */
export const number = (value: number): string => {
  if (!Number.isFinite(value)) return "-"
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toFixed(Math.min(digits, 3))
}

export const spread = ({ median, min, max }: Spread): string => `${number(median)} (${number(min)}-${number(max)})`

const directions = ({ transfers }: Results, direction: "upload" | "download"): Table => ({
  title: `${direction === "upload" ? "Encrypted upload" : "Download and decryption"}: median (range)`,
  head: [
    "store",
    "each, at once",
    "bare MB/s",
    "ours MB/s",
    "ratio",
    "ratio of the bytes alone",
    "CPU s/GB, bare",
    "ours",
  ],
  rows: transfers.flatMap((result) => {
    const measured = result[direction]
    if (measured === undefined) return []
    const { bare, ours, ratio, transferRatio, bareCpu, oursCpu }: Direction = measured
    const speeds = [bare, ours, ratio, transferRatio, bareCpu, oursCpu].map(spread)
    return [[result.storage, rowName(result), ...speeds]]
  }),
})

const steps = ({ steps: measured }: Results): Table => ({
  title: "Where the client's CPU goes, each step alone: median (range)",
  head: ["store", "step", "CPU s/GB"],
  rows: measured.map(({ storage, step, cpu }) => [storage, step, spread(cpu)]),
})

const memory = ({ memory: measured }: Results): Table => ({
  title: "Client memory above the process's start, at most",
  head: ["store", "record MB", "upload MB", "download MB"],
  rows: measured.map(({ storage, megabytes, upload, download }) => [
    storage,
    number(megabytes),
    number(upload),
    number(download),
  ]),
})

const emergency = ({ emergency: measured }: Results): Table => ({
  title: "Emergency path: median (range), milliseconds",
  head: ["", ...measured.map(({ tables, storage }) => `${tables}, ${storage}`)],
  rows: (
    [
      ["scan to first byte", "firstByte"],
      ["scan to decrypted record", "read"],
      ["round trip to the index", "lookUp"],
      ["round trip to the cloud", "access"],
      ["round trip to the object store", "object"],
      ["AWS calls, scan to first byte (number)", "calls"],
      ["of emergency-access, one after the other (number)", "steps"],
      ["emergency-access, all of it", "functionTime"],
      ["waiting for AWS", "awsTime"],
      ["waiting for the authority (OCSP)", "authorityTime"],
      ["what is left: our own time", "ownTime"],
    ] as const
  ).map(([name, field]) => [name, ...measured.map((result) => spread(result[field]))]),
})

const growth = ({ growth: measured }: Results): Table => ({
  title: "Growth: median (range)",
  head: [
    "tables",
    "operation",
    "number of",
    "",
    "ms",
    "own ms",
    "AWS calls",
    "bytes answered",
    "times the lowest",
    "own",
  ],
  rows: measured.flatMap(({ tables, of, figures }) =>
    figures.map(({ operation, count, time, ownTime, calls, bytes, growth, ownGrowth }) => [
      tables,
      operation,
      of,
      String(count),
      spread(time),
      spread(ownTime),
      number(calls.median),
      number(bytes.median),
      number(growth.median),
      number(ownGrowth.median),
    ]),
  ),
})

const bundles = ({ bundles: measured }: Results): Table => ({
  title: "Functions: bundle and cold import",
  head: ["function", "kB", "import ms, median (range)"],
  rows: [...measured]
    .sort((a, b) => b.size - a.size)
    .map(({ name, size, importTime }) => [name, number(size / 1000), spread(importTime)]),
})

const surge = ({ surge: measured }: Results): Table => ({
  title: "Surge: seconds from arrival",
  head: [
    "professionals",
    "arriving within s",
    "patients",
    "tables",
    "until",
    "p50",
    "p95",
    "p99",
    "max",
    "of Cognito's quotas",
    "calls",
    "throttled",
    "faults",
  ],
  rows: measured.flatMap((result) =>
    (["record", "session"] as const).map((until) => [
      String(result.professionals),
      number(result.arrivalSeconds),
      String(result.patients),
      result.tables,
      until === "record" ? "first record" : "session",
      ...[result[until].p50, result[until].p95, result[until].p99, result[until].max].map(number),
      number(result.quotaShare),
      String(result.cognito.passed),
      String(result.cognito.throttled),
      String(result.faults.length),
    ]),
  ),
})

export const budgetTable = (budgets: readonly Budget[]): Table => ({
  title: "Budgets",
  head: ["what", "measured", "budget", "met"],
  rows: budgets.map(({ name, value, budget, met }) => [
    name,
    value === null ? "not measured" : number(value),
    budget,
    value === null ? "not measured" : met ? "yes" : "NO",
  ]),
})

/** Those that have something in them. */
export const tablesOf = (results: Results): Table[] =>
  [
    directions(results, "upload"),
    directions(results, "download"),
    steps(results),
    memory(results),
    emergency(results),
    growth(results),
    bundles(results),
    surge(results),
  ].filter(({ head, rows }) => rows.length > 0 && head.length > 1)

const cell = (text: string) => text.replaceAll("|", "\\|")

export const markdown = ({ title, head, rows }: Table): string =>
  [`**${title}**`, "", ...[head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`)].join(
    "\n",
  )
