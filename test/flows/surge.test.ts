import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Stage, startStage } from "../../bench/stage.ts"
import { surge, surgeOf } from "../../bench/surge.ts"
import { engineTables } from "../../bench/tables.ts"
import { cognitoQuotas, startThrottle } from "../../bench/throttle.ts"
import { startResponder } from "../../local/authority/responder.ts"
import { makeScratchDirectory } from "../../local/directories.ts"
import { credentials } from "../../local/environment.ts"
import { type Certification, newCertification } from "../kit/certification.ts"
import { cloud } from "./people.ts"

/** The surge of `npm run bench` with fewer professionals, on the engine that all flows share, on tables of its own. */
const count = 50

const quotas = cognitoQuotas()
const ends: (() => Promise<void> | void)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

let stage: Stage
let cognito: Awaited<ReturnType<typeof startThrottle>>
let certification: Certification
beforeAll(async () => {
  const scratch = makeScratchDirectory("surge")
  ends.push(() => rmSync(scratch, { recursive: true, force: true }))
  certification = newCertification()
  const responder = await startResponder(certification.answer)
  ends.push(responder.stop)
  writeFileSync(join(scratch, "trust-policy.json"), JSON.stringify(certification.policyAt(responder.url)))
  const engine = { name: cloud.engine, version: "", endpoint: cloud.endpoint, stop: async () => {} }
  cognito = await startThrottle(engine.endpoint, quotas)
  ends.push(cognito.stop)
  const { endpoint, stop } = engine
  const storage = { name: "engine" as const, description: engine.name, endpoint, credentials, stop }
  stage = await startStage({ engine, storage, tables: engineTables(engine), cognito: cognito.endpoint }, scratch)
  ends.push(stage.stop)
})

test(`${count} professionals at once: everybody reads the record while Cognito refuses all, leaves one event, and gets a session when it no longer does`, async () => {
  const professionals = await surgeOf(stage, certification, count)
  const allowed = quotas.map(({ perSecond }) => perSecond)
  for (const quota of quotas) quota.perSecond = 0
  const before = cognito.counts().passed
  let passedWhileReading: number | undefined
  const result = await surge(stage, professionals, {
    arrivalSeconds: 0,
    quotaShare: 1,
    cognito,
    onRecords: () => {
      passedWhileReading = cognito.counts().passed - before
      for (const [i, quota] of quotas.entries()) quota.perSecond = allowed[i] ?? 0
    },
  })
  expect(result.faults).toEqual([])
  expect(result).toMatchObject({ professionals: count, patients: 3 })
  expect(passedWhileReading).toBe(0)
  expect(result.cognito.throttled).toBeGreaterThan(0)
  expect(result.cognito.passed).toBeGreaterThanOrEqual(2 * count)
}, 300_000)
