import { beforeEach, describe, expect, test } from "vitest"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { endAccess, haltGrant, listGrants, requireGranted, requireLiveGrant } from "../../functions/domain/grants.ts"
import { getManifest } from "../../functions/domain/manifest.ts"
import type { Call, StoreReads } from "../../functions/domain/ports.ts"
import { defineUseCase } from "../../functions/domain/runner.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { giveConsent, newGrant, newPatient, patientInOrder, publish, revoke, withdrawConsent } from "../kit/patients.ts"
import { selfMadeProfessional } from "../kit/professional.ts"
import { rootOf, signedBy, stampAt } from "../kit/statements.ts"

const [professional, another] = [selfMadeProfessional(), selfMadeProfessional()]
let cloud: MemoryCloud
let made: Awaited<ReturnType<typeof patientInOrder>>
let grant: Awaited<ReturnType<typeof newGrant>>
beforeEach(async () => {
  cloud = await memoryCloud()
  made = await patientInOrder(cloud)
  grant = await newGrant(cloud, made.patient, professional, made.card)
})
/** A use-case that has an event, and one that has none, which a grant is asked for by. */
const downloading = defineUseCase(
  "hcp/download-url",
  async ({ store }: { store: StoreReads }, account: string, of: typeof grant, call: Call) => ({
    done: await requireLiveGrant(store, account, of, "download-url", call),
  }),
)
const uploading = defineUseCase(
  "hcp/contribution-upload-url",
  async ({ store }: { store: StoreReads }, account: string, of: typeof grant, call: Call) => ({
    done: await requireLiveGrant(store, account, of, "contribute", call),
  }),
)
type Held = Parameters<typeof requireGranted>[0]
const opening = defineUseCase(
  "hcp/list-records",
  async (_: object, held: Held, subject: Parameters<typeof requireGranted>[2], call: Call) => {
    requireGranted(held, "list-records", subject, call)
    return { done: {} }
  },
)
const adding = defineUseCase(
  "hcp/contribution-upload-url",
  async (_: object, held: Held, subject: Parameters<typeof requireGranted>[2], call: Call) => {
    requireGranted(held, "contribute", subject, call)
    return { done: {} }
  },
)
const asking = (changed: Partial<typeof grant> = {}, account = professional.account, call = cloud.call) =>
  downloading(cloud, account, { ...grant, ...changed }, call)
const haltOf = (grantId: string, claims: object = {}, by = made.patient) =>
  signedBy(by, cloud, "halt", { grantId, ...claims })
const sending = (statement: string, { patientId, grantId }: Pick<typeof grant, "patientId" | "grantId"> = grant) =>
  haltGrant(cloud, patientId, { grantId, statement }, cloud.call)
const halting = async (of: Pick<typeof grant, "patientId" | "grantId"> = grant) => sending(await haltOf(of.grantId), of)
const denied = (outcome: Parameters<typeof expectRefusal>[2]) => [{ action: "download-url" as const, outcome }]

describe("a grant", () => {
  test("is in force for its professional until its last second", async () => {
    expect(await asking()).toMatchObject({ grantId: grant.grantId })
    expect(await asking({}, professional.account, cloud.callIn(3599.999))).toMatchObject({ grantId: grant.grantId })
    await expectRefusal(
      cloud,
      () => asking({}, professional.account, cloud.callIn(3600)),
      "grant-expired",
      denied("grant-expired"),
    )
  })

  test("is none for another professional, another patient, or another id, and that leaves no event", async () => {
    const other = await patientInOrder(cloud)
    const foreign = await newGrant(cloud, other.patient, another, other.card)
    await expectRefusal(cloud, () => asking({}, another.account), "not-found")
    await expectRefusal(cloud, () => asking(foreign), "not-found")
    await expectRefusal(cloud, () => asking({ patientId: foreign.patientId }), "not-found")
    await expectRefusal(cloud, () => asking({ grantId: foreign.grantId }), "not-found")
    await expectRefusal(cloud, () => asking({ grantId: newId() }), "not-found")
    await expectRefusal(cloud, () => asking({ patientId: newId() }), "not-found")
  })

  test("ends at once when it is halted, whatever else holds", async () => {
    await halting()
    await expectRefusal(cloud, () => asking(), "grant-halted", denied("grant-halted"))
    await expectRefusal(
      cloud,
      () => asking({}, professional.account, cloud.callIn(3600)),
      "grant-halted",
      denied("grant-halted"),
    )
    await expectRefusal(cloud, () => asking({}, professional.account, cloud.callIn(3601)), "grant-halted")
  })

  test("ends at once when the consent is withdrawn", async () => {
    await withdrawConsent(cloud, made.patient, "emergency-share")
    await expectRefusal(cloud, () => asking(), "consent-missing", denied("consent-missing"))
  })

  test("that ended with its consent stays ended when the consent is given again", async () => {
    await withdrawConsent(cloud, made.patient, "emergency-share")
    await giveConsent(cloud, made.patient, "emergency-share")
    await expectRefusal(cloud, () => asking(), "consent-missing", denied("consent-missing"))
    const renewed = await newGrant(cloud, made.patient, professional, made.card)
    expect(await asking(renewed)).toMatchObject({ grantId: renewed.grantId })
  })

  test("ends at once when its card is revoked", async () => {
    await revoke(cloud, made.patient, made.card)
    await expectRefusal(cloud, () => asking(), "card-refused", denied("card-refused"))
  })

  test("ends at once when the account is being deactivated", async () => {
    const statement = await signedBy(rootOf(made.patient), cloud, "deactivation", {})
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivate(cloud, grant.patientId, { statement }, cloud.call)).rejects.toThrow("interrupted")
    await expectRefusal(cloud, () => asking(), "account-deactivated", denied("account-deactivated"))
  })

  test("is refused where the patient, the consent or the card it needs is not there at all", async () => {
    const nobody = { patientId: newId() }
    const ofNobody = await newGrant(cloud, nobody as typeof made.patient, professional, made.card)
    await expectRefusal(cloud, () => asking(ofNobody), "account-deactivated", denied("account-deactivated"))
    const without = await newPatient(cloud)
    const unconsented = await newGrant(cloud, without, professional, made.card)
    await expectRefusal(cloud, () => asking(unconsented), "consent-missing", denied("consent-missing"))
    const cardless = await newGrant(cloud, made.patient, professional, { cardId: newId() })
    await expectRefusal(cloud, () => asking(cardless), "card-refused", denied("card-refused"))
  })

  test("that is refused leaves an event that names it, and who was refused", async () => {
    const actor = { kind: "hcp", account: professional.account, certificate: professional.certificate }
    const held = await asking()
    const refused = opening(cloud, held, { category: "sensitive" }, cloud.call)
    expect(await refusalOf(refused)).toBe("category-not-granted")
    expect(cloud.trail.eventsOf(grant.patientId).at(-1)).toMatchObject({
      actor: { ...actor, profession: "physician" },
      subject: { grantId: grant.grantId, category: "sensitive" },
    })
    await halting()
    expect(await refusalOf(asking())).toBe("grant-halted")
    expect(cloud.trail.eventsOf(grant.patientId).at(-1)).toMatchObject({ actor, subject: { grantId: grant.grantId } })
  })

  test("is refused alike where no trail is handed in, without an event", async () => {
    const held = await asking()
    const other = () => adding({}, held, { category: "sensitive" }, cloud.call)
    await expectRefusal(cloud, other, "category-not-granted")
    await halting()
    const halted = () => uploading({ store: cloud.store }, professional.account, grant, cloud.call)
    await expectRefusal(cloud, halted, "grant-halted")
  })

  test("opens the categories of its card and no other; asking for one is an event", async () => {
    const held = await asking()
    await opening(cloud, held, { category: "summary" }, cloud.call)
    await expectRefusal(
      cloud,
      () => opening(cloud, held, { category: "sensitive" }, cloud.call),
      "category-not-granted",
      [{ action: "list-records", outcome: "category-not-granted" }],
    )
  })

  test("whose denial can't be written is denied all the same", async () => {
    await halting()
    cloud.calls.steps.length = 0
    cloud.calls.failAt(5, "asked")
    await expect(asking()).rejects.toThrow("audit.append failed")
  })

  test("is refused as often as it is asked for, and each kind of refusal is one event an hour", async () => {
    const held = await asking()
    const before = cloud.trail.all().length
    const refusals = () => cloud.trail.all().slice(before)
    for (const category of ["sensitive", "sensitive", "laboratory"] as const)
      expect(await refusalOf(opening(cloud, held, { category }, cloud.call))).toBe("category-not-granted")
    expect(refusals().map(({ subject }) => subject.category)).toEqual(["sensitive", "laboratory"])
    await halting()
    for (let i = 0; i < 10; i++) expect(await refusalOf(asking())).toBe("grant-halted")
    expect(refusals().map(({ outcome }) => outcome)).toEqual([
      "category-not-granted",
      "category-not-granted",
      "permitted",
      "grant-halted",
    ])
    expect(await refusalOf(asking({}, professional.account, cloud.callIn(3600)))).toBe("grant-halted")
    expect(refusals()).toHaveLength(5)
  })
})

describe("the patient", () => {
  test("sees every grant and what became of it", async () => {
    const second = await newGrant(cloud, made.patient, another, made.card)
    await halting(second)
    const { patientId } = grant
    const statusOf = async (call = cloud.call) =>
      Object.fromEntries(
        (await listGrants(cloud, patientId, {}, call)).grants.map(({ grantId, status }) => [grantId, status]),
      )
    expect(await statusOf()).toEqual({ [grant.grantId]: "active", [second.grantId]: "halted" })
    expect(await statusOf(cloud.callIn(3600))).toEqual({ [grant.grantId]: "expired", [second.grantId]: "halted" })
    const other = await newPatient(cloud)
    expect((await listGrants(cloud, other.patientId, {}, cloud.call)).grants).toEqual([])
  })

  test("sees grants in the order they were given, from where the last page ended, or since a moment", async () => {
    const { now } = cloud
    const list = async (asked: { after?: string; since?: string } = {}) => {
      const { grants, next } = await listGrants(cloud, grant.patientId, asked, cloud.call)
      return { ids: grants.map(({ grantId }) => grantId), next }
    }
    const given = [grant.grantId]
    for (let minute = 1; minute <= 60; minute++) {
      cloud.now = new Date(now.getTime() + minute * 60_000)
      given.push((await newGrant(cloud, made.patient, another, made.card)).grantId)
    }
    const { ids, next } = await list()
    expect(ids).toEqual(given.slice(0, 50))
    expect(await list({ after: next! })).toEqual({ ids: given.slice(50) })
    const since = (minute: number, more = 0) => new Date(now.getTime() + minute * 60_000 + more).toISOString()
    expect((await list({ since: since(58) })).ids).toEqual(given.slice(58))
    expect((await list({ since: since(58, 1) })).ids).toEqual(given.slice(59))
    expect((await list({ since: since(61) })).ids).toEqual([])
    expect((await list({ since: since(0), after: next! })).ids).toEqual(given.slice(50))
    cloud.now = now
  })

  test("who is being deactivated halts no more", async () => {
    const statement = await signedBy(rootOf(made.patient), cloud, "deactivation", {})
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivate(cloud, grant.patientId, { statement }, cloud.call)).rejects.toThrow("interrupted")
    await expectRefusal(cloud, () => halting(), "account-deactivated")
  })

  test("whose other device halts at the same moment has it halted", async () => {
    cloud.calls.before("store.write", () => halting())
    expect(await halting()).toEqual({})
    expect(await refusalOf(asking())).toBe("grant-halted")
  })

  test("whose halt meets another change of the grant is told to ask again", async () => {
    const { patientId, grantId } = grant
    const [stored] = await cloud.store.read([{ kind: "grant", patientId, grantId }])
    if (stored === undefined) throw new Error("no grant")
    cloud.calls.before("store.write", () => cloud.store.write([{ put: { ...stored, revision: 2 } }]))
    expect(await refusalOf(halting())).toBe("busy")
    expect(await halting()).toEqual({})
  })

  test("halts by a statement that the grant keeps, with an event that names both", async () => {
    const statement = await haltOf(grant.grantId)
    await sending(statement)
    expect(cloud.trail.eventsOf(grant.patientId).at(-1)).toMatchObject({
      action: "halt-grant",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: { grantId: grant.grantId, statementHash: await statementHash(statement) },
    })
    expect(cloud.item("GRANT#")).toMatchObject([{ halt: statement, haltedAt: cloud.now.toISOString() }])
  })

  test("halts nothing by a statement that is another grant's, another's, for another cloud, or stale", async () => {
    const other = await newPatient(cloud)
    const second = await newGrant(cloud, made.patient, another, made.card)
    const wrong = [
      await haltOf(second.grantId),
      await haltOf(grant.grantId, { aud: "other.example" }),
      await haltOf(grant.grantId, { more: 1 }),
      await haltOf(grant.grantId, {}, other),
      await haltOf(grant.grantId, { patientId: grant.patientId }, other),
      await signedBy(made.patient, cloud, "card-revocation", { cardId: grant.grantId }),
    ]
    for (const statement of wrong) await expectRefusal(cloud, () => sending(statement), "statement-invalid")
    const stale = await haltOf(grant.grantId, stampAt(new Date(cloud.now.getTime() - 121_000)))
    await expectRefusal(cloud, () => sending(stale), "statement-stale")
    expect(await asking()).toMatchObject({ grantId: grant.grantId })
  })

  test("halts nothing by a statement whose number was used", async () => {
    const second = await newGrant(cloud, made.patient, another, made.card)
    const stamp = stampAt(cloud.now)
    await sending(await haltOf(second.grantId, stamp), second)
    const again = await haltOf(grant.grantId, stamp)
    await expectRefusal(cloud, () => sending(again), "statement-replayed")
    const third = await newGrant(cloud, made.patient, another, made.card)
    const one = stampAt(cloud.now)
    const sameNumber = await haltOf(third.grantId, one)
    const racing = await haltOf(grant.grantId, one)
    cloud.calls.before("store.write", () => sending(sameNumber, third))
    expect(await refusalOf(sending(racing))).toBe("statement-replayed")
  })

  test("halts though the account is changed at the same moment: nobody who publishes without end starves it", async () => {
    const { accountKey: known } = await getManifest(cloud, grant.patientId, {})
    const accountKey = { ...known, sealed: known.sealed.toReversed() }
    const statement = await haltOf(grant.grantId)
    cloud.calls.before("store.write", () => publish(cloud, made.patient, { accountKey }))
    expect(await sending(statement)).toEqual({})
    expect(await refusalOf(asking())).toBe("grant-halted")
  })

  test("halts a grant after an event; and twice is as once", async () => {
    cloud.calls.steps.length = 0
    expect(await halting()).toEqual({})
    expect(cloud.calls.steps).toEqual(["store.read", "store.read", "audit.append", "store.write"])
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await halting()).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("can't halt another patient's grant, or one there isn't", async () => {
    const other = await newPatient(cloud)
    await expectRefusal(cloud, () => halting({ ...grant, patientId: other.patientId }), "not-found")
    await expectRefusal(cloud, () => halting({ ...grant, grantId: newId() }), "not-found")
  })

  test("whose halt fails at any call halts by asking again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 4; call++) {
        grant = await newGrant(cloud, made.patient, professional, made.card)
        cloud.calls.failAt(call, when)
        await expect(halting()).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await halting()
        expect(await refusalOf(asking())).toBe("grant-halted")
      }
  })
})

describe("a professional who is done with an access", () => {
  const ending = (changed: Partial<typeof grant> = {}, call = cloud.call) =>
    endAccess(cloud, { ...grant, ...changed }, call)
  const statusOf = async ({ grantId }: Pick<typeof grant, "grantId"> = grant, call = cloud.call) =>
    (await listGrants(cloud, grant.patientId, {}, call)).grants.find((each) => each.grantId === grantId)?.status

  test("ends it by its ticket, after an event: it opens nothing more from then on", async () => {
    cloud.calls.steps.length = 0
    expect(await ending()).toEqual({})
    expect(cloud.calls.steps).toEqual(["store.read", "audit.append", "store.write"])
    expect(cloud.trail.eventsOf(grant.patientId).at(-1)).toMatchObject({
      action: "end-access",
      outcome: "permitted",
      actor: {
        kind: "hcp",
        account: professional.account,
        certificate: professional.certificate,
        profession: "physician",
      },
      subject: { grantId: grant.grantId },
    })
    expect(JSON.stringify(cloud.trail.all())).not.toContain(grant.ticket)
    await expectRefusal(cloud, () => asking(), "grant-ended", denied("grant-ended"))
    expect([await statusOf(), await statusOf(grant, cloud.callIn(3600))]).toEqual(["ended", "ended"])
  })

  test("ends no other access, of whoever and by whatever card", async () => {
    const [own, theirs] = [
      await newGrant(cloud, made.patient, professional, made.card),
      await newGrant(cloud, made.patient, another, made.card),
    ]
    await ending()
    expect([await statusOf(own), await statusOf(theirs)]).toEqual(["active", "active"])
    expect(await asking(own)).toMatchObject({ grantId: own.grantId })
    expect(await asking(theirs, another.account)).toMatchObject({ grantId: theirs.grantId })
  })

  test("ends nothing by a ticket of another access, one made up, or for a grant there isn't, and leaves no event", async () => {
    const second = await newGrant(cloud, made.patient, another, made.card)
    for (const changed of [
      { ticket: second.ticket },
      { ticket: newKey() },
      { grantId: newId() },
      { patientId: newId() },
    ])
      await expectRefusal(cloud, () => ending(changed), "session-refused")
    expect([await statusOf(), await statusOf(second)]).toEqual(["active", "active"])
  })

  test("ends it once: what is over already stays as it is, without a further event", async () => {
    await ending()
    const second = await newGrant(cloud, made.patient, professional, made.card)
    await halting(second)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await ending()).toEqual({})
    expect(await ending(second)).toEqual({})
    expect(await ending(await newGrant(cloud, made.patient, another, made.card), cloud.callIn(3600))).toEqual({})
    expect(cloud.trail.all()).toEqual(events)
    expect(cloud.snapshot()).toMatchObject(once)
    expect([await statusOf(), await statusOf(second)]).toEqual(["ended", "halted"])
  })

  test("has it ended where the patient halts it at the same moment, and the halt stands", async () => {
    cloud.calls.before("store.write", () => halting())
    expect(await ending()).toEqual({})
    expect(await statusOf()).toBe("halted")
  })

  test("has it ended where the very same is asked at the same moment", async () => {
    cloud.calls.before("store.write", () => ending())
    expect(await ending()).toEqual({})
    expect(await statusOf()).toBe("ended")
  })

  test("has it ended by asking again where any call failed", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 3; call++) {
        grant = await newGrant(cloud, made.patient, professional, made.card)
        cloud.calls.failAt(call, when)
        await expect(ending()).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await ending()
        expect(await statusOf()).toBe("ended")
      }
  })

  test("leaves the patient free to halt it all the same", async () => {
    await ending()
    expect(await halting()).toEqual({})
    expect(await statusOf()).toBe("halted")
  })
})
