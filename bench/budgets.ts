import type { Section } from "./flags.ts"
import type { Results } from "./results.ts"
import type { TransferResult } from "./transfers.ts"

/** A budget of this project beside what was measured. */
export interface Budget {
  readonly name: string
  /** Null where it was not measured: then it is not met either. */
  readonly value: number | null
  /** For people. */
  readonly budget: string
  readonly met: boolean
}

const atLeast = (name: string, value: number, limit: number): Budget => ({
  name,
  value,
  budget: `>= ${limit}`,
  met: value >= limit,
})
const atMost = (name: string, value: number, limit: number, unit = ""): Budget => ({
  name,
  value,
  budget: `<= ${limit}${unit}`,
  met: value <= limit,
})
const notMeasured = (name: string, budget: string): Budget => ({ name, value: null, budget, met: false })

export const limits = {
  speed: 0.9,
  memoryMegabytes: 200,
  emergencySteps: 4,
  bundleBytes: 700_000,
  growth: 1.1,
} as const

/** Where all of a size is moved, its own name; else what came of it. */
export const rowName = ({ sizes, users, megabytes }: Pick<TransferResult, "sizes" | "users" | "megabytes">): string => {
  const each =
    sizes.length === 1 && sizes[0] === megabytes ? `${megabytes} MB` : `${sizes.join(", ")} MB as ${megabytes} MB`
  return `${each}, ${users} ${users === 1 ? "user" : "users"}`
}

const ofTransfers = (transfers: readonly TransferResult[], direction: "upload" | "download"): Budget[] =>
  transfers.flatMap((result) => {
    const measured = result[direction]
    if (measured === undefined) return []
    const name = `${direction}, ${result.storage}, ${rowName(result)}`
    return [
      atLeast(`${name}: whole`, measured.ratio.median, limits.speed),
      atLeast(`${name}: bytes alone`, measured.transferRatio.median, limits.speed),
    ]
  })

/** `fast`: why the fast store could not be measured, if so. */
export const budgetsOf = (
  results: Results,
  asked: ReadonlySet<Section>,
  fast: { absent: string | undefined },
): Budget[] => {
  const budgets: Budget[] = []
  for (const direction of ["upload", "download"] as const) {
    if (!asked.has(direction)) continue
    const all = ofTransfers(results.transfers, direction)
    budgets.push(...(all.length > 0 ? all : [notMeasured(direction, `>= ${limits.speed}`)]))
    if (fast.absent !== undefined) budgets.push(notMeasured(`${direction}, fast store`, `>= ${limits.speed}`))
  }
  if (asked.has("memory")) {
    for (const { storage, megabytes, upload, download } of results.memory) {
      budgets.push(atMost(`memory of an upload of ${megabytes} MB, ${storage}`, upload, limits.memoryMegabytes, " MB"))
      budgets.push(
        atMost(`memory of a download of ${megabytes} MB, ${storage}`, download, limits.memoryMegabytes, " MB"),
      )
    }
    if (results.memory.length === 0) budgets.push(notMeasured("memory", `<= ${limits.memoryMegabytes} MB`))
  }
  if (asked.has("emergency")) {
    const name = "AWS calls of an emergency access, one after the other"
    for (const { steps, tables } of results.emergency)
      budgets.push(atMost(`${name}, ${tables}`, steps.max, limits.emergencySteps))
    if (results.emergency.length === 0) budgets.push(notMeasured(name, `<= ${limits.emergencySteps}`))
  }
  if (asked.has("bundles")) {
    const name = "largest function, minified"
    const sizes = results.bundles.map(({ size }) => size)
    budgets.push(
      sizes.length === 0
        ? notMeasured(name, `<= ${limits.bundleBytes / 1000} kB`)
        : atMost(name, Math.max(...sizes) / 1000, limits.bundleBytes / 1000, " kB"),
    )
  }
  if (asked.has("growth")) budgets.push(...ofGrowth(results))
  if (asked.has("surge")) {
    const name = "professionals of a surge without a record, a session, or exactly one event"
    for (const { faults, professionals } of results.surge)
      budgets.push(atMost(`${name}, of ${professionals}`, faults.length, 0))
    if (results.surge.length === 0) budgets.push(notMeasured(name, "<= 0"))
  }
  return budgets
}

/** A page holds fifty: a shorter list is no page, and takes less. */
const fullPage = 50

const ofGrowth = ({ growth }: Results): Budget[] => {
  const budgets: Budget[] = []
  for (const { tables, of, figures, isOrdered } of growth) {
    // What the engine makes of a partition is not ours: its figures are shown beside its control, and no budget.
    if (!isOrdered) continue
    for (const operation of new Set(figures.map((figure) => figure.operation))) {
      if (operation === "control") continue
      const own = figures.filter((figure) => figure.operation === operation)
      const comparable =
        operation === "page of the list" && of === "records" ? own.filter(({ count }) => count >= fullPage) : own
      const [first, last] = [comparable[0], comparable.at(-1)]
      if (first === undefined || last === undefined || first === last) continue
      const name = `${operation}, ${first.count} to ${last.count} ${of}, ${tables}`
      budgets.push(atMost(`${name}: latency`, last.time.median / first.time.median, limits.growth))
      budgets.push(atMost(`${name}: calls`, last.calls.median / first.calls.median, 1))
    }
  }
  return budgets.length > 0 ? budgets : [notMeasured("growth", `<= ${limits.growth}`)]
}
