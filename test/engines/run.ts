/**
 * `npm run engines [ENGINE...]`: holds every clause the adapters count on against AWS in memory and every engine that runs without Docker, prints
 * contract by engine, and writes `results.json`, of which the README's table is made. Exits with 1 where an engine differs and `differences.ts`
 * doesn't say so, or says so and it doesn't.
 */
import { writeFileSync } from "node:fs"
import { type Cloud, services } from "./cloud.ts"
import { type Clause, clauses } from "./contracts.ts"
import { differenceOf } from "./differences.ts"
import { inMemory } from "./memory.ts"
import { provision } from "./provision.ts"
import { type Results, resultsFile } from "./results.ts"
import { engines } from "./start.ts"

interface Held {
  readonly name: string
  readonly version: string
  /** Of each clause that could be asked why it doesn't hold; undefined where it does. */
  readonly outcomes: ReadonlyMap<Clause, string | undefined>
}

const say = (line: string) => console.log(line)
const reasonOf = (error: unknown) =>
  error instanceof Error ? `${error.name}: ${error.message.replaceAll(/\s+/g, " ").slice(0, 300)}` : "unknown"

const hold = async (name: string, version: string, cloud: Partial<Cloud>): Promise<Held> => {
  const outcomes = new Map<Clause, string | undefined>()
  for (const clause of clauses) {
    if (cloud[clause.service] === undefined) continue
    const reason = await clause.hold(cloud).then(
      () => undefined,
      (error: unknown) => reasonOf(error),
    )
    outcomes.set(clause, reason)
    if (reason !== undefined) say(`  ${name} differs: ${clause.service}: ${clause.says} (${reason})`)
  }
  return { name, version, outcomes }
}

const holdOn = async (name: string): Promise<Held | undefined> => {
  const engine = await engines[name]?.(say)
  if (engine === undefined) return undefined
  try {
    say(`${name} ${engine.version}`)
    return await hold(name, engine.version, await provision(engine))
  } finally {
    await engine.stop()
  }
}

/** What an engine does that is written nowhere, and what is written that it no longer does. */
const surprises = ({ name, outcomes }: Held): string[] =>
  [...outcomes].flatMap(([{ service, says }, reason]) => {
    const known = differenceOf(name, service, says)
    if ((known !== undefined) === (reason !== undefined) || known?.byChance) return []
    return [`${name}, ${service}: ${says}: ${known ? "is said to differ, and holds" : "differs, and nothing says so"}`]
  })

const wanted = process.argv.slice(2)
const held: Held[] = [await hold("memory", "", inMemory())]
for (const name of wanted.length > 0 ? wanted : Object.keys(engines)) {
  const outcome = await holdOn(name)
  if (outcome !== undefined) held.push(outcome)
}

say("")
say(["contract".padEnd(16), ...held.map(({ name }) => name.padStart(12))].join(""))
for (const service of services) {
  const cells = held.map(({ outcomes }) => {
    const own = [...outcomes].filter(([clause]) => clause.service === service)
    const holding = own.filter(([, reason]) => reason === undefined)
    return (own.length === 0 ? "-" : `${holding.length} of ${own.length}`).padStart(12)
  })
  say([service.padEnd(16), ...cells].join(""))
}

const surprising = held.flatMap((each) => surprises(each))
for (const line of surprising) console.error(line)
if (surprising.length > 0) process.exitCode = 1
const all = held.length === Object.keys(engines).length + 1
if (all && surprising.length === 0) {
  const holdsOn = ({ name, outcomes }: Held, clause: Clause) =>
    outcomes.get(clause) === undefined && differenceOf(name, clause.service, clause.says) === undefined
  const names = (clause: Clause, holds: boolean) =>
    held.filter((each) => each.outcomes.has(clause) && holdsOn(each, clause) === holds)
  const seen: Results = {
    engines: held.map(({ name, version }) => ({ name, version })),
    clauses: clauses.map((clause) => ({
      service: clause.service,
      says: clause.says,
      holds: names(clause, true).map(({ name }) => name),
      differs: names(clause, false).map(({ name }) => name),
    })),
  }
  writeFileSync(resultsFile, `${JSON.stringify(seen, undefined, 2)}\n`)
  say("\nWritten: test/engines/results.json. `npm run generate` makes the README's table of it.")
} else if (!all) say("\nNot all engines ran: test/engines/results.json stays.")
