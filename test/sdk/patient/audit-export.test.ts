import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, describe, expect, test } from "vitest"
import { linkEvent } from "../../../functions/domain/audit-chain.ts"
import { thumbprint } from "../../../sdk/crypto/keys.ts"
import { type AuditExport, exportAuditTrail, verifyAuditExport } from "../../../sdk/patient/audit-export.ts"
import { newKey } from "../../fakes/call.ts"
import { memoryProvider } from "../../fakes/provider.ts"
import { event, minutes, sealedTrail, signedIn } from "./trails.ts"

const exported = async (open = 0): Promise<AuditExport> => {
  const { cloud, patientId, append, seal } = await sealedTrail(3)
  for (let minute = 2; minute < 8; minute++) await seal(minutes(minute))
  for (let i = 0; i < open; i++) await append(minutes(8))
  return JSON.parse(JSON.stringify(await exportAuditTrail(await signedIn(cloud, patientId)))) as AuditExport
}

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
    expect(whole.sealed?.links.length).toBeGreaterThan(1)
    expect(await verifyAuditExport(whole)).toEqual({
      cloudId: whole.cloudId,
      patientId: whole.patientId,
      events: length,
      provider: await thumbprint(whole.providerKey),
      seal: { number: 7, signedAt: minutes(7).getTime() / 1000, sealed: length - 2 },
    })
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
    await verifyAuditExport(whole, [known])
    await expect(verifyAuditExport(whole, [known, { seq: 2, hash: newKey() }])).rejects.toMatchObject({
      code: "audit-trail-broken",
    })
    await expect(verifyAuditExport(whole, [{ seq: 99, hash: newKey() }])).rejects.toMatchObject({
      code: "audit-trail-cut",
    })
  })

  test("of another format is none", async () => {
    for (const value of [null, [], {}, { ...(await exported()), more: 1 }])
      await expect(verifyAuditExport(value)).rejects.toMatchObject({ code: "reply-invalid" })
  })
})

describe("npm run audit:verify", () => {
  const directory = mkdtempSync(join(tmpdir(), "audit-"))
  afterAll(() => rmSync(directory, { recursive: true }))
  const file = (name: string, value: unknown) => {
    const path = join(directory, name)
    writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value))
    return path
  }
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["bin/audit-verify.ts", ...args]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    )

  test("says that an export holds, and under whose key", async () => {
    const whole = await exported(1)
    const provider = await thumbprint(whole.providerKey)
    const [first] = whole.events
    const path = file("whole.json", whole)
    const plain = await run(path)
    expect(plain).toMatchObject({ code: 0, stdout: expect.stringMatching(/came with the file[^]*HOLDS/) })
    const told = await run(path, "--provider", provider, "--event", `1:${first?.hash}`)
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/1 later ones are not yet[^]*HOLDS\n$/) })
    expect(told.stdout).toContain(provider)
  })

  test("exits with 1 where it doesn't hold, is another's key's, or nothing seals it", async () => {
    const whole = await exported()
    const other = await thumbprint(await (await memoryProvider()).publicKey())
    const says = /DOES NOT HOLD/
    const path = file("whole.json", whole)
    expect(await run(path, "--provider", other)).toMatchObject({ code: 1, stdout: expect.stringMatching(says) })
    const cut = file("cut.json", { ...whole, events: whole.events.slice(0, -1) })
    expect(await run(cut)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/DOES NOT HOLD \(audit-trail-cut\)/),
    })
    const { sealed: _, ...open } = whole
    expect(await run(file("open.json", open))).toMatchObject({ code: 1, stdout: expect.stringMatching(/none/) })
  })

  test("exits with 2 where nothing could be checked", async () => {
    expect(await run()).toMatchObject({ code: 2 })
    expect(await run(join(directory, "nowhere.json"))).toMatchObject({ code: 2 })
    expect(await run(file("text.json", "no JSON"))).toMatchObject({ code: 2 })
    expect(await run(file("whole.json", await exported()), "--event", "nonsense")).toMatchObject({ code: 2 })
  })
})
