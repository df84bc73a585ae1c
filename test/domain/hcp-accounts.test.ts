import { beforeEach, describe, expect, test } from "vitest"
import { Problem } from "../../contract/errors.ts"
import { revokeCard } from "../../functions/domain/cards.ts"
import { haltGrant } from "../../functions/domain/grants.ts"
import { openSession, sweepAccounts } from "../../functions/domain/hcp-accounts.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { newGrant, patientInOrder, selfMadeProfessional, withdrawConsent } from "../fakes/people.ts"

let cloud: MemoryCloud
let made: Awaited<ReturnType<typeof patientInOrder>>
const professional = await selfMadeProfessional()
let grant: Awaited<ReturnType<typeof newGrant>>
beforeEach(async () => {
  cloud = await memoryCloud()
  made = await patientInOrder(cloud)
  grant = await newGrant(cloud, made.patient, professional, made.card)
})
const opening = (changed: Partial<typeof grant> = {}, call = cloud.call) =>
  openSession({ ...cloud, accounts: cloud.hcpAccounts }, { ...grant, ...changed }, call)
const sweeping = (call = cloud.call) => sweepAccounts({ ...cloud, accounts: cloud.hcpAccounts }, call)
const hour = 3600

describe("a session", () => {
  test("is opened for the professional of the grant, by its ticket, and given out after its event", async () => {
    cloud.calls.steps.length = 0
    expect(await opening()).toEqual({
      accessToken: `session 1 of ${professional.account}`,
      expiresAt: new Date(cloud.now.getTime() + 3_600_000).toISOString(),
    })
    expect(cloud.calls.steps.slice(-4)).toEqual([
      "store.read",
      "store.write",
      "hcpAccounts.openSession",
      "audit.append",
    ])
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "session",
      outcome: "permitted",
      actor: { account: professional.account, certificate: professional.certificate },
      subject: { grantId: grant.grantId },
    })
    expect(JSON.stringify(cloud.trail.all())).not.toContain(grant.ticket)
  })

  test("that the identity manager refuses, however often, leaves no event; the one that is opened leaves one", async () => {
    const before = cloud.trail.all()
    const throttled: typeof cloud.hcpAccounts = {
      ...cloud.hcpAccounts,
      openSession: async () => {
        throw new Problem("busy")
      },
    }
    for (let attempt = 0; attempt < 20; attempt++)
      expect(await refusalOf(openSession({ ...cloud, accounts: throttled }, grant, cloud.call))).toBe("busy")
    expect(cloud.trail.all()).toEqual(before)
    await opening()
    expect(cloud.trail.all().slice(before.length)).toMatchObject([{ action: "session", outcome: "permitted" }])
  })

  test("whose event can't be written is not given out", async () => {
    for (const when of ["asked", "answered"] as const) {
      cloud.calls.steps.length = 0
      await opening()
      cloud.calls.failAt(cloud.calls.steps.indexOf("audit.append") + 1, when)
      await expect(opening()).rejects.toThrow("audit.append")
      cloud.calls.mend()
    }
  })

  test("may be opened again, in the same account", async () => {
    await opening()
    await opening()
    expect(Object.keys(cloud.snapshot().hcps)).toEqual([professional.account])
  })

  test("with another ticket, or of a grant there isn't, is refused alike", async () => {
    const other = await patientInOrder(cloud)
    const foreign = await newGrant(cloud, other.patient, professional, other.card)
    const wrong = [
      { ticket: newKey() },
      { ticket: foreign.ticket },
      { grantId: newId() },
      { grantId: foreign.grantId },
      { patientId: newId() },
      { patientId: other.patient.patientId },
      { patientId: other.patient.patientId, grantId: foreign.grantId },
      // Of the right form, but no 32 bytes have this text; and the same where there is no grant.
      { ticket: `${"A".repeat(42)}B` },
      { ticket: `${"A".repeat(42)}B`, grantId: newId() },
    ]
    for (const changed of wrong) await expectRefusal(cloud, () => opening(changed), "session-refused")
  })

  test("of a grant that ended, was halted, lost its consent or its card is refused, and that is an event", async () => {
    const denied = (outcome: Parameters<typeof expectRefusal>[2]) => [{ action: "session" as const, outcome }]
    await expectRefusal(cloud, () => opening({}, cloud.callIn(hour)), "grant-expired", denied("grant-expired"))
    await revokeCard(cloud, grant.patientId, made.card, cloud.call)
    await expectRefusal(cloud, () => opening(), "card-refused", denied("card-refused"))
    await withdrawConsent(cloud, made.patient, "emergency-share")
    await expectRefusal(cloud, () => opening(), "consent-missing", denied("consent-missing"))
    await haltGrant(cloud, grant.patientId, grant, cloud.call)
    await expectRefusal(cloud, () => opening(), "grant-halted", denied("grant-halted"))
  })

  test("that fails at any call is opened when asked again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 7; call++) {
        cloud.calls.failAt(call, when)
        await expect(opening()).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        expect(await opening()).toHaveProperty("accessToken")
      }
  })

  test("opened by two at once is opened for one, and the other told to try again", async () => {
    cloud.calls.before("store.write", () => opening())
    expect(await refusalOf(opening())).toBe("busy")
    expect(await opening()).toHaveProperty("accessToken")
  })
})

describe("the sweeper", () => {
  test("leaves an account alone for 24 hours after the last session", async () => {
    await opening()
    expect(await sweeping(cloud.callIn(24 * hour - 1))).toEqual({ disabled: 0, deleted: 0 })
    expect(cloud.snapshot().hcps).toEqual({ [professional.account]: { enabled: true } })
  })

  test("then disables it, and deletes it the next time", async () => {
    await opening()
    expect(await sweeping(cloud.callIn(24 * hour))).toEqual({ disabled: 1, deleted: 0 })
    expect(cloud.snapshot().hcps).toEqual({ [professional.account]: { enabled: false } })
    expect(await sweeping(cloud.callIn(24 * hour))).toEqual({ disabled: 0, deleted: 1 })
    expect([cloud.snapshot().hcps, cloud.item("ACCOUNT")]).toEqual([{}, []])
  })

  test("takes an account no later than its certificate ends", async () => {
    const [item] = await cloud.store.read([{ kind: "grant", patientId: grant.patientId, grantId: grant.grantId }])
    if (item === undefined) throw new Error("no grant")
    const certificateEndsAt = new Date(cloud.now.getTime() + 2 * hour * 1000).toISOString()
    await cloud.store.write([{ put: { ...item, revision: 2, certificateEndsAt } }])
    await opening()
    expect(await sweeping(cloud.callIn(2 * hour))).toEqual({ disabled: 1, deleted: 0 })
  })

  test("spares an account that a session wakes between its two passes", async () => {
    await opening()
    await sweeping(cloud.callIn(25 * hour))
    await cloud.store.write([
      {
        put: {
          kind: "hcp-account",
          revision: 2,
          account: professional.account,
          expiresAt: cloud.callIn(49 * hour).now.toISOString(),
        },
      },
    ])
    expect(await sweeping(cloud.callIn(25 * hour))).toEqual({ disabled: 0, deleted: 0 })
  })

  test("ended at any of its calls leaves nothing that the next ones don't take", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 4; call++) {
        await opening()
        await sweeping(cloud.callIn(25 * hour))
        cloud.calls.failAt(call, when)
        await expect(sweeping(cloud.callIn(25 * hour))).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await sweeping(cloud.callIn(25 * hour))
        expect([cloud.snapshot().hcps, cloud.item("ACCOUNT")]).toEqual([{}, []])
      }
  })

  test("spares an account that a session wakes while it takes it", async () => {
    await opening()
    await sweeping(cloud.callIn(25 * hour))
    cloud.calls.before("store.write", () => opening())
    expect(await sweeping(cloud.callIn(25 * hour))).toEqual({ disabled: 0, deleted: 0 })
    expect(cloud.snapshot().hcps).toEqual({ [professional.account]: { enabled: true } })
  })

  test("goes through every page, and takes what nobody has a note of", async () => {
    for (let i = 0; i < 5; i++) await cloud.hcpAccounts.openSession(`${i}`.repeat(64))
    expect(await sweeping()).toEqual({ disabled: 5, deleted: 0 })
    expect(await sweeping()).toEqual({ disabled: 0, deleted: 5 })
  })
})
