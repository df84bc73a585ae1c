import { setTimeout as sleep } from "node:timers/promises"
import { unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { type AuditEvent, auditEvent, auditOrigin } from "../contract/audit.ts"
import { Problem } from "../contract/errors.ts"
import { linkEvent } from "../functions/domain/audit-chain.ts"
import { lookUp } from "../sdk/hcp/card.ts"
import { type Access, type Credential, emergencyAccess, readSummaryRecords } from "../sdk/hcp/emergency-access.ts"
import { listRecords } from "../sdk/hcp/records.ts"
import type { Certification } from "../test/kit/certification.ts"
import { newPatientWithCard, type PatientWithCard } from "./emergency.ts"
import { partition } from "./growth-tables.ts"
import { dynamoOf } from "./provision.ts"
import type { Stage } from "./stage.ts"
import { quantile } from "./statistics.ts"

/** Seconds. */
export interface Latencies {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
  /** The whole distribution: 101 quantiles. */
  readonly quantiles: readonly number[]
}

export interface SurgeResult {
  readonly professionals: number
  readonly patients: number
  /** Over how many seconds they arrived, whoever was served meanwhile. */
  readonly arrivalSeconds: number
  readonly tables: string
  readonly storage: string
  /** From the arrival to the first record, decrypted. */
  readonly record: Latencies
  /** From the arrival to the session that further records take. */
  readonly session: Latencies
  readonly cognito: { readonly passed: number; readonly throttled: number }
  /** Of Cognito's documented quotas, how much was allowed; see `pressed`. */
  readonly quotaShare: number
  /** Everything that should be and is not: who got no record, who left not exactly one event, chains that don't hold. */
  readonly faults: readonly string[]
}

/** Below the number of professionals that one card is open to in an hour. */
const professionalsPerPatient = 20

/** How long a professional goes on asking for a session that the identity manager is too busy for. */
const sessionSeconds = 900

interface Professional {
  readonly credential: Credential
  readonly account: string
  readonly patient: PatientWithCard
}

/** Patients with a card each, and professionals with a certificate each who hold one of the cards. */
export const surgeOf = async (stage: Stage, certification: Certification, count: number): Promise<Professional[]> => {
  const patients: PatientWithCard[] = []
  const professionals: Professional[] = []
  for (let i = 0; i < count; i++) {
    if (i % professionalsPerPatient === 0) patients.push(await newPatientWithCard(stage))
    const credential = certification.professional(`Physician ${i}`)
    const patient = patients.at(-1)
    if (patient !== undefined) professionals.push({ credential, account: credential.account, patient })
  }
  return professionals
}

const openRecord = async ({ patient, credential }: Professional): Promise<Access> => {
  const access = await emergencyAccess(patient.card, lookUp(patient.card, { local: true }), credential)
  const [record] = await readSummaryRecords(access)
  if (record === undefined) throw new Error("there was no record")
  return access
}

/** Goes on where the SDK gives up: an app would try again when the professional asks for the next record. */
const openSession = async (access: Access): Promise<void> => {
  const end = performance.now() + sessionSeconds * 1000
  for (;;)
    try {
      await listRecords(access, "summary")
      return
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "busy" || performance.now() > end) throw error
      await sleep(2000 + 8000 * Math.random())
    }
}

const stored = z.object({ event: auditEvent })

/** What is wrong with the trails after everybody was there: one event of each professional's access, and chains that hold. */
export const faultsIn = async (trail: readonly AuditEvent[], accounts: readonly string[]): Promise<string[]> => {
  const faults: string[] = []
  let head = { seq: 0, hash: auditOrigin }
  for (const event of trail) {
    const { seq: _, prev: __, hash: ___, at, ...rest } = event
    const link = await linkEvent(head, rest, new Date(at))
    if (link.seq !== event.seq || link.prev !== event.prev || link.hash !== event.hash)
      faults.push(`event ${event.seq} is no link of its chain`)
    head = event
  }
  const accesses = trail.filter(({ action, outcome }) => action === "emergency-access" && outcome === "permitted")
  for (const account of accounts) {
    const own = accesses.filter(({ actor }) => actor.kind === "hcp" && actor.account === account)
    if (own.length !== 1) faults.push(`a professional left ${own.length} events`)
  }
  if (accesses.length !== accounts.length) faults.push(`${accounts.length} accesses left ${accesses.length} events`)
  const refused = trail.filter(({ outcome }) => outcome !== "permitted")
  if (refused.length > 0) faults.push(`${refused.length} were refused, first as ${refused[0]?.outcome}`)
  return faults
}

const latenciesOf = (milliseconds: readonly number[]): Latencies => {
  const at = (share: number) => (milliseconds.length === 0 ? Number.NaN : quantile(milliseconds, share) / 1000)
  const quantiles = Array.from({ length: 101 }, (_, i) => at(i / 100))
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), quantiles }
}

/**
 * All of them come within `arrivalSeconds`, evenly, whether or not those before have been served; each reads the first record, then
 * opens a session. `onRecords` is called once everybody has read, before anybody needs a session to end.
 */
export const surge = async (
  stage: Stage,
  professionals: readonly Professional[],
  {
    arrivalSeconds,
    quotaShare,
    cognito,
    onRecords = () => {},
  }: {
    arrivalSeconds: number
    quotaShare: number
    cognito: { counts(): { passed: number; throttled: number } }
    onRecords?: () => void
  },
): Promise<SurgeResult> => {
  const faults: string[] = []
  const [records, sessions]: [number[], number[]] = [[], []]
  const before = cognito.counts()
  const began = performance.now()
  let reading = professionals.length

  const each = async (professional: Professional, i: number): Promise<void> => {
    const arrival = began + (i / professionals.length) * arrivalSeconds * 1000
    await sleep(Math.max(0, arrival - performance.now()))
    const since = () => performance.now() - arrival
    const access = await openRecord(professional)
      .catch((error: unknown) => {
        faults.push(`no record: ${error instanceof Error ? error.message : String(error)}`)
        return undefined
      })
      .finally(() => {
        reading -= 1
        if (reading === 0) onRecords()
      })
    if (access === undefined) return
    records.push(since())
    try {
      await openSession(access)
      sessions.push(since())
    } catch (error) {
      faults.push(`no session: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  await Promise.all(professionals.map(each))

  const after = cognito.counts()
  const patients = [...new Set(professionals.map(({ patient }) => patient))]
  const dynamo = dynamoOf(stage)
  for (const patient of patients) {
    const rows = await partition(dynamo, stage.environment.AUDIT_TABLE ?? "", patient.session.patientId)
    const trail = rows.map((row) => z.parse(stored, unmarshall(row)).event).sort((a, b) => a.seq - b.seq)
    const theirs = professionals.filter((professional) => professional.patient === patient)
    faults.push(
      ...(await faultsIn(
        trail,
        theirs.map(({ account }) => account),
      )),
    )
  }
  return {
    professionals: professionals.length,
    patients: patients.length,
    arrivalSeconds,
    tables: stage.tables.description,
    storage: stage.storage.description,
    record: latenciesOf(records),
    session: latenciesOf(sessions),
    cognito: { passed: after.passed - before.passed, throttled: after.throttled - before.throttled },
    quotaShare,
    faults,
  }
}

const trialsAtOnce = 8
/** How fast they come, of what can be served: the rest is for those who ask for their session again and again. */
const pace = 0.5
/** Of the surge that this one stands for: a thousand within ten seconds. */
const referenceRate = 100

/** How many professionals this machine serves in a second, record and session, client and cloud together; the first half warm it up. */
export const serviceRate = async (professionals: readonly Professional[]): Promise<number> => {
  const half = Math.floor(professionals.length / 2)
  const serve = async (some: readonly Professional[]): Promise<number> => {
    const waiting = [...some]
    const from = performance.now()
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        await openSession(await openRecord(next))
    }
    await Promise.all(Array.from({ length: trialsAtOnce }, worker))
    return some.length / ((performance.now() - from) / 1000)
  }
  await serve(professionals.slice(0, half))
  return serve(professionals.slice(half))
}

/**
 * A surge that presses the identity manager as one of a thousand within ten seconds would press Cognito, on a machine that is client and
 * cloud at once: it allows as much less than its quotas as they come slower.
 */
export const pressed = (count: number, rate: number) => {
  const arrivalSeconds = count / (rate * pace)
  return { arrivalSeconds, quotaShare: Math.min(1, count / arrivalSeconds / referenceRate) }
}
