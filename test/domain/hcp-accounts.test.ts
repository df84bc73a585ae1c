import { beforeEach, describe, expect, test } from "vitest"
import { Problem } from "../../contract/errors.ts"
import { endAccess } from "../../functions/domain/grants.ts"
import { openSession, sweepAccounts } from "../../functions/domain/hcp-accounts.ts"
import { verifyReceipt } from "../../protocol/receipt.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { halt, newGrant, patientInOrder, revoke, withdrawConsent } from "../kit/patients.ts"
import { selfMadeProfessional } from "../kit/professional.ts"
import { newProvider } from "../kit/provider.ts"

let cloud: MemoryCloud
let made: Awaited<ReturnType<typeof patientInOrder>>
const professional = selfMadeProfessional()
let grant: Awaited<ReturnType<typeof newGrant>>
beforeEach(async () => {
  cloud = await memoryCloud()
  made = await patientInOrder(cloud)
  grant = await newGrant(cloud, made.patient, professional, made.card)
})
const opening = (changed: Partial<typeof grant> = {}, call = cloud.call) =>
  openSession({ ...cloud, hcpAccounts: cloud.hcpAccounts }, { ...grant, ...changed }, call)
const sweeping = (call = cloud.call) => sweepAccounts({ ...cloud, hcpAccounts: cloud.hcpAccounts }, call)
const hour = 3600

describe("a session", () => {
  test("is opened for the professional of the grant, by its ticket, and given out after its event", async () => {
    cloud.calls.steps.length = 0
    expect(await opening()).toEqual({
      accessToken: `session 1 of ${professional.account}`,
      expiresAt: new Date(cloud.now.getTime() + 3_600_000).toISOString(),
      receipt: expect.any(String),
      event: expect.objectContaining({ action: "emergency-access", outcome: "permitted" }),
    })
    expect(cloud.calls.steps.slice(-8)).toEqual([
      "store.read",
      "store.write",
      "hcpAccounts.openSession",
      "provider.sign",
      "store.read",
      "store.write",
      "audit.append",
      "store.write",
    ])
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "session",
      outcome: "permitted",
      actor: { account: professional.account, certificate: professional.certificate },
      subject: { grantId: grant.grantId },
    })
    expect(JSON.stringify(cloud.trail.all())).not.toContain(grant.ticket)
  })

  test("is opened no more once its professional has ended the access", async () => {
    await endAccess(cloud, grant, cloud.call)
    await expectRefusal(cloud, () => opening(), "grant-ended", [{ action: "session", outcome: "grant-ended" }])
  })

  test("comes with the provider's receipt of the access it belongs to: its statement and where it stands in the trail", async () => {
    const { patientId, grantId } = grant
    const [stored] = await cloud.store.read([{ kind: "grant", patientId, grantId }])
    if (stored === undefined) throw new Error("no grant")
    const { receipt } = await opening()
    const { statement, event } = stored
    const expected = { provider: cloud.providerKeys, statement, event }
    expect(await verifyReceipt(receipt, expected)).toMatchObject({ iat: cloud.now.getTime() / 1000 })
    for (const other of [
      { provider: (await newProvider()).keys },
      { statement: "e30.e30e.c2ln" },
      { event: { ...event, seq: 2 } },
      { event: { ...event, hash: newKey() } },
    ])
      await expect(verifyReceipt(receipt, { ...expected, ...other })).rejects.toMatchObject({ code: "receipt-invalid" })
  })

  test("that the provider can't receipt is not given out, and leaves no event", async () => {
    const before = cloud.trail.all()
    cloud.calls.before("provider.sign", async () => {
      throw new Error("the key is disabled")
    })
    await expect(opening()).rejects.toThrow("disabled")
    expect(cloud.trail.all()).toEqual(before)
  })

  test("opened again and again within the hour leaves one event; after it, or of another grant, its own", async () => {
    const sessions = () => cloud.trail.eventsOf(grant.patientId).filter(({ action }) => action === "session")
    for (let i = 0; i < 5; i++) expect(await opening({}, cloud.callIn(i * 600))).toHaveProperty("receipt")
    expect(sessions()).toHaveLength(1)
    const second = await newGrant(cloud, made.patient, professional, made.card)
    await opening(second)
    expect(sessions().map(({ subject }) => subject.grantId)).toEqual([grant.grantId, second.grantId])
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
      expect(await refusalOf(openSession({ ...cloud, hcpAccounts: throttled }, grant, cloud.call))).toBe("busy")
    expect(cloud.trail.all()).toEqual(before)
    await opening()
    expect(cloud.trail.all().slice(before.length)).toMatchObject([{ action: "session", outcome: "permitted" }])
  })

  test("whose event can't be written is not given out", async () => {
    for (const when of ["asked", "answered"] as const) {
      const [first, second] = [
        await newGrant(cloud, made.patient, professional, made.card),
        await newGrant(cloud, made.patient, professional, made.card),
      ]
      cloud.calls.steps.length = 0
      await opening(first)
      cloud.calls.failAt(cloud.calls.steps.indexOf("audit.append") + 1, when)
      await expect(opening(second)).rejects.toThrow("audit.append")
      cloud.calls.mend()
    }
  })

  test("is not given out while the event that another request has begun isn't written", async () => {
    cloud.calls.before("audit.append", async () => {
      expect(await refusalOf(opening())).toBe("busy")
    })
    expect(await opening()).toHaveProperty("accessToken")
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
    ]
    for (const changed of wrong) await expectRefusal(cloud, () => opening(changed), "session-refused")
  })

  test("of a grant that ended, was halted, lost its consent or its card is refused, and that is an event", async () => {
    const denied = (outcome: Parameters<typeof expectRefusal>[2]) => [{ action: "session" as const, outcome }]
    await expectRefusal(cloud, () => opening({}, cloud.callIn(hour)), "grant-expired", denied("grant-expired"))
    await revoke(cloud, made.patient, made.card)
    await expectRefusal(cloud, () => opening(), "card-refused", denied("card-refused"))
    await withdrawConsent(cloud, made.patient, "emergency-share")
    await expectRefusal(cloud, () => opening(), "consent-missing", denied("consent-missing"))
    await halt(cloud, made.patient, grant)
    await expectRefusal(cloud, () => opening(), "grant-halted", denied("grant-halted"))
  })

  test("that fails at any call is opened when asked again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 11; call++) {
        const anew = await newGrant(cloud, made.patient, professional, made.card)
        cloud.calls.failAt(call, when)
        await expect(opening(anew)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        expect(await opening(anew, cloud.callIn(20))).toHaveProperty("accessToken")
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

  test("asks once about all accounts of a page, and again only about those whose time has passed", async () => {
    await opening()
    cloud.calls.steps.length = 0
    await sweeping()
    expect(cloud.calls.steps).toEqual(["hcpAccounts.list", "store.read"])
    cloud.calls.steps.length = 0
    await sweeping(cloud.callIn(25 * hour))
    expect(cloud.calls.steps).toEqual(["hcpAccounts.list", "store.read", "store.read", "hcpAccounts.disable"])
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
      for (let call = 1; call <= 5; call++) {
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
