import { globSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join, relative } from "node:path"
import type { MutantResult } from "@stryker-mutator/api/core"
import { Stryker } from "@stryker-mutator/core"
import { type Module, modules } from "./modules.ts"

/**
 * `npm run mutation [-- MODULE...]`: changes the code in every small way Stryker knows and counts the changes no test notices. Exit code
 * 1 where a module's score is below the threshold. Results are kept and reused for what has not changed; `--force` starts anew.
 */
const threshold = 90
const folder = join(".local", "mutation")

const mutantsOf = (name: string, { mutate, tests }: Module, force: boolean): Promise<readonly MutantResult[]> => {
  const testFiles = globSync(tests)
  process.env["MUTATION_TESTS"] = testFiles.join("\n")
  return new Stryker({
    // TypeScript 7 has no API by which Stryker could rewrite the configuration: it is told of one that isn't there.
    configFile: join(import.meta.dirname, "stryker.json"),
    mutate: [...mutate],
    testFiles,
    incrementalFile: join(folder, `${name}.json`),
    force,
    htmlReporter: { fileName: join(folder, `${name}.html`) },
    tempDirName: join(folder, "sandbox", name),
  }).runMutationTest()
}

const count = (mutants: readonly MutantResult[], ...statuses: readonly MutantResult["status"][]) =>
  mutants.filter(({ status }) => statuses.includes(status)).length

/** A mutant that ends in an endless loop is noticed; one that no test reaches is not. */
const scoreOf = (mutants: readonly MutantResult[]) => {
  const noticed = count(mutants, "Killed", "Timeout")
  const all = noticed + count(mutants, "Survived", "NoCoverage")
  return { noticed, all, score: all === 0 ? 0 : (100 * noticed) / all }
}

/** A change that tests reach and that none was run against says nothing: the runner didn't find them by name. */
const requireTried = (mutants: readonly MutantResult[]) => {
  const untried = mutants.filter(({ status, testsCompleted }) => status === "Survived" && testsCompleted === 0)
  if (untried.length > 0) throw new Error(`no test was run against ${untried.length} changes that tests reach`)
}

const survivor = ({ fileName, location, mutatorName, replacement, status }: MutantResult) =>
  `${relative(".", fileName)}:${location.start.line}:${location.start.column} ${mutatorName}` +
  `${status === "NoCoverage" ? " (no test reaches it)" : ""}: ${replacement.replaceAll(/\s+/g, " ").slice(0, 80)}`

const args = process.argv.slice(2)
const wanted = args.filter((arg) => !arg.startsWith("-"))
const foreign = wanted.filter((name) => !Object.hasOwn(modules, name))
if (foreign.length > 0)
  throw new Error(`there is no module ${foreign.join(", ")}; there are ${Object.keys(modules).join(", ")}`)

await mkdir(folder, { recursive: true })
const lines = ["module                        score   noticed   survived   timed out   not judged"]
const widths = [9, 10, 11, 12, 13]
let below = 0
for (const [name, module] of Object.entries(modules)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const mutants = await mutantsOf(name, module, args.includes("--force"))
  requireTried(mutants)
  const { noticed, all, score } = scoreOf(mutants)
  const survivors = mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage").map(survivor)
  await writeFile(join(folder, `${name}-survivors.txt`), survivors.map((line) => `${line}\n`).join(""))
  const figures = [
    `${score.toFixed(1)} %`,
    `${noticed}/${all}`,
    survivors.length,
    count(mutants, "Timeout"),
    mutants.length - all,
  ]
  lines.push(name.padEnd(26) + figures.map((figure, i) => `${figure}`.padStart(widths[i] ?? 0)).join(""))
  console.log(lines.at(-1))
  if (score < threshold) below++
}

const table = `${lines.join("\n")}\n`
await writeFile(join(folder, "report.txt"), table)
console.log(`\n${table}\nSurvivors and reports: ${folder}. Why some may survive: docs/mutation.md.`)
if (below > 0) console.error(`${below} of these modules are below ${threshold} %.`)
process.exitCode = below > 0 ? 1 : 0
