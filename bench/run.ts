/** `npm run bench`: measures this project beside the plainest that could be, and holds it against its budgets (docs/performance.md). */
import { randomFillSync } from "node:crypto"
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { cpus, loadavg, release, totalmem, type } from "node:os"
import { join } from "node:path"
import { startResponder } from "../local/authority/responder.ts"
import { makeScratchDirectory, repositoryDirectory } from "../local/directories.ts"
import { startEngine } from "../local/engine.ts"
import { credentials } from "../local/environment.ts"
import { canonicalHash } from "../protocol/crypto/canonical.ts"
import { newCertification } from "../test/kit/certification.ts"
import { budgetsOf } from "./budgets.ts"
import { measureBundles } from "./bundles.ts"
import { measureEmergencies } from "./emergency.ts"
import { fastStore, startFastStore } from "./fast-store.ts"
import { readFlags } from "./flags.ts"
import { measureGrowth } from "./growth.ts"
import { startLine } from "./line.ts"
import type { ObjectStorage } from "./object-storage.ts"
import { megabyte, planOf, rowsOf } from "./plan.ts"
import { page, type Report } from "./report/page.ts"
import { budgetTable, markdown, number, tablesOf } from "./report/table.ts"
import type { Results } from "./results.ts"
import { type Backing, type Stage, startStage } from "./stage.ts"
import { pressed, serviceRate, surge, surgeOf } from "./surge.ts"
import { engineTables, startOrderedTables } from "./tables.ts"
import { cognitoQuotas, startThrottle } from "./throttle.ts"
import { measureMemory, measureRow, measureSteps, openClient } from "./transfers.ts"

/** Of a hospital's network, or a good one at home. */
const lineGigabits = 1

const flags = readFlags(process.argv.slice(2))
const plan = planOf(flags)
const log = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)}  ${line}`)

const started: (() => Promise<void> | void)[] = []
const keeping = <T extends { stop(): Promise<void> | void }>(it: T): T => {
  started.push(() => it.stop())
  return it
}

const stopAll = async () => {
  for (const stop of started.splice(0).reverse()) await stop()
}
// However it ends, nothing is left running.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    void stopAll().finally(() => process.exit(1))
  })

const notes: string[] = []
const load = () => Math.round((loadavg()[0] ?? 0) * 10) / 10
const loadBefore = load()

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] }
const results: Mutable<Results> = {
  transfers: [],
  steps: [],
  memory: [],
  emergency: [],
  growth: [],
  bundles: [],
  surge: [],
}

/** So many random bytes: nothing on the way can make them fewer. */
const writeSource = (file: string, megabytes: number): void => {
  const piece = Buffer.alloc(megabyte)
  const to = openSync(file, "w")
  for (let i = 0; i < megabytes; i++) writeSync(to, randomFillSync(piece))
  closeSync(to)
}

try {
  if (flags.only.has("bundles")) {
    log("bundles ...")
    results.bundles.push(...(await measureBundles(flags.quick ? 1 : 5)))
  }
  const needsStage = [...flags.only].some((section) => section !== "bundles")
  let absent: string | undefined
  if (needsStage) {
    const scratch = makeScratchDirectory("bench")
    started.push(() => rmSync(scratch, { recursive: true, force: true }))
    const certification = newCertification()
    const responder = keeping(await startResponder(certification.answer))
    const policy = certification.policyAt(responder.url)
    writeFileSync(join(scratch, "trust-policy.json"), JSON.stringify(policy))
    const engine = keeping(await startEngine({ log }))
    const ordered = keeping(await startOrderedTables())
    const own: ObjectStorage = {
      name: "engine",
      description: `${engine.name} ${engine.version}`,
      endpoint: engine.endpoint,
      credentials,
      stop: async () => {},
    }

    const storages: ObjectStorage[] = []
    if (flags.s3 !== undefined) {
      const given = {
        accessKeyId: process.env["EHR_CLOUD_BENCH_KEY_ID"],
        secretAccessKey: process.env["EHR_CLOUD_BENCH_SECRET"],
      }
      const { accessKeyId = credentials.accessKeyId, secretAccessKey = credentials.secretAccessKey } = given
      const its = { accessKeyId, secretAccessKey }
      storages.push({
        name: "given",
        description: flags.s3,
        endpoint: flags.s3,
        credentials: its,
        stop: async () => {},
      })
    } else {
      const fast = await fastStore(log)
      if (fast.outcome === "there") {
        const store = keeping(await startFastStore(fast.binary))
        storages.push(store, keeping(await startLine(store, lineGigabits)))
      } else {
        absent = fast.because
        notes.push(`The fast store was not measured: ${absent}.`)
      }
      storages.push(own)
    }
    const [first = own] = storages

    const onStage = async <T>(backing: Backing, run: (stage: Stage) => Promise<T>): Promise<T> => {
      const stage = await startStage(backing, scratch)
      try {
        return await run(stage)
      } finally {
        await stage.stop()
      }
    }

    const [upload, download] = [flags.only.has("upload"), flags.only.has("download")]
    const file = join(scratch, "source.bin")
    if (upload || download || flags.only.has("memory") || flags.only.has("steps"))
      writeSource(file, Math.max(plan.memoryMegabytes, ...plan.transfers.fast.sizes, ...plan.transfers.engine.sizes))
    for (const storage of storages)
      await onStage({ engine, storage, tables: ordered }, async (stage) => {
        if (flags.only.has("memory") && storage === first) {
          log(`${storage.description}: memory, ${plan.memoryMegabytes} MB ...`)
          results.memory.push(await measureMemory(stage, plan.memoryMegabytes, file))
        }
        if (flags.only.has("steps") && storage === first) {
          log(`${storage.description}: steps ...`)
          results.steps.push(...(await measureSteps(stage, { file, ...plan.steps })))
        }
        if (!upload && !download) return
        const transfers = plan.transfers[storage.name === "given" ? "fast" : storage.name]
        for (const row of rowsOf(transfers)) {
          log(`${storage.description}: ${row.megabytes} MB, ${row.users} at once ...`)
          const client = await openClient(stage, row.users)
          try {
            results.transfers.push(
              await measureRow(stage, client, row, { file, repeats: transfers.repeats, upload, download }),
            )
          } finally {
            await client.stop()
          }
        }
      })
    if (flags.only.has("emergency"))
      for (const tables of [ordered, engineTables(engine)]) {
        log(`emergency path on ${tables.description} ...`)
        await onStage({ engine, storage: first, tables }, async (stage) => {
          results.emergency.push(await measureEmergencies(stage, certification, plan.emergencies))
        })
      }
    if (flags.only.has("growth"))
      await onStage({ engine, storage: first, tables: ordered }, async (stage) => {
        const trust = { policy, hash: await canonicalHash(policy) }
        results.growth.push(...(await measureGrowth(stage, certification, trust, plan, log)))
      })
    if (flags.only.has("surge")) {
      const quotas = cognitoQuotas()
      const cognito = keeping(await startThrottle(engine.endpoint, quotas))
      const backing = { engine, storage: first, tables: ordered, cognito: cognito.endpoint }
      await onStage(backing, async (stage) => {
        log(`surge: making ${plan.professionals} professionals and their patients ...`)
        const rate = await serviceRate(await surgeOf(stage, certification, plan.trials))
        const professionals = await surgeOf(stage, certification, plan.professionals)
        const { arrivalSeconds, quotaShare } = pressed(plan.professionals, rate)
        for (const quota of quotas) quota.perSecond *= quotaShare
        log(`surge: ${number(rate)} a second are served, so they come within ${number(arrivalSeconds)} s ...`)
        results.surge.push(await surge(stage, professionals, { arrivalSeconds, quotaShare, cognito }))
      })
    }
  }

  const [cpu] = cpus()
  const machine = {
    cpu: cpu?.model ?? "unknown",
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    loadBefore,
    loadAfter: load(),
  }
  const budgets = budgetsOf(results, flags.only, { absent })
  const report: Report = { at: new Date().toISOString(), quick: flags.quick, machine, notes, budgets, results }
  const folder = join(repositoryDirectory, "bench")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "report.json"), `${JSON.stringify(report, undefined, 2)}\n`)
  writeFileSync(join(folder, "report.html"), page(report))
  for (const table of [...tablesOf(results), budgetTable(budgets)]) console.log(`\n${markdown(table)}`)
  for (const note of notes) console.log(`\n${note}`)
  if (flags.quick) console.log("\nQuick: small and few. These are no figures to quote.")
  console.log("\nbench/report.html has the plots, bench/report.json everything.")
} finally {
  await stopAll()
}
process.exit()
