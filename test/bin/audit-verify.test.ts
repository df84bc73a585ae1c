import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, describe, expect, test } from "vitest"
import type { NewAuditEvent } from "../../contract/audit.ts"
import { signReceipt } from "../../functions/domain/receipts.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { statementHash } from "../../protocol/statement.ts"
import { exportAuditTrail } from "../../sdk/patient/audit-export.ts"
import { noon } from "../fakes/cloud.ts"
import { profession, professionalExtensions } from "../kit/certificate-extensions.ts"
import { anchorOf } from "../kit/certification.ts"
import { Issuer } from "../kit/issuer.ts"
import { accessRequest } from "../kit/patients.ts"
import { type Professional, professionalOf, selfMadeProfessional } from "../kit/professional.ts"
import { newProvider } from "../kit/provider.ts"
import { coveredTrail, exported, minutes, signedIn } from "../sdk/patient/trails.ts"

const aHash = "A".repeat(43)
const cardId = "A".repeat(22)

/** An access that a professional asked for a moment ago, and its event as the provider receipted it. */
const receipted = async (
  { cloud, patientId }: Awaited<ReturnType<typeof coveredTrail>>,
  professional: Professional = selfMadeProfessional(),
) => {
  const card = { cardId, proofKey: aHash, locatorHash: aHash }
  const { statement } = await accessRequest(cloud, professional, { patientId, fingerprint: aHash }, card)
  const { account, certificate } = professional
  const access: NewAuditEvent = {
    action: "emergency-access",
    outcome: "permitted",
    actor: { kind: "hcp", account, certificate },
    subject: { cardId, statementHash: await statementHash(statement) },
  }
  const event = await cloud.audit.append(patientId, access, minutes(2))
  const receipt = await signReceipt(cloud.provider, cloud.cloud, { statement, event }, minutes(2))
  return { statement, event, receipt, providerKeys: cloud.providerKeys.list }
}

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
    const [first] = whole.events
    const path = file("whole.json", whole)
    const plain = await run(path)
    expect(plain).toMatchObject({ code: 0, stdout: expect.stringMatching(/came with the file[^]*HOLDS/) })
    const told = await run(path, `--cloud=${whole.cloudId}`, "--event", `1:${first?.hash}`)
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/1 later ones are not yet[^]*HOLDS\n$/) })
    expect(told.stdout).toContain(whole.cloudId)
  })

  test("exits with 1 where it doesn't hold, is another's key's, or nothing checkpoints it", async () => {
    const whole = await exported()
    const { cloudId: other } = await newProvider()
    const says = /DOES NOT HOLD/
    const path = file("whole.json", whole)
    expect(await run(path, `--cloud=${other}`)).toMatchObject({ code: 1, stdout: expect.stringMatching(says) })
    const cut = file("cut.json", { ...whole, events: whole.events.slice(0, -1) })
    expect(await run(cut)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/DOES NOT HOLD \(audit-trail-cut\)/),
    })
    const { newest: _, ...open } = whole
    expect(await run(file("open.json", open))).toMatchObject({ code: 1, stdout: expect.stringMatching(/none/) })
  })

  test("lets no byte of a broken export drive the terminal", async () => {
    const path = file("escape.json", "\u001b]0;pwned\u0007\u001b[31mRED")
    const told = await promisify(execFile)(process.execPath, ["bin/audit-verify.ts", path]).catch(
      (error: object) => error,
    )
    const { code, stdout, stderr } = told as { code: number; stdout: string; stderr: string }
    expect(code).toBe(2)
    expect(stderr).not.toBe("")
    // oxlint-disable-next-line eslint/no-control-regex -- those that drive a terminal are looked for
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })

  test("holds a trail against receipts: each must be the provider's, for an event of the trail", async () => {
    const covered = await coveredTrail(1)
    const { cloud, patientId, append, sign } = covered
    const received = await receipted(covered)
    await append(minutes(3))
    await sign(minutes(4))
    const whole = await exportAuditTrail(await signedIn(cloud, patientId))
    const trail = file("received.json", whole)
    const receipts = file("receipts.json", [received])
    expect(await run(trail, "--receipts", receipts)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/receipts {4}1, each of an event in the trail[^]*HOLDS/),
    })
    const { statement } = await receipted(covered)
    const other = file("other.json", [{ ...received, statement }])
    expect(await run(trail, "--receipts", other)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/DOES NOT HOLD \(receipt-invalid\)/),
    })
    const { newest: _, ...short } = { ...whole, events: whole.events.slice(0, received.event.seq - 1) }
    expect(await run(file("short.json", short), "--receipts", receipts)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/DOES NOT HOLD \(audit-trail-cut\)/),
    })
    // The provider signed it, and the patient was shown another event at its place.
    const { hash, ...event } = { ...received.event, prev: aHash }
    const another = { ...event, hash: await canonicalHash(event) }
    expect(hash).not.toBe(another.hash)
    const of = { ...received, event: another }
    const receipt = await signReceipt(cloud.provider, cloud.cloud, of, noon)
    expect(await run(trail, "--receipts", file("another.json", [{ ...of, receipt }]))).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/DOES NOT HOLD \(audit-trail-broken\)/),
    })
    for (const empty of [[], {}, [{ statement, receipt }]])
      expect(await run(trail, "--receipts", file("empty.json", empty))).toMatchObject({ code: 2 })
  })

  test("judges by a trust policy who signed, and says where it could not verify that the certificate was valid then", async () => {
    const [from, to] = [minutes(-60), minutes(60)]
    const root = Issuer.root("Root", { from })
    const authority = root.issuer("Authority", { from })
    const policy = { version: 1, anchors: [anchorOf(root, [authority])] }
    const extensions = professionalExtensions([profession.physician])
    const covered = await coveredTrail(1)
    const { cloud, patientId, sign } = covered
    const signed = [
      await receipted(covered, professionalOf(authority.issue("Dr. A", { from, to, extensions }), [authority.self])),
      await receipted(covered),
    ].map(({ statement }) => ({ statement }))
    await receipted(covered)
    await sign(minutes(4))
    const whole = { ...(await exportAuditTrail(await signedIn(cloud, patientId))), signed }
    const path = file("signed.json", whole)
    const untold = await run(path)
    expect(untold.stdout).toMatch(/signed {6}2 accesses[^]*unsigned {4}1 that the trail[^]*--trust FILE/)
    expect(untold.stdout).not.toContain("Dr. A")
    const { code, stdout } = await run(path, "--trust", file("policy.json", policy))
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /Dr\. A, physician \(certified by test; could not verify that the certificate was valid then\)/,
    )
    expect(stdout).toMatch(/access {4}certificate [0-9a-f]{8} {2}not certified by anybody this machine knows/)
    expect(await run(path, "--trust", path)).toMatchObject({ code: 2 })
    const foreign = file("foreign.json", { ...(await exported()), signed })
    expect(await run(foreign)).toMatchObject({ code: 1, stdout: expect.stringMatching(/access-differs/) })
  })

  test("exits with 2 where nothing could be checked", async () => {
    expect(await run()).toMatchObject({ code: 2 })
    expect(await run(join(directory, "nowhere.json"))).toMatchObject({ code: 2 })
    expect(await run(file("text.json", "no JSON"))).toMatchObject({ code: 2 })
    expect(await run(file("whole.json", await exported()), "--event", "nonsense")).toMatchObject({ code: 2 })
  })
})
