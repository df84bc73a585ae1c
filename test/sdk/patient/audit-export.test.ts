import { describe, expect, test } from "vitest"
import { linkEvent } from "../../../functions/domain/audit-chain.ts"
import { exportAuditTrail, verifyAuditExport } from "../../../sdk/patient/audit-export.ts"
import { newKey } from "../../fakes/call.ts"
import { newPatient } from "../../kit/patients.ts"
import { coveredTrail, event, exported, minutes, signedIn } from "./trails.ts"

/** Every string and number of a JSON value, and how to make it another. */
const places = (value: unknown, path: (string | number)[] = []): (string | number)[][] => {
  if (typeof value !== "object" || value === null) return [path]
  return Object.entries(value).flatMap(([name, member]) => places(member, [...path, name]))
}
const changedAt = (value: unknown, path: (string | number)[]): unknown => {
  const [name, ...rest] = path
  if (name === undefined) {
    if (typeof value === "number") return value + 1
    const text = String(value)
    // In the middle: the last character of base64url may have bits that count for nothing.
    const at = Math.floor(text.length / 2)
    return text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1)
  }
  const copy = structuredClone(value) as Record<string, unknown>
  copy[name] = changedAt(copy[name], rest)
  return copy
}

describe("an export", () => {
  test("holds, to its first checkpoint, with what is not sealed yet named", async () => {
    const whole = await exported(2)
    const length = whole.events.length
    expect(whole.newest?.links.length).toBeGreaterThan(1)
    expect(await verifyAuditExport(whole)).toEqual({
      cloudId: whole.cloudId,
      patientId: whole.patientId,
      events: length,
      signed: [],
      unsigned: 0,
      checkpoint: { number: 7, signedAt: minutes(7).getTime() / 1000, covered: length - 2 },
    })
  })

  test("of a cloud's first minutes holds, with nothing that vouches for its end", async () => {
    const { cloud, patientId } = await coveredTrail(2)
    cloud.kept.signed.clear()
    const whole = await exportAuditTrail(await signedIn(cloud, patientId))
    expect(whole).not.toHaveProperty("newest")
    const verdict = await verifyAuditExport(whole)
    expect(verdict).toMatchObject({ patientId, events: whole.events.length })
    expect(verdict).not.toHaveProperty("checkpoint")
  })

  test("of a trail that is under no checkpoint yet holds, with nothing of it sealed", async () => {
    const { cloud } = await coveredTrail(0)
    const { patientId } = await newPatient(cloud)
    await cloud.audit.append(patientId, event, minutes(1))
    const verdict = await verifyAuditExport(await exportAuditTrail(await signedIn(cloud, patientId)))
    expect(verdict).toMatchObject({ checkpoint: { number: 1, covered: 0 } })
    expect(verdict.events).toBeGreaterThan(0)
  })

  test("does not hold with any value in it another one", async () => {
    const whole = await exported()
    const all = places(whole)
    expect(all.length).toBeGreaterThan(50)
    for (const path of all) {
      const changed = verifyAuditExport(changedAt(whole, path))
      await expect(changed, path.join(".")).rejects.toMatchObject({ name: "IntegrityFailure" })
    }
  })

  test("does not hold with its end cut off, an event taken out, or another in its place", async () => {
    const whole = await exported()
    const { events } = whole
    const rest = events.slice(0, -1)
    await expect(verifyAuditExport({ ...whole, events: rest })).rejects.toMatchObject({ code: "audit-trail-cut" })
    for (const i of events.keys())
      await expect(verifyAuditExport({ ...whole, events: events.toSpliced(i, 1) })).rejects.toMatchObject({
        name: "IntegrityFailure",
      })
    const last = rest.at(-1)
    const other = await linkEvent(
      { seq: rest.length, hash: last?.hash ?? "" },
      { ...event, action: "session" },
      minutes(0),
    )
    await expect(verifyAuditExport({ ...whole, events: [...rest, other] })).rejects.toMatchObject({
      code: "audit-trail-broken",
    })
  })

  test("is held against what a device or a professional knows of it", async () => {
    const whole = await exported()
    const [first] = whole.events
    const known = { seq: 1, hash: first?.hash ?? "" }
    await verifyAuditExport(whole, { seen: [known] })
    await expect(verifyAuditExport(whole, { seen: [known, { seq: 2, hash: newKey() }] })).rejects.toMatchObject({
      code: "audit-trail-broken",
    })
    await expect(verifyAuditExport(whole, { seen: [{ seq: 99, hash: newKey() }] })).rejects.toMatchObject({
      code: "audit-trail-cut",
    })
  })

  test("with a key that no bytes are written as is refused like any other", async () => {
    const whole = await exported()
    const { first } = whole.providerKeys
    // Of 43 characters the last stands for four bits, and two that must be zero.
    const providerKeys = { first: { ...first, x: `${first.x.slice(0, -1)}B` }, successors: [] }
    await expect(verifyAuditExport({ ...whole, providerKeys })).rejects.toMatchObject({ code: "reply-invalid" })
  })

  test("of another format is none", async () => {
    for (const value of [null, [], {}, { ...(await exported()), more: 1 }])
      await expect(verifyAuditExport(value)).rejects.toMatchObject({ code: "reply-invalid" })
  })
})
