import { beforeEach, describe, expect, test } from "vitest"
import { revokeCard } from "../../functions/domain/cards.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { haltGrant, listGrants, requireGranted, requireLiveGrant } from "../../functions/domain/grants.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  giveConsent,
  newGrant,
  newPatient,
  patientInOrder,
  selfMadeProfessional,
  signedBy,
  withdrawConsent,
} from "../fakes/people.ts"

const [professional, another] = [await selfMadeProfessional(), await selfMadeProfessional()]
let cloud: MemoryCloud
let made: Awaited<ReturnType<typeof patientInOrder>>
let grant: Awaited<ReturnType<typeof newGrant>>
beforeEach(async () => {
  cloud = await memoryCloud()
  made = await patientInOrder(cloud)
  grant = await newGrant(cloud, made.patient, professional, made.card)
})
const asking = (changed: Partial<typeof grant> = {}, account = professional.account, call = cloud.call) =>
  requireLiveGrant(cloud, account, { ...grant, ...changed }, "download-url", call)
const halting = (changed: Partial<typeof grant> = {}) => {
  const { patientId, grantId } = { ...grant, ...changed }
  return haltGrant(cloud, patientId, { grantId }, cloud.call)
}
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
    await revokeCard(cloud, grant.patientId, made.card, cloud.call)
    await expectRefusal(cloud, () => asking(), "card-refused", denied("card-refused"))
  })

  test("ends at once when the account is being deactivated", async () => {
    const statement = await signedBy(made.patient, cloud, "deactivation", {})
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
    const refused = requireGranted(cloud.audit, held, "list-records", { category: "sensitive" }, cloud.call)
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
    const other = () => requireGranted(undefined, held, "contribute", { category: "sensitive" }, cloud.call)
    await expectRefusal(cloud, other, "category-not-granted")
    await halting()
    const halted = () => requireLiveGrant({ store: cloud.store }, professional.account, grant, "contribute", cloud.call)
    await expectRefusal(cloud, halted, "grant-halted")
  })

  test("opens the categories of its card and no other; asking for one is an event", async () => {
    const held = await asking()
    await requireGranted(cloud.audit, held, "list-records", { category: "summary" }, cloud.call)
    await expectRefusal(
      cloud,
      () => requireGranted(cloud.audit, held, "list-records", { category: "sensitive" }, cloud.call),
      "category-not-granted",
      [{ action: "list-records", outcome: "category-not-granted" }],
    )
  })

  test("whose denial can't be written is denied all the same", async () => {
    await halting()
    cloud.calls.steps.length = 0
    cloud.calls.failAt(3, "asked")
    await expect(asking()).rejects.toThrow("audit.append failed")
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

  test("sees grants from where the last page ended", async () => {
    const second = await newGrant(cloud, made.patient, another, made.card)
    const list = (after?: string) => listGrants(cloud, grant.patientId, { after }, cloud.call)
    const all = (await list()).grants.map(({ grantId }) => grantId)
    expect(all).toEqual([grant.grantId, second.grantId].sort())
    expect((await list(all[0])).grants.map(({ grantId }) => grantId)).toEqual(all.slice(1))
  })

  test("who is being deactivated halts no more", async () => {
    const statement = await signedBy(made.patient, cloud, "deactivation", {})
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivate(cloud, grant.patientId, { statement }, cloud.call)).rejects.toThrow("interrupted")
    await expectRefusal(cloud, () => halting(), "account-deactivated")
  })

  test("whose other device halts at the same moment is told to ask again", async () => {
    cloud.calls.before("store.write", () => halting())
    expect(await refusalOf(halting())).toBe("busy")
    expect(await refusalOf(asking())).toBe("grant-halted")
  })

  test("halts with an event that names the grant", async () => {
    await halting()
    expect(cloud.trail.eventsOf(grant.patientId).at(-1)).toMatchObject({
      action: "halt-grant",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: { grantId: grant.grantId },
    })
  })

  test("halts a grant after an event; and twice is as once", async () => {
    cloud.calls.steps.length = 0
    expect(await halting()).toEqual({})
    expect(cloud.calls.steps).toEqual(["store.read", "audit.append", "store.write"])
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await halting()).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("can't halt another patient's grant, or one there isn't", async () => {
    const other = await newPatient(cloud)
    await expectRefusal(cloud, () => halting({ patientId: other.patientId }), "not-found")
    await expectRefusal(cloud, () => halting({ grantId: newId() }), "not-found")
  })

  test("whose halt fails at any call halts by asking again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 3; call++) {
        grant = await newGrant(cloud, made.patient, professional, made.card)
        cloud.calls.failAt(call, when)
        await expect(halting()).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await halting()
        expect(await refusalOf(asking())).toBe("grant-halted")
      }
  })
})
