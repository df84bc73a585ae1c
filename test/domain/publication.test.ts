import { beforeEach, describe, expect, test } from "vitest"
import type { Publication } from "../../contract/publication.ts"
import { getKeyPages } from "../../functions/domain/key-pages.ts"
import { getManifest, getManifestPage, publishManifest } from "../../functions/domain/manifest.ts"
import { commit } from "../../functions/domain/records.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { categories } from "../../protocol/primitives.ts"
import type { Descriptor, KeyRing, PlacedKeyPage, RingEntry } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  commitRequest,
  consentingPatient,
  descriptorOf,
  newCard,
  newPatient,
  patientInOrder,
  publish,
  put,
} from "../kit/patients.ts"
import { placed } from "../kit/placed.ts"
import { type PublishedChange, publicationOf } from "../kit/publications.ts"
import { keyRingOf, renewedRing, someWrappedKey } from "../kit/sealed.ts"
import { rootOf, signedBy, stampAt, type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
let patient: TestPatient
let [summary, laboratory]: Descriptor[] = []
const none = "A".repeat(43)
beforeEach(async () => {
  cloud = await memoryCloud()
  ;({ patient, summary, laboratory } = await patientInOrder(cloud))
})
const next = (change: PublishedChange = {}) => publicationOf(cloud, patient, change)
const publishing = (publication: Publication, patientId = patient.patientId) =>
  publishManifest(cloud, patientId, { publication }, cloud.call)
const newest = async () => (await getManifest(cloud, patient.patientId, {})).manifest
const numberNow = async () => {
  const [stored] = await cloud.store.read([{ kind: "manifest", patientId: patient.patientId }])
  return stored?.number ?? 0
}

describe("a publication", () => {
  test("becomes the newest manifest with its key ring, after one event that names it", async () => {
    const publication = await next({ renewed: ["imaging"] })
    const number = (await numberNow()) + 1
    const events = cloud.trail.all().length
    cloud.calls.steps.length = 0
    const { event } = await publishing(publication)
    expect(cloud.calls.steps.slice(-2)).toEqual(["audit.append", "store.write"])
    expect(cloud.calls.steps.filter((step) => step === "store.write")).toHaveLength(1)
    expect(await getManifest(cloud, patient.patientId, {})).toMatchObject({
      manifest: publication.manifest,
      keyRing: publication.keyRing,
      links: [],
    })
    expect(cloud.trail.all()).toHaveLength(events + 1)
    const hash = await statementHash(publication.manifest)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      ...event,
      action: "publish-manifest",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: { manifest: { number, hash } },
    })
    expect(event?.seq).toBeGreaterThan(0)
    expect(cloud.item("MANIFEST-VERSION#").at(-1)).toMatchObject({ number, manifest: publication.manifest })
  })

  test("sent again is answered without its event, and changes nothing, whatever else is sent with it", async () => {
    const publication = await next()
    await publishing(publication)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await publishing(publication)).toEqual({})
    // The signature is no part of what a statement is.
    const [header = "", payload = ""] = publication.manifest.split(".")
    const manifest = `${header}.${payload}.${"A".repeat(86)}`
    expect(await publishing({ ...publication, manifest, keyRing: keyRingOf(2) })).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("that is the newest is not taken for a change it was not made for", async () => {
    const publication = await next()
    await publishing(publication)
    const descriptor = await descriptorOf()
    put(cloud, "records", patient.patientId, descriptor)
    const request = { recordId: descriptor.recordId, descriptor, publication }
    await expectRefusal(cloud, () => commit(cloud, patient.patientId, request, cloud.call), "manifest-conflict")
  })

  test("replayed after a newer one is refused", async () => {
    const publication = await next()
    await publishing(publication)
    await publish(cloud, patient)
    await expectRefusal(cloud, () => publishing(publication), "manifest-conflict")
  })

  test("that skips or repeats a number, or follows none or another, is refused", async () => {
    const number = await numberNow()
    for (const claims of [{ number: number + 2 }, { number }, { previous: null }, { previous: none }]) {
      const publication = await next({ claims })
      await expectRefusal(cloud, () => publishing(publication), "manifest-conflict")
    }
  })

  test("of a patient who has none must be the first", async () => {
    const other = await newPatient(cloud)
    for (const claims of [{ number: 2 }, { previous: none }]) {
      const publication = await publicationOf(cloud, other, { claims })
      await expectRefusal(cloud, () => publishing(publication, other.patientId), "manifest-conflict")
    }
    expect(await publishing(await publicationOf(cloud, other), other.patientId)).toHaveProperty("event.hash")
  })

  test("names the earlier ones by powers of two, and no others", async () => {
    while ((await numberNow()) < 7) await publish(cloud, patient)
    const hashes = await Promise.all(
      [6, 4].map(async (number) => {
        const [version] = await cloud.store.read([{ kind: "manifest-version", patientId: patient.patientId, number }])
        return statementHash(version?.manifest ?? "")
      }),
    )
    const [sixth = "", fourth = ""] = hashes
    for (const skips of [[], [sixth], [fourth, sixth], [sixth, none], [sixth, fourth, none]]) {
      const publication = await next({ claims: { skips } })
      await expectRefusal(cloud, () => publishing(publication), "manifest-invalid")
    }
    await publishing(await next({ claims: { skips: [sixth, fourth] } }))
    const odd = await next({ claims: { skips: [sixth] } })
    await expectRefusal(cloud, () => publishing(odd), "manifest-invalid")
  })

  test("that is stale, for another cloud, about or by another patient, or of another type is refused", async () => {
    const other = await newPatient(cloud)
    const stale = await next({ claims: stampAt(new Date(cloud.now.getTime() - 121_000)) })
    await expectRefusal(cloud, () => publishing(stale), "statement-stale")
    for (const claims of [{ aud: "other.example" }, { patientId: other.patientId }, { more: 1 }]) {
      const publication = await next({ claims })
      await expectRefusal(cloud, () => publishing(publication), "statement-invalid")
    }
    // Neither who isn't listed nor the root, which signs lists of signers alone.
    for (const keys of [other.keys, patient.root]) {
      const foreign = await publicationOf(cloud, { ...patient, keys })
      await expectRefusal(cloud, () => publishing(foreign), "statement-invalid")
    }
    const own = await next()
    await expectRefusal(cloud, () => publishing(own, other.patientId), "manifest-conflict")
    const manifest = await signedBy(rootOf(patient), cloud, "deactivation", {})
    await expectRefusal(cloud, () => publishing({ ...own, manifest }), "statement-invalid")
  })

  test("of nobody here is refused", async () => {
    const publication = await next()
    await expectRefusal(cloud, () => publishing(publication, newId()), "not-found")
  })

  test("sent twice at once is answered as the first, and there once", async () => {
    const publication = await next()
    cloud.calls.before("store.write", () => publishing(publication))
    expect(await publishing(publication)).toEqual({})
    expect(await newest()).toBe(publication.manifest)
  })

  test("that races another one loses whole", async () => {
    const one = await commitRequest(cloud, patient)
    const two = await next({ renewed: ["imaging"] })
    cloud.calls.before("store.write", () => publishing(two))
    expect(await refusalOf(commit(cloud, patient.patientId, one, cloud.call))).toBe("manifest-conflict")
    expect(await newest()).toBe(two.manifest)
    expect(cloud.item(one.recordId)).toEqual([])
    const page = await getManifestPage(cloud, patient.patientId, { category: "summary", page: "0" })
    expect(page.descriptors).toEqual([summary])
  })

  test("whose pages another one has changed since the manifest was read is refused", async () => {
    const publication = await next({ claims: {}, unlisted: [summary?.recordId ?? ""] })
    const [page] = await cloud.store.read([
      { kind: "manifest-page", patientId: patient.patientId, category: "summary", page: 0 },
    ])
    if (page === undefined) throw new Error("no page")
    await cloud.store.write([{ put: { ...page, revision: page.revision + 1, descriptors: [] } }])
    await expectRefusal(cloud, () => publishing(publication), "manifest-conflict")
  })

  test("that fails at any call is whole or not there, and mended by publishing again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 4; call++) {
        const publication = await next({ renewed: ["imaging"] })
        cloud.calls.failAt(call, when)
        await expect(publishing(publication)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await publishing(publication)
        expect(await newest()).toBe(publication.manifest)
      }
  })
})

describe("a key ring", () => {
  test("other than the manifest names is refused", async () => {
    const publication = await next()
    const keyRing = { ...publication.keyRing, sealed: "H1.b3RoZXI" }
    await expectRefusal(cloud, () => publishing({ ...publication, keyRing }), "manifest-invalid")
  })

  test("that lacks a key is refused in a first manifest, too", async () => {
    const other = await newPatient(cloud)
    const ring = keyRingOf()
    for (const previous of [[], [1, 2].map(() => ({ wrappedKey: someWrappedKey, endedAt: 1 }))]) {
      const keyRing = { ...ring, categories: { ...ring.categories, imaging: { epoch: 2, previous, older: null } } }
      const claims = { keyRing: await canonicalHash(keyRing) }
      const publication = { ...(await publicationOf(cloud, other, { claims })), keyRing }
      await expectRefusal(cloud, () => publishing(publication, other.patientId), "manifest-invalid")
    }
  })

  test("that lacks or changes a key there was, or is sealed to another account key, is refused", async () => {
    await publish(cloud, patient, { renewed: ["imaging", "document"] })
    const { keyRing } = await getManifest(cloud, patient.patientId, {})
    const { imaging } = keyRing.categories
    const otherKey = { wrappedKey: `${"B".repeat(53)}A`, endedAt: 1 }
    const entries = [
      { epoch: 1, previous: [] },
      { epoch: 2, previous: [] },
      { epoch: 2, previous: [otherKey] },
      { epoch: 3, previous: imaging.previous },
      { epoch: 3, previous: [{ wrappedKey: someWrappedKey, endedAt: 1 }, otherKey] },
      { epoch: 3, previous: [...imaging.previous, ...imaging.previous, ...imaging.previous] },
    ]
    const rings = [
      ...entries.map((entry) => ({
        ...keyRing,
        categories: { ...keyRing.categories, imaging: { ...entry, older: null } },
      })),
      { ...keyRing, account: 2 },
    ]
    for (const ring of rings) {
      const publication = await next({ claims: { keyRing: await canonicalHash(ring) } })
      await expectRefusal(cloud, () => publishing({ ...publication, keyRing: ring }), "manifest-invalid")
    }
    const later = renewedRing(renewedRing(keyRing, ["imaging"]), ["imaging"])
    const publication = await next({ claims: { keyRing: await canonicalHash(later) } })
    await publishing({ ...publication, keyRing: later })
  })

  describe("with more older keys than it has room for", () => {
    const keysOf = (count: number, from = 1) =>
      Array.from({ length: count }, (_, i) => ({ wrappedKey: someWrappedKey, endedAt: from + count - i }))
    const withImaging = (ring: KeyRing, imaging: RingEntry): KeyRing => ({
      ...ring,
      categories: { ...ring.categories, imaging },
    })
    const sending = async (imaging: RingEntry, keyPages: PlacedKeyPage[]) => {
      const { keyRing } = await getManifest(cloud, patient.patientId, {})
      const ring = withImaging(keyRing, imaging)
      const publication = await next({ claims: { keyRing: await canonicalHash(ring) } })
      return publishing({ ...publication, keyRing: ring, keyPages })
    }
    const full = { epoch: 65, previous: keysOf(64), older: null }
    const page = { older: null, keys: full.previous }
    const sent = { category: "imaging" as const, page: 0, ...page }
    const pagesOf = (page: string) => getKeyPages(cloud, patient.patientId, { category: "imaging", page })

    test("makes a page of them, which is kept and given as it was sent", async () => {
      await sending(full, [])
      const older = await canonicalHash(page)
      await sending({ epoch: 66, previous: keysOf(1, 65), older }, [sent])
      expect(await pagesOf("0")).toEqual({ pages: [page] })
      const second = { older, keys: [...keysOf(63, 66), ...keysOf(1, 65)] }
      const newest = { epoch: 131, previous: keysOf(2, 129), older: await canonicalHash(second) }
      await sending(newest, [{ category: "imaging", page: 1, ...second }])
      expect(await pagesOf("1")).toEqual({ pages: [second, page] })
      await expectRefusal(cloud, () => pagesOf("2"), "not-found")
      const other = await newPatient(cloud)
      await expectRefusal(
        cloud,
        () => getKeyPages(cloud, other.patientId, { category: "imaging", page: "0" }),
        "not-found",
      )
    })

    test("is refused without its page, with another one, or with one too many", async () => {
      await sending(full, [])
      const older = await canonicalHash(page)
      const [one] = keysOf(1, 65)
      const entry = { epoch: 66, previous: [one!], older }
      const others = { older: null, keys: [...keysOf(63), { wrappedKey: `${"B".repeat(53)}A`, endedAt: 1 }] }
      const wrong: [RingEntry, PlacedKeyPage[]][] = [
        [entry, []],
        [{ ...entry, older: null }, [sent]],
        [{ ...entry, older: null }, []],
        [entry, [{ ...sent, page: 1 }]],
        [entry, [{ ...sent, category: "laboratory" }]],
        [entry, [sent, { ...sent, page: 1 }]],
        [entry, [sent, { ...sent, category: "laboratory" }]],
        [{ ...entry, older: await canonicalHash(others) }, [{ ...sent, ...others }]],
        [entry, [{ ...sent, ...others }]],
        [{ ...entry, older: await canonicalHash({ ...page, older }) }, [{ ...sent, older }]],
        [{ epoch: 66, previous: [one!, ...full.previous.slice(0, 63)], older: null }, []],
        [{ epoch: 67, previous: [one!], older }, [sent]],
        [full, [sent]],
      ]
      for (const [imaging, pages] of wrong)
        await expectRefusal(cloud, () => sending(imaging, pages), "manifest-invalid")
      await sending(entry, [sent])
    })
  })
})

describe("pages", () => {
  const pagesOf = async (
    pages: Publication["pages"],
    named?: NonNullable<PublishedChange["hashes"]>,
  ): Promise<Publication> => {
    const hashes = Object.fromEntries(
      await Promise.all(
        categories.map(async (category) => {
          const own = pages.filter((page) => page.category === category).sort((a, b) => a.page - b.page)
          return [category, await Promise.all(own.map(({ descriptors }) => canonicalHash(descriptors)))] as const
        }),
      ),
    )
    return { ...(await next({ hashes: { ...hashes, ...named } })), pages }
  }
  const own = (): Publication["pages"] => [
    { category: "summary", page: 0, descriptors: summary === undefined ? [] : [summary] },
    { category: "laboratory", page: 0, descriptors: laboratory === undefined ? [] : [laboratory] },
  ]

  test("may be left out where they stayed as they were, or be sent all the same", async () => {
    expect(await publishing(await pagesOf(own()))).toHaveProperty("event")
    expect(await publishing({ ...(await next()), pages: [] })).toHaveProperty("event")
  })

  test("that list more or less than before are refused where nothing was changed", async () => {
    const { recordId = "" } = summary ?? {}
    const changed = await descriptorOf({ ...summary, epoch: 2 })
    for (const change of [{ listed: [await descriptorOf()] }, { listed: [changed] }, { unlisted: [recordId] }]) {
      const publication = await next(change)
      await expectRefusal(cloud, () => publishing(publication), "manifest-invalid")
    }
  })

  test("may list a record on another page than before", async () => {
    const [, page] = own()
    if (page === undefined || summary === undefined) throw new Error("no page")
    const moved: Publication["pages"] = [
      { category: "summary", page: 0, descriptors: [] },
      { category: "summary", page: 1, descriptors: [summary] },
    ]
    await publishing(await pagesOf([...moved, page]))
    const { descriptors } = await getManifestPage(cloud, patient.patientId, { category: "summary", page: "1" })
    expect(descriptors).toEqual([summary])
  })

  test("with a record twice are refused", async () => {
    const [first, second] = own()
    if (first === undefined || second === undefined || summary === undefined) throw new Error("no page")
    const twice = { ...first, descriptors: [summary, summary] }
    const onBoth = { category: "summary" as const, page: 1, descriptors: [summary] }
    for (const pages of [
      [twice, second],
      [first, onBoth, second],
    ]) {
      const publication = await pagesOf(pages)
      await expectRefusal(cloud, () => publishing(publication), "manifest-invalid")
    }
  })

  test("that aren't the ones it signs are refused", async () => {
    const [first, second] = own()
    if (first === undefined || second === undefined) throw new Error("no page")
    const publication = await pagesOf([first, second])
    const wrong: Publication["pages"][] = [
      // altered, under another number, twice, of another category, one for nothing
      [{ ...first, descriptors: [await descriptorOf()] }, second],
      [{ ...first, page: 1 }, second],
      [first, first, second],
      [{ ...first, category: "imaging" }, second],
      [first, second, { category: "imaging", page: 0, descriptors: [] }],
    ]
    for (const pages of wrong)
      await expectRefusal(cloud, () => publishing({ ...publication, pages }), "manifest-invalid")
  })

  test("that were never sent, or that are dropped, are refused; an emptied one stays", async () => {
    const unsent = await pagesOf(own(), { summary: [await canonicalHash([summary]), none] })
    await expectRefusal(cloud, () => publishing(unsent), "manifest-invalid")
    const dropped = await next({ hashes: { summary: [await canonicalHash([summary])] } })
    await expectRefusal(cloud, () => publishing(dropped), "manifest-invalid")
  })

  test("whose lists aren't the ones that the manifest names are refused, of whichever category", async () => {
    const publication = await next()
    for (const category of categories) {
      const { salt, hashes } = publication.pageLists[category]
      for (const list of [
        { salt, hashes: [...hashes, none] },
        { salt: none.replace("A", "B"), hashes },
      ]) {
        const pageLists = { ...publication.pageLists, [category]: list }
        await expectRefusal(cloud, () => publishing({ ...publication, pageLists }), "manifest-invalid")
      }
    }
    expect(await publishing(publication)).toHaveProperty("event")
  })

  test("with a descriptor of another category are refused, though the manifest signs them", async () => {
    if (summary === undefined || laboratory === undefined) throw new Error("no record")
    // Both are listed as before, each on the other's page.
    const publication = await pagesOf([
      { category: "summary", page: 0, descriptors: [laboratory] },
      { category: "laboratory", page: 0, descriptors: [summary] },
    ])
    await expectRefusal(cloud, () => publishing(publication), "manifest-invalid")
  })

  test("take 64 descriptors, and no more, though the manifest signs them", async () => {
    const descriptors = await Promise.all(Array.from({ length: 65 }, () => descriptorOf({ category: "imaging" })))
    const [first, second] = own()
    if (first === undefined || second === undefined) throw new Error("no page")
    const page = (of: readonly Descriptor[], number: number) => ({
      category: "imaging" as const,
      page: number,
      descriptors: [...of],
    })
    await placed(
      cloud,
      patient,
      await pagesOf([first, second, page(descriptors.slice(0, 64), 0), page(descriptors.slice(64), 1)]),
    )
    const full = await pagesOf([first, second, page(descriptors.slice(1), 0), page(descriptors.slice(0, 1), 1)])
    expect(await publishing(full)).toHaveProperty("event")
    const over = await pagesOf([first, second, page(descriptors, 0), page([], 1)])
    await expectRefusal(cloud, () => publishing(over), "manifest-invalid")
  })
})

describe("a publication of more than one transaction takes", () => {
  /** Pages of the category `imaging` that hold so many descriptors each. */
  const manyPages = async (count: number, each: number): Promise<PublishedChange & { sent: Publication["pages"] }> => {
    const metadata = `e30.a2V5.aXY.${"A".repeat(4000)}.dGFn`
    const sent = await Promise.all(
      Array.from({ length: count }, async (_, page) => ({
        category: "imaging" as const,
        page,
        descriptors: await Promise.all(
          Array.from({ length: each }, () => descriptorOf({ category: "imaging", metadata })),
        ),
      })),
    )
    const imaging = await Promise.all(sent.map(({ descriptors }) => canonicalHash(descriptors)))
    const hashes = {
      summary: [await canonicalHash([summary])],
      laboratory: [await canonicalHash([laboratory])],
      imaging,
    }
    return { hashes, sent }
  }

  test("pages is refused before its event", async () => {
    const { sent, ...named } = await manyPages(17, 0)
    const publication = { ...(await next(named)), pages: sent }
    await expectRefusal(cloud, () => publishing(publication), "publication-too-large")
    const fewer = await manyPages(16, 0)
    await publishing({ ...(await next({ hashes: fewer.hashes ?? {} })), pages: fewer.sent })
  })

  test("bytes is refused before its event", async () => {
    const { sent, ...named } = await manyPages(12, 60)
    expect(JSON.stringify(sent).length).toBeGreaterThan(3_000_000)
    const publication = { ...(await next(named)), pages: sent }
    await expectRefusal(cloud, () => publishing(publication), "publication-too-large")
    const fewer = await manyPages(11, 60)
    const smaller = { ...(await next({ hashes: fewer.hashes ?? {} })), pages: fewer.sent }
    expect(JSON.stringify(fewer.sent).length).toBeLessThan(3_000_000)
    // It fits: what it lists is what is wrong with it.
    await expectRefusal(cloud, () => publishing(smaller), "manifest-invalid")
  })

  test("items is refused before its event", async () => {
    for (let i = 0; i < 9; i++) await newCard(cloud, patient)
    const { sent, ...named } = await manyPages(16, 0)
    const decided = Array.from({ length: 64 * 256 }, () => newId())
    const publication = { ...(await next({ ...named, decided, renewed: ["summary"] })), pages: sent }
    expect([publication.cards.length, publication.decided.length]).toEqual([10, 64])
    await expectRefusal(cloud, () => publishing(publication), "publication-too-large")
  })
})

describe("an account without consents", () => {
  test("publishes its first manifest and no other patient's", async () => {
    const [one, two] = [await newPatient(cloud), await consentingPatient(cloud)]
    const publication = await publicationOf(cloud, one)
    await expectRefusal(cloud, () => publishing(publication, two.patientId), "manifest-conflict")
    await publishing(publication, one.patientId)
    expect((await getManifest(cloud, one.patientId, {})).manifest).toBe(publication.manifest)
  })
})
