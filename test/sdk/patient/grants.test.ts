import { afterEach, describe, expect, test, vi } from "vitest"
import type { Publication } from "../../../contract/publication.ts"
import type { ResponseOf } from "../../../contract/routes.ts"
import { headOf, linkEvent } from "../../../functions/domain/audit-chain.ts"
import { listRecords as listAsHcp } from "../../../sdk/hcp/records.ts"
import { endAccess } from "../../../sdk/hcp/session.ts"
import { readAuditTrail } from "../../../sdk/patient/audit-trail.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { epochRevision } from "../../../sdk/patient/epochs.ts"
import { haltGrant, listGrants, renewKeys } from "../../../sdk/patient/grants.ts"
import { publish } from "../../../sdk/patient/publication.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import { callAsPatient, type PatientSession, signAsPatient } from "../../../sdk/patient/session.ts"
import { endSigner } from "../../../sdk/patient/signers.ts"
import { jsonOf, jsonReply, type Network } from "../../kit/network.ts"
import { accessBy, documentOf } from "../../kit/people.ts"
import { again, before, changed, newCard, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over
afterEach(() => {
  vi.useRealTimers()
})
const later = (minutes: number) => {
  const now = Date.now()
  vi.useRealTimers()
  vi.useFakeTimers({ toFake: ["Date"], now: now + minutes * 60_000 })
}

const withAccess = async () => {
  const account = await world.patient()
  const { card } = await online(() => newCard(account.session))
  const access = await online(() => accessBy(card, world.memory.physician))
  return { ...account, card, access }
}
const epochsOf = async (session: PatientSession) => {
  const { keyRing } = await online(() => readContents(session))
  const { summary, document, imaging } = keyRing.categories
  return [summary.epoch, document.epoch, imaging.epoch]
}

describe("an access", () => {
  test("is shown with who signed it, when, and what it opened", async () => {
    const { session, access } = await withAccess()
    expect(await online(() => listGrants(session))).toMatchObject([
      { grantId: access.grantId, status: "active", categories: ["summary", "document"], profession: "physician" },
    ])
  })

  test("is halted by a statement, and new keys begin for what it opened", async () => {
    const { session, access } = await withAccess()
    await online(() => listAsHcp(access, "document"))
    await online(() => haltGrant(session, access))
    await expect(online(() => listAsHcp(access, "document"))).rejects.toMatchObject({ code: "grant-halted" })
    expect(await online(() => listGrants(session))).toMatchObject([{ status: "halted" }])
    expect(await epochsOf(session)).toEqual([2, 2, 1])
  })

  test("that its professional has ended is shown as that, opens nothing more, and gets new keys when something is added", async () => {
    const { session, access } = await withAccess()
    await online(() => listAsHcp(access, "document"))
    await online(() => endAccess(access))
    await online(() => endAccess(access))
    await expect(online(() => listAsHcp(access, "document"))).rejects.toMatchObject({ code: "grant-ended" })
    expect(await online(() => listGrants(session))).toMatchObject([{ status: "ended" }])
    await online(() => uploadRecord(session, documentOf("imaging", "later")))
    expect(await epochsOf(session)).toEqual([2, 2, 1])
  })

  test("is not ended by its professional where the trail names another certificate", async () => {
    const { session, access } = await withAccess()
    await online(() => endAccess(access))
    const events = await online(() => readAuditTrail(again(session)))
    const { action, outcome, actor, subject, at } = events.at(-1)!
    const other = { ...actor, certificate: "0".repeat(64) } as typeof actor
    const kept = events.slice(0, -1)
    const told = await linkEvent(headOf(kept.slice(-1)), { action, outcome, actor: other, subject }, new Date(at))
    const swapped = changed("patient/read-audit-trail", (reply) => {
      const { next } = jsonOf(reply) as ResponseOf<"patient/read-audit-trail">
      return jsonReply({ events: [...kept, told], next })
    })
    await expect(online(() => listGrants(again(session)), swapped)).rejects.toMatchObject({ code: "access-differs" })
    expect(await online(() => listGrants(again(session)))).toMatchObject([{ status: "ended" }])
  })

  test("is not ended by its professional where the trail says that another one did", async () => {
    const { session, card, access } = await withAccess()
    const second = await online(() => accessBy(card, world.memory.paramedic))
    await online(() => endAccess(second))
    const swapped = changed("patient/list-grants", (reply) => {
      const { grants } = jsonOf(reply) as ResponseOf<"patient/list-grants">
      return jsonReply({ grants: grants.map((each) => ({ ...each, status: "ended" })) })
    })
    await expect(online(() => listGrants(again(session)), swapped)).rejects.toMatchObject({ code: "access-differs" })
    const grants = await online(() => listGrants(session))
    expect(grants.find(({ grantId }) => grantId === access.grantId)?.status).toBe("active")
  })

  test("is not halted where the trail doesn't tell of it, whatever the cloud answers; new keys begin all the same", async () => {
    const { session, access } = await withAccess()
    const deaf = (network: Network) => async (asked: Parameters<Network>[0]) =>
      asked.route === "patient/halt-grant" ? jsonReply({}) : network(asked)
    await expect(online(() => haltGrant(session, access), deaf)).rejects.toMatchObject({ code: "access-differs" })
    expect(await epochsOf(session)).toEqual([2, 2, 2])
    await online(() => haltGrant(session, access))
    await online(() => haltGrant(session, access))
    expect(await online(() => listGrants(session))).toMatchObject([{ status: "halted" }])
  })

  test("stays halted once the device that halted it was ended", async () => {
    const account = await withAccess()
    const { session, access } = account
    const other = await online(() => secondDevice(account))
    await online(() => haltGrant(other, access))
    expect(await online(() => listGrants(again(session)))).toMatchObject([{ status: "halted" }])
    await online(() => endSigner(session, other.signerId))
    expect(await online(() => listGrants(again(session)))).toMatchObject([{ status: "halted" }])
  })

  test("is not halted by an order of the patient's that the trail doesn't tell of", async () => {
    const { session, access } = await withAccess()
    await online(() => haltGrant(session, access))
    const another = await signAsPatient(session, "halt", { grantId: access.grantId })
    const swapped = changed("patient/list-grants", (reply) => {
      const { grants } = jsonOf(reply) as ResponseOf<"patient/list-grants">
      return jsonReply({ grants: grants.map((each) => ({ ...each, halt: another })) })
    })
    await expect(online(() => listGrants(again(session)), swapped)).rejects.toMatchObject({ code: "access-differs" })
  })

  test("is not halted where the trail tells of another order than this device's, and the access goes on", async () => {
    const { session, access } = await withAccess()
    const deaf = (network: Network) => async (asked: Parameters<Network>[0]) =>
      asked.route === "patient/halt-grant" ? jsonReply({}) : network(asked)
    const events = await online(() => readAuditTrail(again(session)))
    const subject = { grantId: access.grantId, statementHash: "A".repeat(43) }
    const order = { action: "halt-grant", outcome: "permitted", actor: { kind: "patient" }, subject } as const
    const told = await linkEvent(headOf(events.slice(-1)), order, new Date())
    const telling = changed("patient/read-audit-trail", () => jsonReply({ events: [...events, told] }))
    await expect(
      online(
        () => haltGrant(again(session), access),
        (network) => deaf(telling(network)),
      ),
    ).rejects.toMatchObject({ code: "access-differs" })
    expect(await epochsOf(again(session))).toEqual([2, 2, 2])
  })

  test("that two devices halt at one moment is halted: the order that came to nothing is told of, too", async () => {
    const account = await withAccess()
    const { session, access } = account
    const other = await online(() => secondDevice(account))
    await online(() =>
      Promise.all([haltGrant(session, access), haltGrant(other, access)].map((each) => each.catch(() => undefined))),
    )
    const events = await online(() => readAuditTrail(again(session)))
    const orders = events.filter(({ action, outcome }) => action === "halt-grant" && outcome === "permitted")
    expect(orders).toHaveLength(2)
    expect(await online(() => listGrants(again(session)))).toMatchObject([{ status: "halted" }])
    // Whichever of them it was that the cloud keeps.
    const [first, second] = orders
    const { action, outcome, actor, at } = first!
    const before = events.slice(0, first!.seq - 1)
    const swapped = [
      await linkEvent(headOf(before.slice(-1)), { action, outcome, actor, subject: second!.subject }, new Date(at)),
    ]
    swapped.push(await linkEvent(headOf(swapped), { action, outcome, actor, subject: first!.subject }, new Date(at)))
    const telling = changed("patient/read-audit-trail", () => jsonReply({ events: [...before, ...swapped] }))
    const fresh = { ...again(session), memory: { fingerprint: session.fingerprint } }
    expect(await online(() => listGrants(fresh), telling)).toMatchObject([{ status: "halted" }])
  })

  test("of more than an hour is refused, in the list and in the trail alike", async () => {
    const { session } = await withAccess()
    const expiresAt = new Date(Date.now() + 2 * 60 * 60_000).toISOString()
    const events = await online(() => readAuditTrail(again(session)))
    const { action, outcome, actor, subject, at } = events.at(-1)!
    const longer = { action, outcome, actor, subject: { ...subject, expiresAt } }
    const told = await linkEvent(headOf(events.slice(-2, -1)), longer, new Date(at))
    const lying = (network: Network) =>
      changed("patient/list-grants", (reply) => {
        const { grants } = jsonOf(reply) as ResponseOf<"patient/list-grants">
        return jsonReply({ grants: grants.map((each) => ({ ...each, expiresAt })) })
      })(changed("patient/read-audit-trail", () => jsonReply({ events: [...events.slice(0, -1), told] }))(network))
    const fresh = { ...again(session), memory: { fingerprint: session.fingerprint } }
    await expect(online(() => listGrants(fresh), lying)).rejects.toMatchObject({ code: "access-differs" })
  })

  test("is halted though another device publishes without end: the statement needs no manifest", async () => {
    const account = await withAccess()
    const other = await online(() => secondDevice(account))
    let written = 0
    const always = (route: "patient/publish-manifest") =>
      before(route, async () => {
        written++
        await online(() => uploadRecord(other, documentOf("imaging", `${written}`)))
      })
    await online(() => haltGrant(account.session, account.access), always("patient/publish-manifest"))
    expect(written).toBe(1)
    expect(await online(() => listGrants(account.session))).toMatchObject([{ status: "halted" }])
  })

  test("that the list leaves out is shown by the trail, and one told otherwise is refused", async () => {
    const { session, access } = await withAccess()
    const hidden = changed("patient/list-grants", () => jsonReply({ grants: [] }))
    expect(await online(() => listGrants(again(session)), hidden)).toMatchObject([
      { grantId: access.grantId, status: "unlisted" },
    ])
    for (const change of [
      { categories: ["summary"] },
      { status: "halted" },
      { status: "ended" },
      { cardId: "A".repeat(22) },
      { grantId: "A".repeat(22) },
      { profession: "nurse" },
    ]) {
      const told = changed("patient/list-grants", (reply) => {
        const { grants } = jsonOf(reply) as ResponseOf<"patient/list-grants">
        return jsonReply({ grants: grants.map((each) => ({ ...each, ...change })) })
      })
      await expect(
        online(() => listGrants(again(session)), told),
        JSON.stringify(change),
      ).rejects.toMatchObject({
        code: "access-differs",
      })
    }
  })
})

describe("what is added after an access has ended", () => {
  test("comes under new keys, made once for that access", async () => {
    const { session } = await withAccess()
    later(24 * 60)
    await online(() => uploadRecord(session, documentOf("document", "after the access")))
    expect(await epochsOf(session)).toEqual([2, 2, 1])
    later(120)
    await online(() => uploadRecord(session, documentOf("document", "later")))
    expect(await epochsOf(session)).toEqual([2, 2, 1])
  })

  test("comes under new keys for all that its card opens, whatever the cloud says that it opened", async () => {
    const { session } = await withAccess()
    later(24 * 60)
    const understated = changed("patient/list-grants", (reply) => {
      const { grants } = jsonOf(reply) as ResponseOf<"patient/list-grants">
      return jsonReply({ grants: grants.map((each) => ({ ...each, categories: ["summary"] })) })
    })
    await online(() => renewKeys(session), understated)
    expect(await epochsOf(session)).toEqual([2, 2, 1])
  })

  test("comes under new keys though the cloud lists the access to no device that is about to add something", async () => {
    const { session } = await withAccess()
    const twoFaced = (network: Network) => async (asked: Parameters<Network>[0]) =>
      asked.route === "patient/list-grants" && asked.url.searchParams.has("since")
        ? jsonReply({ grants: [] })
        : network(asked)
    await online(() => uploadRecord(session, documentOf("document", "while it runs")), twoFaced)
    later(24 * 60)
    expect(await online(() => listGrants(session), twoFaced)).toMatchObject([{ status: "expired" }])
    await online(() => uploadRecord(session, documentOf("document", "after the access")), twoFaced)
    expect(await epochsOf(session)).toEqual([2, 2, 1])
    later(120)
    await online(() => listGrants(session), twoFaced)
    await online(() => uploadRecord(session, documentOf("document", "later")), twoFaced)
    expect(await epochsOf(session)).toEqual([2, 2, 1])
    expect(session.memory.accesses?.told).toEqual([])
  })

  test("comes under new keys of every category where the trail alone tells of the access: nobody signed by which card it was", async () => {
    const { session } = await withAccess()
    const hidden = changed("patient/list-grants", () => jsonReply({ grants: [] }))
    later(24 * 60)
    expect(await online(() => listGrants(session), hidden)).toMatchObject([{ status: "unlisted" }])
    await online(() => uploadRecord(session, documentOf("document", "after the access")), hidden)
    expect(await epochsOf(session)).toEqual([2, 2, 2])
  })

  test("comes under new keys though the cloud says for ever that the access runs", async () => {
    const { session } = await withAccess()
    later(24 * 60)
    const running = changed("patient/list-grants", (reply) => {
      const { grants } = jsonOf(reply) as ResponseOf<"patient/list-grants">
      return jsonReply({ grants: grants.map((each) => ({ ...each, status: "active" })) })
    })
    await online(() => renewKeys(session), running)
    expect(await epochsOf(session)).toEqual([2, 2, 1])
  })

  test("needs no second new key on another device, and is asked for no more once there are new keys", async () => {
    const account = await withAccess()
    const { session } = account
    const other = await online(() => secondDevice(account))
    later(24 * 60)
    for (const device of [session, other, session, other]) await online(() => renewKeys(device))
    expect(await epochsOf(session)).toEqual([2, 2, 1])
    for (const device of [session, other]) {
      expect(device.memory.accesses?.renewed).toEqual([])
      // A device asks from then on: an access so old is of no interest any more.
      expect(Date.parse(device.memory.accesses?.since ?? "")).toBeGreaterThan(Date.now() - 60 * 60 * 1000)
    }
  })

  test("comes under new keys also where another of the categories that the access opened was renewed lately", async () => {
    const { session } = await world.patient()
    const broad = await online(() => newCard(session, ["summary", "imaging"]))
    const narrow = await online(() => newCard(session, ["summary"]))
    await online(() => accessBy(broad.card, world.memory.physician))
    const second = await online(() => accessBy(narrow.card, world.memory.paramedic))
    later(30)
    await online(() => haltGrant(session, second))
    later(35)
    await online(() => renewKeys(session))
    expect(await epochsOf(session)).toEqual([2, 1, 2])
  })

  test("comes under new keys also where an epoch was begun that is dated a year ahead", async () => {
    const { session } = await withAccess()
    const contents = await online(() => readContents(session))
    later(365 * 24 * 60)
    const revision = await online(() => epochRevision(session, contents, ["summary"]))
    vi.useRealTimers()
    const send = (publication: Publication) => callAsPatient(session, "patient/publish-manifest", { publication })
    await online(() => publish(session, async () => revision, send))
    expect(await epochsOf(session)).toEqual([2, 1, 1])
    later(180)
    const device = again(session)
    await online(() => renewKeys(device))
    expect(await epochsOf(device)).toEqual([3, 2, 1])
  })

  test("begins no second epoch of itself within an hour, however many accesses end; and one after it", async () => {
    const { session, access, card } = await withAccess()
    const second = await online(() => accessBy(card, world.memory.paramedic))
    await online(() => haltGrant(session, access))
    expect(await epochsOf(session)).toEqual([2, 2, 1])
    await online(() => haltGrant(again(session), second))
    expect(await epochsOf(session)).toEqual([3, 3, 1])
    // This device was not told that new keys were made for the second.
    await online(() => renewKeys(session))
    expect(await epochsOf(session)).toEqual([3, 3, 1])
    later(61)
    await online(() => renewKeys(session))
    expect(await epochsOf(session)).toEqual([4, 4, 1])
    await online(() => renewKeys(session))
    expect(await epochsOf(session)).toEqual([4, 4, 1])
  })
})
