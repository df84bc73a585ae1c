import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import * as z from "zod/mini"
import { Problem } from "../contract/errors.ts"
import { IntegrityFailure } from "../protocol/integrity.ts"
import { knownOf, verifyProviderKeys } from "../protocol/provider-keys.ts"
import { Unreachable } from "../sdk/api.ts"
import { type Cloud, openCloud } from "../sdk/cloud.ts"
import { auditExport } from "../sdk/patient/audit-export.ts"
import { type Look, lookAt, type SeenState, seenState } from "./audit-watch/look.ts"
import { sentences } from "./sentences.ts"
import { messageOf, terminalText } from "./terminal-text.ts"

const print = (text: string) => console.log(terminalText(text))

const usage = `Usage: npm run audit:watch -- URL [--state FILE] [--against FILE]... [--cloud=ID] [--late MINUTES] [--once]
Follows the checkpoints of a cloud from outside, once a minute, and reports a fork or a gap: a history that is not the one seen before, a
checkpoint that the cloud can't show, or none for too long.
  --state     where it is kept what was seen (audit-watch.json)
  --against   another watcher's state file, or an exported audit trail: what it has seen must be in the same history
  --cloud     the cloud's id, which is made of its provider's first key, from another source than the cloud
  --late      after how many minutes without a new checkpoint there is a gap (15)
  --once      looks once
Exit code: 0 unbroken, 1 a fork or another provider's, 2 nothing could be checked, 3 a gap.`

const exitCodes = { unbroken: 0, fork: 1, unchecked: 2, gap: 3 }
const everyMs = 60_000

interface Watch {
  readonly url: string
  readonly stateFile: string
  readonly against: readonly SeenState[]
  readonly cloudId: string | undefined
  readonly lateMs: number
}

/** Another watcher's state, or the newest checkpoint of an exported trail. */
const readSeen = async (file: string): Promise<SeenState> => {
  const value: unknown = JSON.parse(readFileSync(file, "utf8"))
  const state = z.safeParse(seenState, value)
  if (state.success) return state.data
  const exported = z.safeParse(auditExport, value)
  if (!exported.success || exported.data.newest === undefined) throw new Error(`${file}: no checkpoint that was seen`)
  const { cloudId, providerKeys, newest } = exported.data
  const provider = knownOf(await verifyProviderKeys(cloudId, providerKeys))
  return { format: "ehr-cloud-checkpoints-seen/1", provider, checkpoint: newest.checkpoint }
}

/** Whole or not at all, whenever the process ends. */
const writeSeen = (file: string, state: SeenState): void => {
  writeFileSync(`${file}.new`, JSON.stringify(state), { flush: true })
  renameSync(`${file}.new`, file)
}

const say = (text: string) => print(`${new Date().toISOString()}  ${text}`)

/** Too long without a checkpoint is a gap too: what happened since is under none. */
const lateness = ({ newest }: Extract<Look, { outcome: "unbroken" }>, lateMs: number): string | undefined =>
  Date.now() - newest.iat * 1000 > lateMs
    ? `checkpoint ${newest.number} is of ${new Date(newest.iat * 1000).toISOString()}, and none has come since`
    : undefined

/** Looks, tells, and answers the exit code. What was seen is kept only where it continues what was seen before. */
const watchOnce = async (cloud: Cloud, { stateFile, against, lateMs }: Watch): Promise<number> => {
  const own = existsSync(stateFile) ? [await readSeen(stateFile)] : []
  const look = await lookAt(cloud, [...own, ...against])
  switch (look.outcome) {
    case "none-yet":
      say("the cloud has signed no checkpoint yet")
      return exitCodes.unchecked
    case "fork": {
      const file = `${stateFile}.fork-${Date.now()}.json`
      writeFileSync(file, JSON.stringify({ because: look.because, evidence: look.evidence }), { flush: true })
      say(`FORK: ${look.because}. What the provider signed is in ${file}.`)
      return exitCodes.fork
    }
    case "gap":
      say(`GAP: ${look.because}.`)
      return exitCodes.gap
    case "unbroken": {
      writeSeen(stateFile, look.state)
      const { number, iat, size } = look.newest
      const late = lateness(look, lateMs)
      if (late !== undefined) {
        say(`GAP: ${late}.`)
        return exitCodes.gap
      }
      const since = own.length === 0 && against.length === 0 ? "the first of all" : "what was seen before"
      say(
        `checkpoint ${number}, signed ${new Date(iat * 1000).toISOString()} over ${size} trails; ${since} is in its past`,
      )
      return exitCodes.unbroken
    }
    default:
      return look satisfies never
  }
}

/** Introduced anew at each look, so that a cloud that changes its keys is noticed. */
const introduced = async ({ url, cloudId }: Watch): Promise<Cloud> => {
  const cloud = await openCloud(url)
  if (cloudId !== undefined && cloud.cloudId !== cloudId) throw new IntegrityFailure("provider-changed")
  return cloud
}

/** Goes on until something is wrong, or somebody ends it. No answer is none yet, but for too long it is a gap. */
const follow = async (watch: Watch): Promise<number> => {
  for (let answeredAt = Date.now(); ; ) {
    try {
      const code = await watchOnce(await introduced(watch), watch)
      if (code === exitCodes.fork || code === exitCodes.gap) return code
      answeredAt = Date.now()
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Problem)) throw error
      say(`no answer: ${sentences[error.code]}`)
      if (Date.now() - answeredAt > watch.lateMs) {
        say("GAP: the cloud has shown no checkpoint since.")
        return exitCodes.gap
      }
    }
    await sleep(everyMs)
  }
}

const parse = async (args: string[]): Promise<{ watch: Watch; once: boolean } | undefined> => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      state: { type: "string", default: "audit-watch.json" },
      against: { type: "string", multiple: true, default: [] },
      cloud: { type: "string" },
      late: { type: "string", default: "15" },
      once: { type: "boolean", default: false },
    },
  })
  const [url, ...others] = positionals
  if (url === undefined || others.length > 0 || !/^[1-9][0-9]{0,5}$/.test(values.late)) return undefined
  const { state: stateFile, cloud: cloudId, once } = values
  const against = await Promise.all(values.against.map(readSeen))
  return { watch: { url, stateFile, against, cloudId, lateMs: Number(values.late) * 60_000 }, once }
}

const main = async (args: string[]): Promise<number> => {
  const parsed = await parse(args)
  if (parsed === undefined) {
    console.error(usage)
    return exitCodes.unchecked
  }
  const { watch, once } = parsed
  try {
    const cloud = await introduced(watch)
    print(`cloud       ${cloud.cloudId}\nsigns by    ${knownOf(cloud.provider).newest}`)
    return once ? await watchOnce(cloud, watch) : await follow(watch)
  } catch (error) {
    if (!(error instanceof IntegrityFailure)) throw error
    say(`NOT ONE HISTORY (${error.code}): ${sentences[error.code]}`)
    return exitCodes.fork
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = exitCodes.unchecked
}
