import { afterAll, beforeAll, expect, test } from "vitest"
import { reservedAtOnce } from "../../lib/cloud-use-cases.ts"
import { warm } from "../../lib/main-table.ts"
import { temporaryFolder } from "../kit/temporary-folder.ts"
import { limits } from "./limits.ts"
import { surgeOf } from "./surge.ts"

const count = 1000
const patience = 900_000

let surge: Awaited<ReturnType<typeof surgeOf>>
const { folder, remove } = temporaryFolder()
afterAll(remove)
beforeAll(async () => {
  surge = await surgeOf(folder, count)
}, patience)

/** The main table as it is deployed. */
const deployed = { "main-table": warm }
const most = (values: readonly number[]) => Math.max(...values)

test(
  "a thousand professionals within ten seconds each read the first record within two, and none waits for Cognito",
  async () => {
    const outcome = await surge.run({ within: 10_000, warm: deployed })
    expect(outcome.refused).toEqual([])
    expect(outcome.records).toHaveLength(count)
    expect(most(outcome.records)).toBeLessThanOrEqual(2000)
    expect(outcome.cognitoWhileReading).toBe(0)
    // Everybody has a session in the end, at the pace at which Cognito makes accounts.
    expect(outcome.cognitoThrottled).toBeGreaterThan(0)
    expect(outcome.sessions).toHaveLength(count)
    // Twenty come to one card, and those of the same moment try again.
    expect(outcome.accessWrites).toBeLessThanOrEqual(60 * count)
    expect(limits.table.writes).toBe(warm.writes)
  },
  patience,
)

test(
  "a thousand within two seconds do too, in an account as the preflight asks for it",
  async () => {
    const { records, refused } = await surge.run({
      within: 2000,
      warm: deployed,
      functionsAtOnce: 1000 + reservedAtOnce,
      sessions: false,
    })
    expect(refused).toEqual([])
    expect(records).toHaveLength(count)
    expect(most(records)).toBeLessThanOrEqual(2000)
  },
  patience,
)

test(
  "of a thousand within one second, on a table that nobody warmed, some are told to try again, and nobody that we failed",
  async () => {
    const { records, refused } = await surge.run({
      within: 1000,
      functionsAtOnce: 1000 + reservedAtOnce,
      sessions: false,
    })
    expect(new Set(refused)).toEqual(new Set(["busy"]))
    expect(records.length + refused.length).toBe(count)
  },
  patience,
)
