import { mkdtempSync, readdirSync, readFileSync } from "node:fs"
import { rm, writeFile } from "node:fs/promises"
import { availableParallelism, tmpdir } from "node:os"
import { basename, join } from "node:path"
import type { Exploration } from "./explore.ts"
import { type FormalModel, mutate, parseModel } from "./model.ts"
import { isSurprise, type Row, summary, table, verdictOf } from "./report.ts"
import { exploredModels } from "./state-models.ts"
import { ask, type Verdict, verifpal } from "./verifpal.ts"

type Task = () => Promise<Row>

/**
 * `npm run verify:protocol`: asks Verifpal every model here and every mutant of it, and searches the models with state.
 * Exit code 0 only if each model holds and each mutant is broken.
 */
const models = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".vp"))
  .toSorted()
  .map((file) => parseModel(basename(file, ".vp"), readFileSync(join(import.meta.dirname, file), "utf8")))

const binary = await verifpal(console.log)
const folder = mkdtempSync(join(tmpdir(), "ehr-cloud-formal-"))
try {
  const rows = await inParallel([...models.flatMap(tasksOf), ...exploredModels.flatMap(explorationsOf)])
  const [held, broken] = [
    rows.filter(({ expected }) => expected === "holds"),
    rows.filter(({ expected }) => expected === "broken"),
  ]
  console.log(table("Models: each must hold.", held))
  console.log(table("Mutants: each lacks one mend and must be broken.", broken))
  console.log(summary(rows))
  process.exitCode = rows.some(isSurprise) ? 1 : 0
} finally {
  await rm(folder, { recursive: true })
}

function tasksOf(model: FormalModel): Task[] {
  const { name, question, sessions, mutants, source } = model
  const bound = sessions === 1 ? "1 session" : `${sessions} sessions`
  const askOf = async (file: string, text: string): Promise<{ verdict: Verdict; seconds: number }> => {
    const path = join(folder, `${file}.vp`)
    await writeFile(path, text)
    return timed(() => ask(binary, path, sessions))
  }
  return [
    async () => ({
      ...(await askOf(name, source)),
      name: `${name}.vp`,
      attack: undefined,
      bound,
      expected: "holds",
      words: question,
    }),
    ...mutants.map(
      (mutant): Task =>
        async () => ({
          ...(await askOf(`${name}-${mutant.name}`, mutate(model, mutant.name))),
          name: `${name}.vp ${mutant.name}`,
          attack: mutant.attack,
          bound,
          expected: "broken",
          words: mutant.change,
        }),
    ),
  ]
}

function explorationsOf({ name, question, bound, explore, mutants }: (typeof exploredModels)[number]): Task[] {
  const search = (explored: () => Exploration) => timed(() => Promise.resolve(verdictOf(explored())))
  return [
    async () => ({ ...(await search(explore)), name, attack: undefined, bound, expected: "holds", words: question }),
    ...mutants.map(
      (mutant): Task =>
        async () => ({
          ...(await search(() => mutant.explore())),
          name: `${name} ${mutant.name}`,
          attack: mutant.attack,
          bound,
          expected: "broken",
          words: mutant.change,
        }),
    ),
  ]
}

async function timed(act: () => Promise<Verdict>): Promise<{ verdict: Verdict; seconds: number }> {
  const from = performance.now()
  const verdict = await act()
  return { verdict, seconds: (performance.now() - from) / 1000 }
}

/** Returns the tasks' rows in the tasks' order. */
async function inParallel(tasks: readonly Task[]): Promise<Row[]> {
  const waiting = [...tasks.entries()]
  const rows: Row[] = []
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) rows[next[0]] = await next[1]()
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker))
  return rows
}
