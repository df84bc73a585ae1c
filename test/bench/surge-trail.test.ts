import { expect, test } from "vitest"
import { faultsIn, pressed } from "../../bench/surge.ts"
import { type AuditEvent, auditOrigin, type NewAuditEvent } from "../../contract/audit.ts"
import { linkEvent } from "../../functions/domain/audit-chain.ts"

const account = (n: number) => n.toString(16).padStart(64, "0")
const access = (n: number, outcome: NewAuditEvent["outcome"] = "permitted"): NewAuditEvent => ({
  action: "emergency-access",
  outcome,
  actor: { kind: "hcp", account: account(n), certificate: account(n) },
  subject: {},
})

const chainOf = async (...events: NewAuditEvent[]): Promise<AuditEvent[]> => {
  const chain: AuditEvent[] = []
  let head = { seq: 0, hash: auditOrigin }
  for (const event of events) {
    const link = await linkEvent(head, event, new Date("2026-03-01T12:00:00.000Z"))
    chain.push(link)
    head = link
  }
  return chain
}

test("one event of each professional, in a chain that holds, is without fault", async () => {
  expect(await faultsIn(await chainOf(access(1), access(2)), [account(1), account(2)])).toEqual([])
})

test("an access without an event, and one with two, are faults", async () => {
  const faults = await faultsIn(await chainOf(access(1), access(1)), [account(1), account(2)])
  expect(faults).toEqual(["a professional left 2 events", "a professional left 0 events"])
})

test("an event of somebody who was not there is a fault", async () => {
  expect(await faultsIn(await chainOf(access(1), access(2)), [account(1)])).toEqual(["1 accesses left 2 events"])
})

test("a refusal is a fault", async () => {
  const faults = await faultsIn(await chainOf(access(1), access(2, "busy")), [account(1)])
  expect(faults).toEqual(["1 were refused, first as busy"])
})

test("a chain that was changed is a fault", async () => {
  const [first, second] = await chainOf(access(1), access(2))
  const changed = { ...first!, actor: { kind: "hcp" as const, account: account(3), certificate: account(1) } }
  expect(await faultsIn([changed, second!], [account(3), account(2)])).toEqual(["event 1 is no link of its chain"])
})

test("a machine that serves a tenth of the surge meant gets them ten times slower, and allows a tenth of the quotas", () => {
  const { arrivalSeconds, quotaShare } = pressed(1000, 20)
  expect(arrivalSeconds).toBe(100)
  expect(quotaShare).toBeCloseTo(0.1)
  expect(pressed(1000, 10_000).quotaShare).toBe(1)
})
