import { beforeEach, describe, expect, test } from "vitest"
import { changeCard, listCards, makeCard, revokeCard, strikeCard } from "../../functions/domain/cards.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { publishManifest } from "../../functions/domain/manifest.ts"
import { claimsOf } from "../../functions/domain/statements.ts"
import type { Category } from "../../protocol/primitives.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  cardRequest,
  consentingPatient,
  newCard,
  newCardParts,
  newPatient,
  patientInOrder,
  publish,
  type TestCard,
  withdrawConsent,
} from "../kit/patients.ts"
import { type PublishedChange, publicationOf } from "../kit/publications.ts"
import { wrappedFor } from "../kit/sealed.ts"
import { rootOf, signedBy, stampAt, type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
let patient: TestPatient
beforeEach(async () => {
  cloud = await memoryCloud()
  patient = await consentingPatient(cloud)
})
type Request = Awaited<ReturnType<typeof cardRequest>>
const making = (request: Request, patientId = patient.patientId) => makeCard(cloud, patientId, request, cloud.call)
const next = (change: PublishedChange = {}, of = patient) => publicationOf(cloud, of, change)
/** The card with a manifest that signs `listed` in its stead. */
const listing = async (card: TestCard, listed: TestCard): Promise<Request> => ({
  ...card,
  publication: await next({ cards: [listed] }),
})
const revocation = (card: Pick<TestCard, "cardId">, claims: object = {}) =>
  signedBy(patient, cloud, "card-revocation", { cardId: card.cardId, ...claims })
const revoking = async (card: Pick<TestCard, "cardId">, statement?: string, patientId = patient.patientId) =>
  revokeCard(cloud, patientId, { cardId: card.cardId, statement: statement ?? (await revocation(card)) }, cloud.call)
const striking = async (
  { cardId }: Pick<TestCard, "cardId">,
  change: PublishedChange = { struck: [cardId], renewed: ["summary"] },
) => {
  const publication = await next(change)
  return () => strikeCard(cloud, patient.patientId, { cardId, publication }, cloud.call)
}
const stored = ({ cardId }: Pick<TestCard, "cardId">) => cloud.item(cardId)
const listedNow = async () => {
  const [manifest] = await cloud.store.read([{ kind: "manifest", patientId: patient.patientId }])
  return claimsOf("manifest", manifest?.manifest ?? "").cards
}
const secretFields = ["proofKey", "cloudShare", "wrappedCategoryKeys", "sealed"]

describe("making a card", () => {
  test("keeps its server half and lists it, after one event that names its categories and the manifest", async () => {
    const request = await cardRequest(cloud, patient, newCardParts(["summary", "medication"]))
    const { publication, ...card } = request
    const events = cloud.trail.all().length
    cloud.calls.steps.length = 0
    expect(await making(request)).toMatchObject({ event: { seq: events + 1 } })
    expect(cloud.calls.steps.slice(-2)).toEqual(["audit.append", "store.write"])
    expect(stored(card)).toMatchObject([{ status: "active", categories: ["summary", "medication"], ...card }])
    expect(await listedNow()).toHaveLength(1)
    expect(cloud.trail.all()).toHaveLength(events + 1)
    const event = cloud.trail.all().at(-1)
    const hash = await statementHash(publication.manifest)
    expect(event).toMatchObject({
      action: "make-card",
      subject: { cardId: card.cardId, categories: ["summary", "medication"], manifest: { hash } },
    })
    expect(JSON.stringify(event)).not.toContain(card.cloudShare)
  })

  test("twice is as once", async () => {
    const request = await cardRequest(cloud, patient)
    await making(request)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await making(request)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("twice at once is as once; another of its number at that moment is refused", async () => {
    const request = await cardRequest(cloud, patient)
    cloud.calls.before("store.write", () => making(request))
    expect(await making(request)).toEqual({})
    expect(cloud.item("USAGE")).toMatchObject([{ cards: 1 }])
    const first = newCardParts()
    const [one, two] = [
      await cardRequest(cloud, patient, first),
      await cardRequest(cloud, patient, { ...first, cloudShare: newKey() }),
    ]
    cloud.calls.before("store.write", () => making(one))
    expect(await refusalOf(making(two))).toBe("manifest-conflict")
    expect(stored(first)).toMatchObject([{ cloudShare: first.cloudShare }])
  })

  test("is not answered as made where another card was, by the same manifest", async () => {
    const request = await cardRequest(cloud, patient)
    await making(request)
    for (const other of [
      { cardId: newId() },
      { cloudShare: newKey() },
      { proofKey: newKey() },
      { locatorHash: newKey() },
      { hri: "https://other.example" },
      { sealed: "H1.b3RoZXI" },
    ])
      await expectRefusal(cloud, () => making({ ...request, ...other }), "manifest-conflict")
  })

  test("under the number of another card, also a revoked one, is refused", async () => {
    const card = await newCard(cloud, patient)
    const again = async () => cardRequest(cloud, patient, { ...card, cloudShare: newKey() })
    const request = await again()
    await expectRefusal(cloud, () => making(request), "card-conflict")
    await revoking(card)
    const later = await again()
    await expectRefusal(cloud, () => making(later), "card-conflict")
  })

  test("without the consent to share is refused, also when it is withdrawn at this moment", async () => {
    const other = await newPatient(cloud)
    const theirs = await cardRequest(cloud, other)
    await expectRefusal(cloud, () => making(theirs, other.patientId), "consent-missing")
    const request = await cardRequest(cloud, patient)
    cloud.calls.before("store.write", () => withdrawConsent(cloud, patient, "emergency-share"))
    expect(await refusalOf(making(request))).toBe("consent-missing")
    expect(stored(request)).toEqual([])
    await expectRefusal(cloud, () => making(request), "consent-missing")
  })

  test("with a category twice is refused", async () => {
    const wrappedCategoryKeys = wrappedFor(["summary", "summary"])
    const request = { ...(await cardRequest(cloud, patient)), wrappedCategoryKeys }
    await expectRefusal(cloud, () => making(request), "request-invalid")
  })

  test("that the manifest does not list, or lists otherwise, is refused", async () => {
    const card = newCardParts(["summary", "medication"])
    const others: TestCard[] = [
      { ...card, cardId: newId() },
      { ...card, proofKey: newKey() },
      { ...card, cloudShare: newKey() },
      { ...card, locatorHash: newKey() },
      { ...card, hri: "https://other.example" },
      { ...card, wrappedCategoryKeys: wrappedFor(["summary"]) },
      { ...card, wrappedCategoryKeys: wrappedFor(["summary", "medication"], 2) },
    ]
    for (const other of others) {
      const request = await listing(card, other)
      await expectRefusal(cloud, () => making(request), "manifest-invalid")
    }
    const unlisted = { ...card, publication: await next() }
    await expectRefusal(cloud, () => making(unlisted), "manifest-invalid")
    const twice = { ...card, publication: await next({ cards: [card, newCardParts()] }) }
    await expectRefusal(cloud, () => making(twice), "manifest-invalid")
    expect(await making(await listing(card, card))).toHaveProperty("event")
  })

  test("drops no other card from the list", async () => {
    await newCard(cloud, patient)
    const card = newCardParts()
    const publication = await next({ cards: [card], claims: { cards: [] } })
    await expectRefusal(cloud, () => making({ ...card, publication }), "manifest-invalid")
  })

  test("with an older epoch than the key ring's is refused", async () => {
    await publish(cloud, patient, { renewed: ["summary"] })
    const old = await cardRequest(cloud, patient, newCardParts(["summary"], 1))
    await expectRefusal(cloud, () => making(old), "manifest-invalid")
    expect(await making(await cardRequest(cloud, patient, newCardParts(["summary"], 2)))).toHaveProperty("event")
  })

  test("of nobody here is refused", async () => {
    const request = await cardRequest(cloud, patient)
    await expectRefusal(cloud, () => making(request, newId()), "not-found")
  })

  test("under one number by two patients makes two cards", async () => {
    const other = await consentingPatient(cloud)
    const card = await newCard(cloud, patient)
    await making(await cardRequest(cloud, other, { ...card, cloudShare: newKey() }), other.patientId)
    expect(stored(card)).toMatchObject([
      { patientId: patient.patientId, cloudShare: card.cloudShare },
      { patientId: other.patientId },
    ])
  })

  test("that fails at any call is mended by making it again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 5; call++) {
        const request = await cardRequest(cloud, patient)
        cloud.calls.failAt(call, when)
        await expect(making(request)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await making(request)
        expect(stored(request)).toMatchObject([{ cloudShare: request.cloudShare }])
      }
  })
})

describe("listing cards", () => {
  test("shows the patient's own, and those alone", async () => {
    const other = await newPatient(cloud)
    const card = await newCard(cloud, patient)
    expect((await listCards(cloud, patient.patientId, {})).cards).toMatchObject([
      { cardId: card.cardId, status: "active", locatorHash: card.locatorHash, hri: card.hri },
    ])
    expect((await listCards(cloud, other.patientId, {})).cards).toEqual([])
  })

  test("goes on from where the last page ended", async () => {
    await newCard(cloud, patient)
    await newCard(cloud, patient)
    const list = async (after?: string) =>
      (await listCards(cloud, patient.patientId, { after })).cards.map(({ cardId }) => cardId)
    const all = await list()
    expect(all).toHaveLength(2)
    expect(await list(all[0])).toEqual(all.slice(1))
  })
})

describe("revoking a card", () => {
  test("destroys the cloud's half at once, after an event, and keeps the statement; twice is as once", async () => {
    const card = await newCard(cloud, patient)
    const [manifest] = await cloud.store.read([{ kind: "manifest", patientId: patient.patientId }])
    const statement = await revocation(card)
    cloud.calls.steps.length = 0
    expect(await revoking(card, statement)).toEqual({})
    expect(cloud.calls.steps.slice(-3)).toEqual(["store.read", "audit.append", "store.write"])
    const text = JSON.stringify(cloud.snapshot())
    for (const secret of [card.proofKey, card.cloudShare]) expect(text).not.toContain(secret)
    const [item] = stored(card)
    expect(item).toMatchObject({ status: "revoked", revocation: statement, locatorHash: card.locatorHash })
    for (const field of secretFields) expect(item).not.toHaveProperty(field)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "revoke-card",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: { cardId: card.cardId, statementHash: await statementHash(statement) },
    })
    expect(await cloud.store.read([{ kind: "manifest", patientId: patient.patientId }])).toEqual([manifest])
    expect(cloud.item("USAGE")).toMatchObject([{ cards: 0 }])
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await revoking(card, statement)).toEqual({})
    expect(await revoking(card)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("by a statement about another card, patient or cloud, by another, or too old is refused", async () => {
    const card = await newCard(cloud, patient)
    const other = await newPatient(cloud)
    for (const claims of [{ cardId: newId() }, { patientId: newId() }, { aud: "other.example" }, { more: 1 }]) {
      const statement = await revocation(card, claims)
      await expectRefusal(cloud, () => revoking(card, statement), "statement-invalid")
    }
    const theirs = await signedBy({ ...patient, keys: other.keys }, cloud, "card-revocation", { cardId: card.cardId })
    await expectRefusal(cloud, () => revoking(card, theirs), "statement-invalid")
    const halt = await signedBy(patient, cloud, "halt", { grantId: card.cardId })
    await expectRefusal(cloud, () => revoking(card, halt), "statement-invalid")
    const stale = await revocation(card, stampAt(new Date(cloud.now.getTime() - 121_000)))
    await expectRefusal(cloud, () => revoking(card, stale), "statement-stale")
  })

  test("by a statement number that was used, also at this moment, is refused", async () => {
    const [one, two, three] = [
      await newCard(cloud, patient),
      await newCard(cloud, patient),
      await newCard(cloud, patient),
    ]
    const stamp = stampAt(cloud.now)
    const [first, second] = [await revocation(one, stamp), await revocation(two, stamp)]
    await revoking(one, first)
    await expectRefusal(cloud, () => revoking(two, second), "statement-replayed")
    const later = stampAt(cloud.now)
    const [third, fourth] = [await revocation(three, later), await revocation(two, later)]
    cloud.calls.before("store.write", () => revoking(two, fourth))
    expect(await refusalOf(revoking(three, third))).toBe("statement-replayed")
    expect(stored(three)).toMatchObject([{ status: "active" }])
  })

  test("twice at one moment is as once, by the same statement or another", async () => {
    for (const same of [true, false]) {
      const card = await newCard(cloud, patient)
      const [one, two] = [await revocation(card), await revocation(card)]
      cloud.calls.before("store.write", () => revoking(card, same ? one : two))
      expect(await revoking(card, one)).toEqual({})
      expect(stored(card)).toMatchObject([{ status: "revoked", revocation: same ? one : two }])
    }
    expect(cloud.item("USAGE")).toMatchObject([{ cards: 0 }])
  })

  test("is not starved by publications that change the card at every moment", async () => {
    const card = await newCard(cloud, patient)
    const { store } = cloud
    let left = 10
    const busy: typeof store = {
      read: (refs) => store.read(refs),
      list: (kind, of, options) => store.list(kind, of, options),
      write: async (changes) => {
        if (left-- > 0) await publish(cloud, patient, { renewed: ["summary"] })
        return store.write(changes)
      },
    }
    const request = { cardId: card.cardId, statement: await revocation(card) }
    expect(await revokeCard({ ...cloud, store: busy }, patient.patientId, request, cloud.call)).toEqual({})
    expect(stored(card)).toMatchObject([{ status: "revoked" }])
  })

  test("is over once the account is being deactivated", async () => {
    const card = await newCard(cloud, patient)
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivate(cloud, patient.patientId, { statement }, cloud.call)).rejects.toThrow("interrupted")
    const ending = await revocation(card)
    await expectRefusal(cloud, () => revoking(card, ending), "account-deactivated")
  })

  test("of another patient, or one that never was, is refused alike", async () => {
    const other = await newPatient(cloud)
    const card = await newCard(cloud, patient)
    const statement = await revocation(card)
    await expectRefusal(cloud, () => revoking(card, statement, other.patientId), "not-found")
    await expectRefusal(cloud, () => revoking({ cardId: newId() }, statement), "not-found")
  })

  test("that fails at any call is mended by revoking it again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 4; call++) {
        const card = await newCard(cloud, patient)
        const statement = await revocation(card)
        cloud.calls.failAt(call, when)
        await expect(revoking(card, statement)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await revoking(card, statement)
        expect(stored(card)).toMatchObject([{ status: "revoked", revocation: statement }])
      }
  })
})

describe("changing a card", () => {
  const otherSealed = "H1.b3RoZXI"
  /** The request that has a card open these categories, sealed anew. */
  const changeOf = async (
    { cardId }: Pick<TestCard, "cardId">,
    named: readonly Category[],
    { renewed = [], epochs = {}, ...more }: PublishedChange & { epochs?: Partial<Record<Category, number>> } = {},
  ) => {
    const wrappedCategoryKeys = named.flatMap((category) => wrappedFor([category], epochs[category] ?? 1))
    const changed = { cardId, wrappedCategoryKeys, sealed: otherSealed }
    return { ...changed, publication: await next({ changed, renewed, ...more }) }
  }
  const changing = (request: Awaited<ReturnType<typeof changeOf>>) =>
    changeCard(cloud, patient.patientId, request, cloud.call)
  const wide = () => newCard(cloud, patient, ["summary", "imaging"])

  test("keeps all but its categories, its keys and what is sealed of it, after one event that names them", async () => {
    const card = await wide()
    const [before] = stored(card)
    const request = await changeOf(card, ["summary", "document"], { renewed: ["imaging"] })
    const events = cloud.trail.all().length
    expect(await changing(request)).toMatchObject({ event: { seq: events + 1 } })
    const { wrappedCategoryKeys, sealed } = request
    expect(stored(card)).toEqual([
      { ...before, revision: 2, categories: ["summary", "document"], wrappedCategoryKeys, sealed },
    ])
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "change-card",
      subject: { cardId: card.cardId, categories: ["summary", "document"], manifest: { number: expect.any(Number) } },
    })
    expect(cloud.item("USAGE")).toMatchObject([{ cards: 1 }])
    const [once, all] = [cloud.snapshot(), cloud.trail.all()]
    expect(await changing(request)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, all])
  })

  test("to open less without new keys for what it lost is refused; to open more, or to be called otherwise, takes none", async () => {
    const card = await wide()
    for (const renewed of [[], ["summary"], ["laboratory"]] as Category[][]) {
      const narrower = await changeOf(card, ["summary"], {
        renewed,
        epochs: { summary: renewed.includes("summary") ? 2 : 1 },
      })
      await expectRefusal(cloud, () => changing(narrower), "manifest-invalid")
    }
    expect(await changing(await changeOf(card, ["summary", "imaging"]))).toHaveProperty("event")
    expect(await changing(await changeOf(card, ["summary", "imaging", "laboratory"]))).toHaveProperty("event")
  })

  test("gives the others their new keys, and is refused where one of them is forgotten", async () => {
    const [card, other] = [await wide(), await newCard(cloud, patient, ["imaging"])]
    const request = await changeOf(card, ["summary"], { renewed: ["imaging"] })
    const forgetful = { ...request, publication: { ...request.publication, cards: [] } }
    await expectRefusal(cloud, () => changing(forgetful), "manifest-invalid")
    await changing(request)
    expect(stored(other)).toMatchObject([{ wrappedCategoryKeys: [{ category: "imaging", epoch: 2 }] }])
  })

  test("with keys of an epoch that isn't the newest, or that travel twice, is refused", async () => {
    const card = await wide()
    const old = await changeOf(card, ["summary", "imaging"], { renewed: ["imaging"] })
    await expectRefusal(cloud, () => changing(old), "manifest-invalid")
    const request = await changeOf(card, ["summary", "imaging"])
    const { cardId, wrappedCategoryKeys } = request
    const twice = { ...request, publication: { ...request.publication, cards: [{ cardId, wrappedCategoryKeys }] } }
    await expectRefusal(cloud, () => changing(twice), "manifest-invalid")
    const repeated = await changeOf(card, ["summary", "summary"]).catch(() => undefined)
    expect(repeated).toBeUndefined()
    const double = { ...request, wrappedCategoryKeys: wrappedFor(["summary", "summary"]) }
    await expectRefusal(cloud, () => changing(double), "request-invalid")
  })

  test("otherwise than the manifest says, or what another card is, is refused", async () => {
    const [card, other] = [await wide(), await wide()]
    const request = await changeOf(card, ["summary", "imaging"])
    await expectRefusal(cloud, () => changing({ ...request, sealed: "H1.YW55dGhpbmc" }), "manifest-invalid")
    await expectRefusal(cloud, () => changing({ ...request, cardId: other.cardId }), "manifest-invalid")
    await changing(request)
    await expectRefusal(cloud, () => changing({ ...request, cardId: other.cardId }), "manifest-conflict")
    await expectRefusal(cloud, () => changing({ ...request, sealed: "H1.YW55dGhpbmc" }), "manifest-conflict")
  })

  test("by a manifest that is published for something else is refused", async () => {
    const card = await wide()
    const { publication } = await changeOf(card, ["summary"], { renewed: ["imaging"] })
    const publishing = () => publishManifest(cloud, patient.patientId, { publication }, cloud.call)
    await expectRefusal(cloud, publishing, "manifest-invalid")
  })

  test("that was revoked, isn't there, or is another patient's, isn't there", async () => {
    const [card, theirs] = [await wide(), (await patientInOrder(cloud)).card]
    await revoking(card)
    for (const gone of [card, { cardId: newId() }, theirs]) {
      const request = await changeOf(gone, ["summary"])
      await expectRefusal(cloud, () => changing(request), "not-found")
    }
  })

  test("to open more takes the consent to share, also where it is withdrawn at this moment; to open less takes none", async () => {
    const card = await wide()
    const wider = await changeOf(card, ["summary", "imaging", "document"])
    cloud.calls.before("store.write", () => withdrawConsent(cloud, patient, "emergency-share"))
    expect(await refusalOf(changing(wider))).toBe("consent-missing")
    await expectRefusal(cloud, () => changing(wider), "consent-missing")
    await changing(await changeOf(card, ["summary"], { renewed: ["imaging"] }))
    expect(stored(card)).toMatchObject([{ categories: ["summary"] }])
  })

  test("while it is revoked or changed is refused, and the card is what the other made of it", async () => {
    const [one, another] = [await wide(), await wide()]
    const first = await changeOf(one, ["summary"], { renewed: ["imaging"] })
    cloud.calls.before("store.write", () => revoking(one))
    expect(await refusalOf(changing(first))).toBe("manifest-conflict")
    expect(stored(one)).toMatchObject([{ status: "revoked" }])
    const second = await changeOf(another, ["summary", "imaging"])
    const quicker = await changeOf(another, ["summary", "imaging", "document"])
    cloud.calls.before("store.write", () => changing(quicker))
    expect(await refusalOf(changing(second))).toBe("manifest-conflict")
    expect(stored(another)).toMatchObject([{ categories: ["summary", "imaging", "document"] }])
  })

  test("that fails at any call is mended by changing it again", async () => {
    const card = await wide()
    let named: Category[] = ["summary", "imaging"]
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 5; call++) {
        named = named.toReversed()
        const request = await changeOf(card, named)
        cloud.calls.failAt(call, when)
        await expect(changing(request)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await changing(request)
        expect(stored(card)).toMatchObject([{ categories: named }])
      }
  })
})

describe("striking a card", () => {
  test("that is revoked takes it from the list, with a new epoch of its categories, after one event", async () => {
    const card = await newCard(cloud, patient)
    await revoking(card)
    const [before] = stored(card)
    const events = cloud.trail.all().length
    const strike = await striking(card)
    expect(await strike()).toMatchObject({ event: { seq: events + 1 } })
    expect(await listedNow()).toEqual([])
    expect(stored(card)).toEqual([before])
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "strike-card",
      subject: { cardId: card.cardId, manifest: { number: expect.any(Number) } },
    })
    const [once, all] = [cloud.snapshot(), cloud.trail.all()]
    expect(await strike()).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, all])
  })

  test("that is in force kills it in the same moment, and gives the others their new keys", async () => {
    const [card, other] = [await newCard(cloud, patient), await newCard(cloud, patient, ["summary", "imaging"])]
    await (await striking(card))()
    const [item] = stored(card)
    expect(item).toMatchObject({ status: "revoked" })
    for (const field of secretFields) expect(item).not.toHaveProperty(field)
    expect(stored(other)).toMatchObject([
      {
        status: "active",
        wrappedCategoryKeys: [
          { category: "summary", epoch: 2 },
          { category: "imaging", epoch: 1 },
        ],
      },
    ])
    expect(await listedNow()).toHaveLength(1)
    expect(cloud.item("USAGE")).toMatchObject([{ cards: 1 }])
  })

  test("without a new epoch of each of its categories is refused", async () => {
    const card = await newCard(cloud, patient, ["summary", "imaging"])
    for (const renewed of [[], ["summary"], ["imaging"], ["summary", "laboratory"]] as Category[][]) {
      const strike = await striking(card, { struck: [card.cardId], renewed })
      await expectRefusal(cloud, strike, "manifest-invalid")
    }
    await revoking(card)
    const strike = await striking(card, { struck: [card.cardId], renewed: ["summary"] })
    await expectRefusal(cloud, strike, "manifest-invalid")
    expect(await (await striking(card, { struck: [card.cardId], renewed: ["summary", "imaging"] }))()).toHaveProperty(
      "event",
    )
  })

  test("that the manifest still lists, or beside which it drops or forgets another, is refused", async () => {
    const [card, other] = [await newCard(cloud, patient), await newCard(cloud, patient)]
    const still = await striking(card, { renewed: ["summary"] })
    await expectRefusal(cloud, still, "card-refused")
    const both = await striking(card, { struck: [card.cardId, other.cardId], renewed: ["summary"] })
    await expectRefusal(cloud, both, "manifest-invalid")
    const publication = await next({ struck: [card.cardId], renewed: ["summary"] })
    const forgotten = { cardId: card.cardId, publication: { ...publication, cards: [] } }
    await expectRefusal(cloud, () => strikeCard(cloud, patient.patientId, forgotten, cloud.call), "manifest-invalid")
  })

  test("that isn't there, or of another patient, is refused", async () => {
    const strike = await striking({ cardId: newId() })
    await expectRefusal(cloud, strike, "not-found")
    const { card } = await patientInOrder(cloud)
    const theirs = await striking(card)
    await expectRefusal(cloud, theirs, "not-found")
  })

  test("while it is being revoked is refused for the moment, and done when asked again", async () => {
    const card = await newCard(cloud, patient)
    const strike = await striking(card)
    cloud.calls.before("store.write", () => revoking(card))
    expect(await refusalOf(strike())).toBe("busy")
    expect(await strike()).toHaveProperty("event")
  })

  test("is not answered as done where another card was, by the same manifest", async () => {
    const [card, other] = [await newCard(cloud, patient), await newCard(cloud, patient)]
    const publication = await next({ struck: [card.cardId], renewed: ["summary"] })
    await strikeCard(cloud, patient.patientId, { cardId: card.cardId, publication }, cloud.call)
    const request = { cardId: other.cardId, publication }
    await expectRefusal(cloud, () => strikeCard(cloud, patient.patientId, request, cloud.call), "manifest-conflict")
  })

  test("that fails at any call is mended by striking it again", async () => {
    let epoch = 1
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 5; call++) {
        const card = newCardParts(["medication"], epoch++)
        await making(await cardRequest(cloud, patient, card))
        const strike = await striking(card, { struck: [card.cardId], renewed: ["medication"] })
        cloud.calls.failAt(call, when)
        await expect(strike()).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await strike()
        expect(stored(card)).toMatchObject([{ status: "revoked" }])
        expect(await listedNow()).toEqual([])
      }
  })
})

describe("a new epoch", () => {
  const publishing = async (publication: Awaited<ReturnType<typeof next>>) =>
    publishManifest(cloud, patient.patientId, { publication }, cloud.call)
  const renewing = async (named: readonly Category[] = ["imaging"]) => next({ renewed: named })

  test("gives every card its keys in the same publication", async () => {
    const { cardId } = await newCard(cloud, patient, ["summary", "imaging"])
    await publishing(await renewing())
    expect(cloud.item(cardId)).toMatchObject([
      {
        revision: 2,
        status: "active",
        wrappedCategoryKeys: [
          { category: "summary", epoch: 1 },
          { category: "imaging", epoch: 2 },
        ],
      },
    ])
  })

  test("that leaves a card out is refused, also where the manifest lists it as it was", async () => {
    const card = await newCard(cloud, patient, ["imaging"])
    const publication = await renewing()
    await expectRefusal(cloud, () => publishing({ ...publication, cards: [] }), "manifest-invalid")
    const listed = await next({ renewed: ["imaging"], claims: { cards: await listedNow() } })
    await expectRefusal(cloud, () => publishing({ ...listed, cards: [] }), "manifest-invalid")
    expect(stored(card)).toMatchObject([{ revision: 1 }])
  })

  test("for a card that is revoked, unknown or another patient's is refused", async () => {
    const revoked = await newCard(cloud, patient)
    await revoking(revoked)
    const foreign = (await patientInOrder(cloud)).card
    const publication = await renewing()
    for (const cardId of [revoked.cardId, foreign.cardId, newId()])
      await expectRefusal(
        cloud,
        () => publishing({ ...publication, cards: [{ cardId, wrappedCategoryKeys: wrappedFor(["summary"], 2) }] }),
        "card-refused",
      )
  })

  test("with more or fewer categories than the card has, or with a card twice, is refused", async () => {
    const { cardId } = await newCard(cloud, patient, ["summary", "imaging"])
    const publication = await renewing(["summary", "imaging"])
    for (const named of [
      ["summary"],
      ["summary", "summary"],
      ["summary", "imaging", "sensitive"],
      ["summary", "sensitive"],
    ] as const)
      await expectRefusal(
        cloud,
        () => publishing({ ...publication, cards: [{ cardId, wrappedCategoryKeys: wrappedFor(named, 2) }] }),
        "manifest-invalid",
      )
    const [card] = publication.cards
    if (card === undefined) throw new Error("no card")
    await expectRefusal(cloud, () => publishing({ ...publication, cards: [card, card] }), "manifest-invalid")
    await publishing(publication)
  })

  test("never brings back a card that is revoked at this moment", async () => {
    const card = await newCard(cloud, patient)
    const publication = await renewing(["summary"])
    cloud.calls.before("store.write", () => revoking(card))
    expect(await refusalOf(publishing(publication))).toBe("manifest-conflict")
    expect(stored(card)).toMatchObject([{ status: "revoked" }])
    expect(stored(card)[0]).not.toHaveProperty("wrappedCategoryKeys")
  })

  test("reaches cards beyond a page of the list", async () => {
    const card = await newCard(cloud, patient)
    const [item] = stored(card)
    if (item?.kind !== "card") throw new Error("no card")
    const { proofKey: _, cloudShare: __, wrappedCategoryKeys: ___, sealed: ____, ...dead } = item
    for (let i = 0; i < 60; i++)
      await cloud.store.write([{ put: { ...dead, cardId: `-${newId().slice(1)}`, status: "revoked" } }])
    await publishing(await renewing(["summary"]))
    expect(stored(card)).toMatchObject([{ wrappedCategoryKeys: [{ category: "summary", epoch: 2 }] }])
  })

  test("while nothing of a card changes asks for no list of cards", async () => {
    await newCard(cloud, patient)
    const publication = await next()
    cloud.calls.steps.length = 0
    await publishing(publication)
    expect(cloud.calls.steps).not.toContain("store.list")
  })

  test("is needed by no publication that leaves a card listed as it was which is revoked already", async () => {
    const [card, other] = [await newCard(cloud, patient), await newCard(cloud, patient, ["imaging"])]
    await revoking(card)
    const listed = await listedNow()
    await publishing(await next())
    expect(new Set(await listedNow())).toEqual(new Set(listed))
    await publishing(await renewing(["imaging"]))
    await making(await cardRequest(cloud, patient))
    const cardIds = (await listedNow()).map(({ cardId }) => cardId)
    expect(cardIds).toContain(card.cardId)
    expect(cardIds).toContain(other.cardId)
    expect(cardIds).toHaveLength(3)
  })

  test("is needed where a revoked card leaves the list, whatever it leaves by", async () => {
    const card = await newCard(cloud, patient, ["summary", "imaging"])
    await revoking(card)
    const struck = [card.cardId]
    for (const renewed of [[], ["summary"], ["imaging", "laboratory"]] as Category[][]) {
      const publication = await next({ struck, renewed })
      await expectRefusal(cloud, () => publishing(publication), "manifest-invalid")
    }
    const beside = newCardParts()
    const dropped = { ...beside, publication: await next({ cards: [beside], struck }) }
    await expectRefusal(cloud, () => making(dropped), "manifest-invalid")
    await publishing(await next({ struck, renewed: ["summary", "imaging"] }))
    expect(await listedNow()).toEqual([])
  })

  test("keeps no revoked card listed otherwise than it was, nor one that has left the list", async () => {
    const card = await newCard(cloud, patient)
    const [listed] = await listedNow()
    if (listed === undefined) throw new Error("not listed")
    await revoking(card)
    const otherwise = await next({ claims: { cards: [{ ...listed, hash: newKey() }] } })
    await expectRefusal(cloud, () => publishing(otherwise), "manifest-invalid")
    await publishing(await next({ struck: [card.cardId], renewed: ["summary"] }))
    const back = await next({ claims: { cards: [listed] } })
    await expectRefusal(cloud, () => publishing(back), "manifest-invalid")
  })

  test("and a strike are refused where the manifest lists the card still", async () => {
    const card = await newCard(cloud, patient)
    await revoking(card)
    for (const renewed of [[], ["summary"]] as Category[][]) {
      const still = { cardId: card.cardId, publication: await next({ renewed }) }
      await expectRefusal(cloud, () => strikeCard(cloud, patient.patientId, still, cloud.call), "manifest-invalid")
    }
  })

  test("or the same one may wrap a card's keys anew", async () => {
    const { cardId } = await newCard(cloud, patient)
    const wrappedCategoryKeys = [{ category: "summary" as const, epoch: 1, wrappedKey: `${"B".repeat(53)}A` }]
    await publishing({ ...(await next()), cards: [{ cardId, wrappedCategoryKeys }] })
    expect(cloud.item(cardId)).toMatchObject([{ revision: 2, wrappedCategoryKeys }])
  })
})
