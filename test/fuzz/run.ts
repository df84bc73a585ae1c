import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as fc from "fast-check"
import { type Bytes, cases, inputOf } from "./mutate.ts"
import type { Target } from "./target.ts"
import { targets } from "./targets.ts"

/**
 * `npm run fuzz [-- TARGET...]`: changed inputs for every parser, for FUZZ_SECONDS (120) in all, from FUZZ_SEED (random). Prints per target how
 * many, how many it took, the longest time one took, and what failed. What fails lies in .local/fuzz. Exit code 1 where anything did.
 */
const seconds = Number(process.env["FUZZ_SECONDS"] ?? 120)
const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31))
if (!(seconds > 0) || !Number.isSafeInteger(seed)) throw new Error("FUZZ_SECONDS and FUZZ_SEED are numbers")
const folder = join(".local", "fuzz")
const inRound = 100

interface Figures {
  inputs: number
  taken: number
  failures: string[]
  slowest: number
}

const keep = (name: string, input: Bytes): string => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name.replaceAll(/\W+/g, "-")}-${Date.now()}.bin`)
  writeFileSync(file, input)
  return file
}

const round = async ({ name, corpus, layers = [], read }: Target, seed: number, figures: Figures): Promise<void> => {
  let last: Bytes = new Uint8Array(0)
  const checked = await fc.check(
    fc.asyncProperty(cases, async (made) => {
      const { input, from } = inputOf(made, corpus, layers)
      last = input
      figures.inputs++
      const started = performance.now()
      if ((await read(input, from)) === "taken") figures.taken++
      figures.slowest = Math.max(figures.slowest, performance.now() - started)
    }),
    { seed, numRuns: inRound },
  )
  if (!checked.failed) return
  const why = checked.errorInstance instanceof Error ? checked.errorInstance : new Error(String(checked.errorInstance))
  const cause = why.cause instanceof Error ? ` (${why.cause.name}: ${why.cause.message})` : ""
  const { counterexample, counterexamplePath } = checked
  const input = counterexample === null ? last : inputOf(counterexample[0], corpus, layers).input
  figures.failures.push(
    `${name}: ${why.message}${cause}; seed ${seed}, path ${counterexamplePath}, ${keep(name, input)}`,
  )
}

const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("-"))
const chosen = targets.filter(({ name }) => wanted.length === 0 || wanted.some((one) => name.includes(one)))
console.log(`${chosen.length} targets, ${seconds} s, seed ${seed}\n`)
console.log(
  `${"target".padEnd(28)}${"inputs".padStart(9)}${"taken".padStart(9)}${"slowest".padStart(11)}${"failures".padStart(10)}`,
)

const failures: string[] = []
let inputs = 0
for (const target of chosen) {
  const figures: Figures = { inputs: 0, taken: 0, failures: [], slowest: 0 }
  const end = performance.now() + (seconds * 1000) / chosen.length
  // One failure is enough to mend; more would be the same one.
  for (let next = seed; performance.now() < end && figures.failures.length === 0; next++)
    await round(target, next, figures)
  const { inputs: tried, taken, slowest } = figures
  console.log(
    target.name.padEnd(28) +
      `${tried}`.padStart(9) +
      `${taken}`.padStart(9) +
      `${slowest.toFixed(0)} ms`.padStart(11) +
      `${figures.failures.length}`.padStart(10),
  )
  inputs += tried
  failures.push(...figures.failures)
}

console.log(`\n${inputs} inputs, ${failures.length} failures, seed ${seed}`)
for (const failure of failures) console.error(failure)
process.exitCode = failures.length > 0 ? 1 : 0
