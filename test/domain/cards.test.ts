import { beforeEach, describe, expect, test } from "vitest"
import { listCards, makeCard, revokeCard } from "../../functions/domain/cards.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  cardRequest,
  giveConsent,
  newCard,
  newPatient,
  signedBy,
  type TestCard,
  type TestPatient,
  withdrawConsent,
  wrappedFor,
} from "../fakes/people.ts"

let cloud: MemoryCloud
let patient: TestPatient
beforeEach(async () => {
  cloud = await memoryCloud()
  patient = await newPatient(cloud)
  await giveConsent(cloud, patient, "emergency-share")
})
const making = (card: TestCard, patientId = patient.patientId) => makeCard(cloud, patientId, card, cloud.call)
const revoking = ({ cardId }: Pick<TestCard, "cardId">, patientId = patient.patientId) =>
  revokeCard(cloud, patientId, { cardId }, cloud.call)

describe("making a card", () => {
  test("keeps its server half, after an event that names its categories", async () => {
    const card = cardRequest(["summary", "medication"])
    cloud.calls.steps.length = 0
    expect(await making(card)).toEqual({})
    expect(cloud.calls.steps).toEqual(["store.read", "audit.append", "store.write"])
    expect(cloud.item(card.cardId)).toMatchObject([
      { status: "active", categories: ["summary", "medication"], ...card },
    ])
    const event = cloud.trail.eventsOf(patient.patientId).at(-1)
    expect(event).toMatchObject({
      action: "make-card",
      subject: { cardId: card.cardId, categories: ["summary", "medication"] },
    })
    expect(JSON.stringify(event)).not.toContain(card.cloudShare)
  })

  test("twice is as once", async () => {
    const card = await newCard(cloud, patient)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await making(card)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("twice at once is as once; another of its number at that moment is refused", async () => {
    const card = cardRequest()
    cloud.calls.before("store.write", () => making(card))
    expect(await making(card)).toEqual({})
    expect(cloud.item("USAGE")).toMatchObject([{ cards: 1 }])
    const other = cardRequest()
    cloud.calls.before("store.write", () => making(other))
    expect(await refusalOf(making({ ...other, cloudShare: newKey() }))).toBe("card-conflict")
  })

  test("under the number of another card is refused", async () => {
    const card = await newCard(cloud, patient)
    await expectRefusal(cloud, () => making({ ...card, cloudShare: newKey() }), "card-conflict")
    await expectRefusal(cloud, () => making({ ...card, sealed: "e30..aXY.dGV4dA.dGFn" }), "card-conflict")
  })

  test("never brings back a revoked one", async () => {
    const card = await newCard(cloud, patient)
    await revoking(card)
    await expectRefusal(cloud, () => making(card), "card-conflict")
  })

  test("without the consent to share is refused, also when it is withdrawn at this moment", async () => {
    const other = await newPatient(cloud)
    const card = cardRequest()
    await expectRefusal(cloud, () => making(card, other.patientId), "consent-missing")
    cloud.calls.before("store.write", () => withdrawConsent(cloud, patient, "emergency-share"))
    expect(await refusalOf(making(card))).toBe("busy")
    expect(cloud.item(card.cardId)).toEqual([])
    await expectRefusal(cloud, () => making(card), "consent-missing")
  })

  test("with a category twice, or with a key or share that is none, is refused", async () => {
    const card = cardRequest()
    const none = `${"A".repeat(42)}B`
    for (const wrong of [
      { wrappedCategoryKeys: wrappedFor(["summary", "summary"]) },
      { proofKey: none },
      { cloudShare: none },
    ])
      await expectRefusal(cloud, () => making({ ...card, ...wrong }), "request-invalid")
  })

  test("of nobody here is refused", async () => {
    await expectRefusal(cloud, () => making(cardRequest(), newId()), "not-found")
  })

  test("under one number by two patients makes two cards", async () => {
    const other = await newPatient(cloud)
    await giveConsent(cloud, other, "emergency-share")
    const card = await newCard(cloud, patient)
    await making({ ...card, cloudShare: newKey() }, other.patientId)
    expect(cloud.item(card.cardId)).toMatchObject([
      { patientId: patient.patientId, cloudShare: card.cloudShare },
      { patientId: other.patientId },
    ])
  })

  test("that fails at any call is mended by making it again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 3; call++) {
        const card = cardRequest()
        cloud.calls.failAt(call, when)
        await expect(making(card)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        expect(await making(card)).toEqual({})
        expect(cloud.item(card.cardId)).toMatchObject([{ cloudShare: card.cloudShare }])
      }
  })
})

describe("listing cards", () => {
  test("shows the patient's own, and those alone", async () => {
    const other = await newPatient(cloud)
    const card = await newCard(cloud, patient)
    expect((await listCards(cloud, patient.patientId, {})).cards).toMatchObject([
      { cardId: card.cardId, status: "active" },
    ])
    expect((await listCards(cloud, other.patientId, {})).cards).toEqual([])
  })
})

test("cards are listed from where the last page ended", async () => {
  await newCard(cloud, patient)
  await newCard(cloud, patient)
  const list = async (after?: string) =>
    (await listCards(cloud, patient.patientId, { after })).cards.map(({ cardId }) => cardId)
  const all = await list()
  expect(all).toHaveLength(2)
  expect(await list(all[0])).toEqual(all.slice(1))
})

describe("revoking a card", () => {
  test("leaves an event that names it", async () => {
    const { cardId } = await newCard(cloud, patient)
    await revoking({ cardId })
    expect(cloud.trail.eventsOf(patient.patientId).at(-1)).toMatchObject({
      action: "revoke-card",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: { cardId },
    })
  })

  test("at the same moment as the other device is to be asked again", async () => {
    const card = await newCard(cloud, patient)
    cloud.calls.before("store.write", () => revoking(card))
    expect(await refusalOf(revoking(card))).toBe("busy")
    expect(cloud.item(card.cardId)).toMatchObject([{ status: "revoked" }])
  })

  test("is over once the account is being deactivated", async () => {
    const card = await newCard(cloud, patient)
    const statement = await signedBy(patient, cloud, "deactivation", {})
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivate(cloud, patient.patientId, { statement }, cloud.call)).rejects.toThrow("interrupted")
    await expectRefusal(cloud, () => revoking(card), "account-deactivated")
  })

  test("destroys the cloud's half, after an event; and twice is as once", async () => {
    const card = await newCard(cloud, patient)
    cloud.calls.steps.length = 0
    expect(await revoking(card)).toEqual({})
    expect(cloud.calls.steps).toEqual(["store.read", "audit.append", "store.write"])
    const text = JSON.stringify(cloud.snapshot())
    for (const secret of [card.proofKey, card.cloudShare]) expect(text).not.toContain(secret)
    expect(Object.keys(cloud.item(card.cardId)[0] ?? {}).sort()).toEqual(
      ["cardId", "categories", "createdAt", "kind", "patientId", "revision", "status"].sort(),
    )
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await revoking(card)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("of another patient, or one that never was, is refused alike", async () => {
    const other = await newPatient(cloud)
    const card = await newCard(cloud, patient)
    await expectRefusal(cloud, () => revoking(card, other.patientId), "not-found")
    await expectRefusal(cloud, () => revoking({ cardId: newId() }), "not-found")
  })

  test("that fails at any call is mended by revoking it again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 3; call++) {
        const card = await newCard(cloud, patient)
        cloud.calls.failAt(call, when)
        await expect(revoking(card)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await revoking(card)
        expect(cloud.item(card.cardId)).toMatchObject([{ status: "revoked" }])
      }
  })
})
