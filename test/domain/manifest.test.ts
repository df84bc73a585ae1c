import { beforeEach, describe, expect, test } from "vitest"
import type { RequestOf } from "../../contract/routes.ts"
import { revokeCard } from "../../functions/domain/cards.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { getManifest, getManifestPage, publishManifest } from "../../functions/domain/manifest.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  addRecord,
  descriptorOf,
  keyRingOf,
  manifestRequest,
  newCard,
  newPatient,
  patientInOrder,
  publish,
  signedBy,
  stampAt,
  type TestPatient,
  wrappedFor,
} from "../fakes/people.ts"

type Request = RequestOf<"patient/publish-manifest">
let cloud: MemoryCloud
let patient: TestPatient
let records: Descriptor[]
beforeEach(async () => {
  cloud = await memoryCloud()
  const made = await patientInOrder(cloud)
  patient = made.patient
  records = [made.summary, made.laboratory]
})
const publishing = (request: Request, patientId = patient.patientId) =>
  publishManifest(cloud, patientId, request, cloud.call)
const next = (claims: object = {}, of: readonly Descriptor[] = records) => manifestRequest(cloud, patient, of, claims)
const manifestOf = (patientId = patient.patientId) => getManifest(cloud, patientId)

describe("a manifest", () => {
  test("becomes the newest, with its pages and key ring, after an event that names it", async () => {
    const added = await addRecord(cloud, patient)
    const request = await next({}, [...records, added])
    cloud.calls.steps.length = 0
    expect(await publishing(request)).toEqual({})
    expect(cloud.calls.steps).toEqual(["store.read", "store.read", "audit.append", "store.write"])
    expect(await manifestOf()).toEqual({ manifest: request.manifest, keyRing: request.keyRing })
    const page = await getManifestPage(cloud, patient.patientId, { category: "summary", page: "0" })
    expect(page.descriptors).toEqual([records[0], added])
    expect(cloud.trail.eventsOf(patient.patientId).at(-1)).toMatchObject({
      action: "publish-manifest",
      subject: { manifest: { number: 2, hash: await statementHash(request.manifest) } },
    })
  })

  test("sent again is answered as the first time and changes nothing", async () => {
    const request = await next()
    await publishing(request)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await publishing(request)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("may leave out the pages that stayed as they were", async () => {
    const request = await next()
    expect(await publishing({ ...request, pages: request.pages.slice(0, 1) })).toEqual({})
    const again = await next()
    expect(await publishing({ ...again, pages: [] })).toEqual({})
  })

  test("replayed after a newer one is refused", async () => {
    const request = await next()
    await publishing(request)
    await publish(cloud, patient, records)
    await expectRefusal(cloud, () => publishing(request), "manifest-conflict")
  })

  test.for([
    ["skips a number", { number: 3 }],
    ["repeats a number", { number: 1 }],
    ["follows none", { previous: null }],
    ["follows another", { previous: "A".repeat(43) }],
  ] as const)("that %s is refused", async ([, claims]) => {
    const request = await next(claims)
    await expectRefusal(cloud, () => publishing(request), "manifest-conflict")
  })

  test("of a patient who has none must be the first", async () => {
    const other = await newPatient(cloud)
    const second = await manifestRequest(cloud, other, [], { number: 2 })
    await expectRefusal(cloud, () => publishing(second, other.patientId), "manifest-conflict")
    const following = await manifestRequest(cloud, other, [], { previous: "A".repeat(43) })
    await expectRefusal(cloud, () => publishing(following, other.patientId), "manifest-conflict")
    expect(await publishing(await manifestRequest(cloud, other, []), other.patientId)).toEqual({})
  })

  test("with other keys than the registered ones is refused", async () => {
    const { publicKeys } = await newPatient(cloud)
    for (const keys of [publicKeys, { ...patient.publicKeys, agreement: publicKeys.agreement }]) {
      const request = await next({ keys })
      await expectRefusal(cloud, () => publishing(request), "manifest-invalid")
    }
  })

  test("with another key ring than it signs is refused", async () => {
    const request = await next()
    await expectRefusal(cloud, () => publishing({ ...request, keyRing: keyRingOf(2) }), "manifest-invalid")
  })

  test("with pages that aren't the ones it signs is refused", async () => {
    const request = await next()
    const [page] = request.pages
    const other = await descriptorOf()
    if (page === undefined) throw new Error("no page")
    const wrong: Request["pages"][] = [
      // altered, in another order of numbers, twice, of another category, one for nothing
      [{ ...page, descriptors: [other] }, ...request.pages.slice(1)],
      [{ ...page, page: 1 }, ...request.pages.slice(1)],
      [page, ...request.pages],
      [{ ...page, category: "imaging" }, ...request.pages.slice(1)],
      [...request.pages, { category: "imaging", page: 0, descriptors: [] }],
    ]
    for (const pages of wrong) await expectRefusal(cloud, () => publishing({ ...request, pages }), "manifest-invalid")
  })

  test("that names a page nobody ever sent is refused", async () => {
    const hash = "A".repeat(43)
    const empty = { summary: [], laboratory: [], imaging: [], medication: [], document: [], sensitive: [] }
    const [summary, laboratory] = await Promise.all(records.map((record) => canonicalHash([record])))
    const request = await next({ pages: { ...empty, summary: [summary, hash], laboratory: [laboratory] } })
    await expectRefusal(cloud, () => publishing(request), "manifest-invalid")
  })

  test("that drops a page of the one before is refused; an emptied page stays", async () => {
    const dropped = await next({}, records.slice(0, 1))
    await expectRefusal(cloud, () => publishing(dropped), "manifest-invalid")
    const empty = { summary: [], laboratory: [], imaging: [], medication: [], document: [], sensitive: [] }
    const [summary] = records
    const pages = { ...empty, summary: [await canonicalHash([summary])], laboratory: [await canonicalHash([])] }
    const emptied = await next({ pages })
    const sent: Request["pages"] = [{ category: "laboratory", page: 0, descriptors: [] }]
    expect(await publishing({ ...emptied, pages: sent })).toEqual({})
  })

  test("with a descriptor on another category's page is refused", async () => {
    const [, laboratory] = records
    if (laboratory === undefined) throw new Error("no record")
    const request = await next()
    const pages: Request["pages"] = [
      { category: "summary", page: 0, descriptors: [laboratory] },
      ...request.pages.slice(1),
    ]
    await expectRefusal(cloud, () => publishing({ ...request, pages }), "manifest-invalid")
  })

  test("with a descriptor on another category's page is refused, though it signs that page", async () => {
    const [, laboratory] = records
    if (laboratory === undefined) throw new Error("no record")
    const empty = { summary: [], laboratory: [], imaging: [], medication: [], document: [], sensitive: [] }
    const pageHash = await canonicalHash([laboratory])
    const request = await next({ pages: { ...empty, summary: [pageHash], laboratory: [pageHash] } })
    const pages: Request["pages"] = [{ category: "summary", page: 0, descriptors: [laboratory] }]
    await expectRefusal(cloud, () => publishing({ ...request, pages }), "manifest-invalid")
  })

  test("takes 64 descriptors on a page, and no more, though it signs them", async () => {
    const [summary, laboratory] = records
    if (summary === undefined || laboratory === undefined) throw new Error("no record")
    const empty = { summary: [], laboratory: [], imaging: [], medication: [], document: [], sensitive: [] }
    const publishingOf = async (length: number) => {
      const descriptors = Array.from({ length }, () => summary)
      const hashes = { summary: [await canonicalHash(descriptors)], laboratory: [await canonicalHash([laboratory])] }
      const request = await next({ pages: { ...empty, ...hashes } })
      return publishing({ ...request, pages: [{ category: "summary", page: 0, descriptors }] })
    }
    expect(await refusalOf(publishingOf(65))).toBe("manifest-invalid")
    expect(await publishingOf(64)).toEqual({})
  })

  test("that is stale, for another cloud, about or by another patient, or of another type is refused", async () => {
    const other = await newPatient(cloud)
    const stale = await next(stampAt(new Date(cloud.now.getTime() - 121_000)))
    await expectRefusal(cloud, () => publishing(stale), "statement-stale")
    for (const claims of [{ aud: "other.example" }, { patientId: other.patientId }, { more: 1 }]) {
      const request = await next(claims)
      await expectRefusal(cloud, () => publishing(request), "statement-invalid")
    }
    const foreign = await manifestRequest(cloud, { ...patient, keys: other.keys }, records)
    await expectRefusal(cloud, () => publishing(foreign), "statement-invalid")
    const own = await next()
    await expectRefusal(cloud, () => publishing(own, other.patientId), "statement-invalid")
    const manifest = await signedBy(patient, cloud, "deactivation", {})
    await expectRefusal(cloud, () => publishing({ ...own, manifest }), "statement-invalid")
  })

  test("sent twice at once is answered as the first", async () => {
    const request = await next()
    cloud.calls.before("store.write", () => publishing(request))
    expect(await publishing(request)).toEqual({})
    expect((await manifestOf()).manifest).toBe(request.manifest)
  })

  test("that races another one loses whole", async () => {
    const [one, two] = [await next(), await next()]
    cloud.calls.before("store.write", () => publishing(two))
    expect(await refusalOf(publishing(one))).toBe("manifest-conflict")
    expect((await manifestOf()).manifest).toBe(two.manifest)
  })

  test("that fails at any call is whole or not there, and mended by publishing again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 4; call++) {
        const added = await addRecord(cloud, patient)
        records = [...records, added]
        const request = await next({}, records)
        cloud.calls.failAt(call, when)
        await expect(publishing(request)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        expect(await publishing(request)).toEqual({})
        expect((await manifestOf()).manifest).toBe(request.manifest)
        const page = await getManifestPage(cloud, patient.patientId, { category: "summary", page: "0" })
        expect(page.descriptors).toContainEqual(added)
      }
  })
})

describe("a new epoch", () => {
  test("gives the cards their keys in the same publication", async () => {
    const { cardId } = await newCard(cloud, patient, ["summary", "imaging"])
    const request = await next()
    const wrappedCategoryKeys = wrappedFor(["imaging", "summary"], 2)
    await publishing({ ...request, cards: [{ cardId, wrappedCategoryKeys }] })
    expect(cloud.item(cardId)).toMatchObject([{ revision: 2, status: "active", wrappedCategoryKeys }])
  })

  test("for a card that is revoked, unknown or another patient's is refused", async () => {
    const revoked = await newCard(cloud, patient)
    await revokeCard(cloud, patient.patientId, revoked, cloud.call)
    const foreign = (await patientInOrder(cloud)).card
    const request = await next()
    for (const cardId of [revoked.cardId, foreign.cardId, newId()])
      await expectRefusal(
        cloud,
        () => publishing({ ...request, cards: [{ cardId, wrappedCategoryKeys: wrappedFor(["summary"], 2) }] }),
        "card-refused",
      )
  })

  test("with more or fewer categories than the card has, or with a card twice, is refused", async () => {
    const { cardId } = await newCard(cloud, patient, ["summary", "imaging"])
    const request = await next()
    for (const named of [
      ["summary"],
      ["summary", "summary"],
      ["summary", "imaging", "sensitive"],
      ["summary", "sensitive"],
    ] as const)
      await expectRefusal(
        cloud,
        () => publishing({ ...request, cards: [{ cardId, wrappedCategoryKeys: wrappedFor(named, 2) }] }),
        "manifest-invalid",
      )
    const card = { cardId, wrappedCategoryKeys: wrappedFor(["summary", "imaging"], 2) }
    await expectRefusal(cloud, () => publishing({ ...request, cards: [card, card] }), "manifest-invalid")
  })

  test("never brings back a card that is revoked at this moment", async () => {
    const card = await newCard(cloud, patient)
    const request = await next()
    cloud.calls.before("store.write", () => revokeCard(cloud, patient.patientId, card, cloud.call))
    const cards = [{ cardId: card.cardId, wrappedCategoryKeys: wrappedFor(["summary"], 2) }]
    expect(await refusalOf(publishing({ ...request, cards }))).toBe("manifest-conflict")
    expect(cloud.item(card.cardId)).toMatchObject([{ status: "revoked" }])
    expect(cloud.item(card.cardId)[0]).not.toHaveProperty("wrappedCategoryKeys")
  })
})

describe("reading", () => {
  test("is over once the account is being deactivated", async () => {
    const statement = await signedBy(patient, cloud, "deactivation", {})
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivate(cloud, patient.patientId, { statement }, cloud.call)).rejects.toThrow("interrupted")
    await expectRefusal(cloud, () => manifestOf(), "account-deactivated")
    const page = () => getManifestPage(cloud, patient.patientId, { category: "summary", page: "0" })
    await expectRefusal(cloud, page, "account-deactivated")
  })

  test("a manifest or page there isn't, or of another patient, is refused alike", async () => {
    const other = await newPatient(cloud)
    await expectRefusal(cloud, () => manifestOf(other.patientId), "not-found")
    await expectRefusal(cloud, () => manifestOf(newId()), "not-found")
    for (const [patientId, page] of [
      [other.patientId, "0"],
      [patient.patientId, "1"],
    ] as const)
      await expectRefusal(cloud, () => getManifestPage(cloud, patientId, { category: "summary", page }), "not-found")
  })
})
