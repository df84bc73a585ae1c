import type { Exploration } from "./explore.ts"
import type { Verdict } from "./verifpal.ts"

/** One line of a table: what was asked, within which bound, and what came out. */
export interface Row {
  readonly name: string
  readonly attack: string | undefined
  readonly bound: string
  readonly seconds: number
  readonly expected: "holds" | "broken"
  readonly verdict: Verdict
  /** The question of a model; what is taken out of a mutant. */
  readonly words: string
}

export function verdictOf({ attack }: Exploration): Verdict {
  return attack === undefined ? { outcome: "holds" } : { outcome: "broken", queries: [attack.promise] }
}

export function isSurprise({ expected, verdict }: Row): boolean {
  return verdict.outcome !== expected
}

/** Returns the rows as a table for a terminal, each surprise with its reason below it. */
export function table(title: string, rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    ...(row.expected === "broken" ? [row.attack === undefined ? "" : `attack ${row.attack}`] : []),
    row.bound,
    `${row.seconds.toFixed(1)} s`,
    isSurprise(row) ? `SURPRISE: ${row.verdict.outcome}` : row.verdict.outcome,
    row.words,
  ])
  const widths = cells.reduce<number[]>(
    (widest, row) => row.map((cell, at) => Math.max(cell.length, widest[at] ?? 0)),
    [],
  )
  const lines = cells.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  )
  return [title, ...lines.flatMap((line, at) => [line, ...reasons(rows[at])]), ""].join("\n")
}

function reasons(row: Row | undefined): string[] {
  if (row === undefined || !isSurprise(row)) return []
  if (row.verdict.outcome === "broken") return row.verdict.queries.map((query) => `    broken: ${query}`)
  return row.verdict.outcome === "unknown" ? [`    ${row.verdict.because.replaceAll("\n", "\n    ")}`] : []
}

/** Returns the last line. */
export function summary(rows: readonly Row[]): string {
  const count = (expected: Row["expected"]) =>
    rows.filter((row) => row.expected === expected && !isSurprise(row)).length
  const surprises = rows.filter(isSurprise).length
  return `${count("holds")} models hold, ${count("broken")} mutants broken, ${surprises} surprises`
}
