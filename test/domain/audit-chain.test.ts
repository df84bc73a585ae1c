import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type AuditEvent, auditOrigin, type NewAuditEvent } from "../../contract/audit.ts"
import { headOf, linkEvent } from "../../functions/domain/audit-chain.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { readAuditTrail } from "../../functions/domain/trails.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { listPageLength } from "../../protocol/primitives.ts"
import { memoryAuditTrail } from "../fakes/audit-trail.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, memoryCloud, noon } from "../fakes/cloud.ts"
import { newPatient } from "../kit/patients.ts"
import { rootOf, signedBy } from "../kit/statements.ts"

const event: NewAuditEvent = {
  action: "commit",
  outcome: "permitted",
  actor: { kind: "patient" },
  subject: { recordId: newId(), version: 1 },
}
const chainOf = async (...events: NewAuditEvent[]) => {
  const chain: AuditEvent[] = []
  for (const next of events) chain.push(await linkEvent(headOf(chain.slice(-1)), next, noon))
  return chain
}

describe("a chain", () => {
  test("starts at 32 zero bytes", async () => {
    expect(headOf([])).toEqual({ seq: 0, hash: auditOrigin })
    expect(Buffer.from(auditOrigin, "base64url")).toEqual(Buffer.alloc(32))
    expect((await chainOf(event))[0]).toMatchObject({ seq: 1, prev: auditOrigin, at: "2026-03-01T12:00:00.000Z" })
  })

  test("counts without a gap, each link naming the one before by its hash", async () => {
    const [first, second, third] = await chainOf(event, event, event)
    expect([first?.seq, second?.seq, third?.seq]).toEqual([1, 2, 3])
    expect([second?.prev, third?.prev]).toEqual([first?.hash, second?.hash])
  })

  test("hashes the canonical event without its hash", async () => {
    const [link] = await chainOf(event)
    const { hash, ...rest } = link ?? { hash: "" }
    expect(hash).toBe(await canonicalHash(rest))
  })

  test("hashes an undefined field as an absent one, as the table keeps it", async () => {
    const [link, same] = [
      await linkEvent(headOf([]), { ...event, subject: { ...event.subject, grantId: undefined } }, noon),
      await linkEvent(headOf([]), event, noon),
    ]
    expect(link).toEqual(same)
    expect(await canonicalHash(JSON.parse(JSON.stringify({ ...link, hash: undefined })))).toBe(link.hash)
  })

  test("shows any change of any event", async () => {
    const [link] = await chainOf(event)
    if (link === undefined) throw new Error("no link")
    const { hash, ...rest } = link
    for (const changed of [
      { seq: 2 },
      { at: "2026-03-01T12:00:00.001Z" },
      { action: "recover" },
      { outcome: "busy" },
      { actor: { kind: "hcp", certificate: "0".repeat(64) } },
      { subject: {} },
      { prev: `${"B".repeat(42)}A` },
    ])
      expect(await canonicalHash({ ...rest, ...changed })).not.toBe(hash)
  })
})

test("writers at once, whatever head they know, make one unbroken chain and lose nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), async (knowing) => {
      const { trail, eventsOf } = memoryAuditTrail()
      const patientId = newId()
      const old = await trail.head(patientId)
      await Promise.all(knowing.map((knows) => trail.append(patientId, event, noon, knows ? old : undefined)))
      const events = eventsOf(patientId)
      expect(events).toHaveLength(knowing.length)
      events.forEach(({ seq, prev }, i) => {
        expect([seq, prev]).toEqual([i + 1, events[i - 1]?.hash ?? auditOrigin])
      })
    }),
    { numRuns: 30 },
  )
})

describe("patient/read-audit-trail", () => {
  test("gives the trail page after page, in order", async () => {
    const cloud = await memoryCloud()
    const { patientId } = await newPatient(cloud)
    for (let i = 0; i < listPageLength; i++) await cloud.audit.append(patientId, event, noon)
    const all = cloud.trail.eventsOf(patientId)
    const first = await readAuditTrail(cloud, patientId, {})
    expect(first).toEqual({ events: all.slice(0, listPageLength), next: `${listPageLength}` })
    const rest = await readAuditTrail(cloud, patientId, { after: first.next })
    expect(all.length).toBeGreaterThan(listPageLength)
    expect(rest).toEqual({ events: all.slice(listPageLength) })
    expect(rest).not.toHaveProperty("next")
  })

  test("opens the trail to nobody without an account, nor to whoever has given theirs up", async () => {
    const cloud = await memoryCloud()
    const patient = await newPatient(cloud)
    const { patientId } = patient
    await expectRefusal(cloud, () => readAuditTrail(cloud, newId(), {}), "not-found")
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    await deactivate(cloud, patientId, { statement }, cloud.call)
    await expectRefusal(cloud, () => readAuditTrail(cloud, patientId, {}), "account-deactivated")
  })
})
