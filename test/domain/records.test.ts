import { beforeEach, describe, expect, test } from "vitest"
import { objectKey } from "../../contract/items.ts"
import { beginRecordUpload, commit, downloadUrl, listVersions, uploadUrl } from "../../functions/domain/records.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { Category } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  addRecord,
  commitRequest,
  descriptorOf,
  giveConsent,
  newPatient,
  put,
  withdrawConsent,
} from "../kit/patients.ts"
import { publicationOf } from "../kit/publications.ts"
import { type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
let patient: TestPatient
let patientId: string
beforeEach(async () => {
  cloud = await memoryCloud()
  patient = await newPatient(cloud)
  patientId = patient.patientId
  await giveConsent(cloud, patient, "store")
})

const committing = (request: Awaited<ReturnType<typeof commitRequest>>, as = patientId) =>
  commit(cloud, as, request, cloud.call)
const pageOf = async (category: Category): Promise<readonly Descriptor[]> => {
  const [page] = await cloud.store.read([{ kind: "manifest-page", patientId, category, page: 0 }])
  return page?.descriptors ?? []
}
const asking = ({ recordId, version, objectId, size, sha256, category }: Descriptor, as = patientId) =>
  uploadUrl(cloud, as, { recordId, version, objectId, size, sha256, category }, cloud.call)

describe("an upload", () => {
  test("is signed for exactly the announced bytes, at the place in this patient's record version that the device names", async () => {
    const descriptor = await descriptorOf()
    const { headers } = await asking(descriptor)
    expect(headers).toMatchObject({ "content-length": "1000", "x-amz-checksum-sha256": descriptor.sha256 })
    expect(cloud.buckets.signed).toEqual([
      { method: "PUT", bucket: "records", key: objectKey(patientId, descriptor), at: cloud.now },
    ])
  })

  test("without the consent to store, or after it was withdrawn, is refused", async () => {
    const other = await newPatient(cloud)
    const descriptor = await descriptorOf()
    await expectRefusal(cloud, () => asking(descriptor, other.patientId), "consent-missing")
    await withdrawConsent(cloud, patient, "store")
    await expectRefusal(cloud, () => asking(descriptor), "consent-missing")
  })

  test("of another version than the next, or into another category, is refused", async () => {
    const first = await descriptorOf()
    await expectRefusal(cloud, () => asking({ ...first, version: 2 }), "record-conflict")
    put(cloud, "records", patientId, first)
    const publication = await publicationOf(cloud, patient, { listed: [first] })
    await committing({ recordId: first.recordId, descriptor: first, publication })
    for (const version of [1, 3]) await expectRefusal(cloud, () => asking({ ...first, version }), "record-conflict")
    await expectRefusal(cloud, () => asking({ ...first, version: 2, category: "sensitive" }), "record-conflict")
    expect(await asking({ ...first, version: 2 })).toHaveProperty("url")
  })

  test("of nobody here is refused", async () => {
    const descriptor = await descriptorOf()
    await expectRefusal(cloud, () => asking(descriptor, newId()), "not-found")
  })
})

describe("a commit", () => {
  test("makes the uploaded version the newest and lists it, after one event", async () => {
    const request = await commitRequest(cloud, patient, { category: "imaging" })
    const { recordId, descriptor } = request
    const events = cloud.trail.all().length
    cloud.calls.steps.length = 0
    expect(await committing(request)).toMatchObject({ event: { seq: events + 1 } })
    expect(cloud.calls.steps.slice(-3)).toEqual(["objects.inspect", "audit.append", "store.write"])
    expect(cloud.calls.steps.filter((step) => step === "store.write")).toHaveLength(1)
    expect(await pageOf("imaging")).toEqual([descriptor])
    expect(cloud.trail.all()).toHaveLength(events + 1)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "commit",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: {
        recordId,
        version: 1,
        category: "imaging",
        manifest: { number: 1, hash: await statementHash(request.publication.manifest) },
      },
    })
  })

  test("a second time changes nothing, not even the trail", async () => {
    const request = await commitRequest(cloud, patient)
    await committing(request)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await committing(request)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("of a version there is already is refused, told as before or otherwise", async () => {
    const descriptor = await addRecord(cloud, patient)
    for (const told of [descriptor, { ...descriptor, epoch: 2 }]) {
      const request = { ...(await commitRequest(cloud, patient)), recordId: told.recordId, descriptor: told }
      await expectRefusal(cloud, () => committing(request), "record-conflict")
    }
    const { publication } = await commitRequest(cloud, patient)
    const newest = await commitRequest(cloud, patient)
    await committing(newest)
    const otherwise = { ...newest, descriptor: { ...newest.descriptor, epoch: 2 } }
    await expectRefusal(cloud, () => committing(otherwise), "manifest-conflict")
    await expectRefusal(cloud, () => committing({ ...newest, publication }), "manifest-conflict")
  })

  test("without the object is refused", async () => {
    const descriptor = await descriptorOf()
    const publication = await publicationOf(cloud, patient, { listed: [descriptor] })
    const request = { recordId: descriptor.recordId, descriptor, publication }
    await expectRefusal(cloud, () => committing(request), "record-not-uploaded")
  })

  test("with another size or hash than was uploaded is refused", async () => {
    const { descriptor } = await commitRequest(cloud, patient)
    const { sha256 } = await descriptorOf()
    for (const other of [{ size: 999 }, { size: 1001 }, { sha256 }]) {
      const told = { ...descriptor, ...other }
      const publication = await publicationOf(cloud, patient, { listed: [told] })
      const request = { recordId: told.recordId, descriptor: told, publication }
      await expectRefusal(cloud, () => committing(request), "upload-differs")
    }
  })

  test("that names another version before it than the newest, as it stands, is refused", async () => {
    const refused = async (given: Partial<Descriptor>) => {
      const request = await commitRequest(cloud, patient, given)
      await expectRefusal(cloud, () => committing(request), "record-conflict")
    }
    await refused({ replaces: newKey() })
    const first = await addRecord(cloud, patient)
    const { recordId } = first
    const second = await addRecord(cloud, patient, { recordId, version: 2 })
    const others = [null, await canonicalHash(first), await canonicalHash({ ...second, epoch: 2 }), second.sha256]
    for (const replaces of others) await refused({ recordId, version: 3, replaces })
    await addRecord(cloud, patient, { recordId, version: 3, replaces: await canonicalHash(second) })
  })

  test("that skips a version, or goes into another category, is refused", async () => {
    const { recordId } = await addRecord(cloud, patient)
    for (const given of [{ version: 3 }, { version: 2, category: "sensitive" as const }]) {
      const request = await commitRequest(cloud, patient, { recordId, ...given })
      await expectRefusal(cloud, () => committing(request), "record-conflict")
    }
  })

  test("is kept from its version by nothing that was uploaded for it elsewhere, or is being uploaded", async () => {
    const { recordId } = await addRecord(cloud, patient)
    put(cloud, "records", patientId, await descriptorOf({ recordId, version: 2 }))
    const large = { recordId, version: "2", objectId: newId(), category: "summary" as const, size: 9_000_000 }
    await beginRecordUpload(cloud, patientId, large, cloud.call)
    const second = await addRecord(cloud, patient, { recordId, version: 2 })
    expect(await pageOf("summary")).toEqual([second])
  })

  test("under another id than the descriptor's is refused", async () => {
    const request = await commitRequest(cloud, patient)
    await expectRefusal(cloud, () => committing({ ...request, recordId: newId() }), "request-invalid")
  })

  test("whose version is not listed, or more or less than it, is refused", async () => {
    const kept = await addRecord(cloud, patient)
    const { recordId } = await addRecord(cloud, patient)
    const { descriptor } = await commitRequest(cloud, patient, { recordId, version: 2 })
    for (const change of [
      {},
      { listed: [{ ...descriptor, epoch: 2 }] },
      { listed: [descriptor, await descriptorOf()] },
      { listed: [descriptor, await descriptorOf({ category: "imaging" })] },
      { listed: [descriptor], unlisted: [kept.recordId] },
      { unlisted: [recordId] },
    ]) {
      const publication = await publicationOf(cloud, patient, change)
      await expectRefusal(cloud, () => committing({ recordId, descriptor, publication }), "manifest-invalid")
    }
    const publication = await publicationOf(cloud, patient, { listed: [descriptor] })
    expect(await committing({ recordId, descriptor, publication })).toHaveProperty("event")
  })

  test("beside which the version before stays listed is refused", async () => {
    const first = await addRecord(cloud, patient)
    const { recordId } = first
    const { descriptor } = await commitRequest(cloud, patient, { recordId, version: 2 })
    const pages = [
      { category: "summary" as const, page: 0, descriptors: [first] },
      { category: "summary" as const, page: 1, descriptors: [descriptor] },
    ]
    const summary = await Promise.all(pages.map(({ descriptors }) => canonicalHash(descriptors)))
    // The page that lists the old version isn't even sent.
    const both = await publicationOf(cloud, patient, {
      listed: [descriptor],
      hashes: { summary },
    })
    const request = { recordId, descriptor, publication: { ...both, pages: pages.slice(1) } }
    await expectRefusal(cloud, () => committing(request), "manifest-invalid")
  })

  test("of another patient's upload is refused as if nothing were there", async () => {
    const other = await newPatient(cloud)
    await giveConsent(cloud, other, "store")
    const descriptor = await addRecord(cloud, patient)
    const publication = await publicationOf(cloud, other, { listed: [descriptor] })
    const request = { recordId: descriptor.recordId, descriptor, publication }
    await expectRefusal(cloud, () => committing(request, other.patientId), "record-not-uploaded")
  })

  test("without the consent to store is refused, also when it is withdrawn at this moment", async () => {
    const request = await commitRequest(cloud, patient)
    cloud.calls.before("store.write", () => withdrawConsent(cloud, patient, "store"))
    expect(await refusalOf(committing(request))).toBe("consent-missing")
    expect(cloud.item("MANIFEST")).toEqual([])
    await expectRefusal(cloud, () => committing(request), "consent-missing")
  })

  test.for(["store.read", "objects.inspect", "store.write"])(
    "sent twice at once, the other before its %s, is answered as the first",
    async (step) => {
      const request = await commitRequest(cloud, patient)
      if (step === "store.read")
        cloud.calls.after(step, async () => {
          await committing(request)
        })
      else cloud.calls.before(step, () => committing(request))
      expect(await committing(request)).toEqual({})
      expect(cloud.item("USAGE")).toMatchObject([{ records: 1, versions: 1 }])
    },
  )

  test("that races another one loses whole", async () => {
    const [one, two] = [await commitRequest(cloud, patient), await commitRequest(cloud, patient)]
    cloud.calls.before("store.write", () => committing(two))
    expect(await refusalOf(committing(one))).toBe("manifest-conflict")
    expect(await pageOf("summary")).toEqual([two.descriptor])
  })

  test("that fails at any call is whole or not there, and mended by committing again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 5; call++) {
        const request = await commitRequest(cloud, patient)
        const { recordId, descriptor } = request
        cloud.calls.failAt(call, when)
        await expect(committing(request)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        const there = cloud.item(`RECORD#${recordId}`).length > 0
        expect((await pageOf("summary")).some((listed) => listed.recordId === recordId)).toBe(there)
        await committing(request)
        expect((await listVersions(cloud, patientId, { recordId })).versions).toEqual([descriptor])
        expect(await pageOf("summary")).toContainEqual(descriptor)
      }
  })
})

describe("a download", () => {
  test("is signed after its event, for the version asked for", async () => {
    const first = await addRecord(cloud, patient)
    const { recordId } = first
    await addRecord(cloud, patient, { recordId, version: 2 })
    cloud.calls.steps.length = 0
    const { url } = await downloadUrl(cloud, patientId, { recordId, version: "1" }, cloud.call)
    expect(url).toContain(`records/${objectKey(patientId, first)}`)
    expect(cloud.calls.steps).toEqual(["store.read", "audit.append", "objects.downloadUrl"])
  })

  test("of another patient's record, of a version there isn't, or of nobody is refused alike", async () => {
    const { recordId } = await addRecord(cloud, patient)
    const other = await newPatient(cloud)
    for (const [as, version] of [
      [other.patientId, "1"],
      [patientId, "2"],
      [patientId, "0"],
      [newId(), "1"],
    ] as const)
      await expectRefusal(cloud, () => downloadUrl(cloud, as, { recordId, version }, cloud.call), "not-found")
  })

  test("whose event can't be written is not signed", async () => {
    const { recordId } = await addRecord(cloud, patient)
    cloud.calls.failAt(2, "answered")
    await expect(downloadUrl(cloud, patientId, { recordId, version: "1" }, cloud.call)).rejects.toThrow("audit.append")
    expect(cloud.buckets.signed).toEqual([])
  })
})

describe("lists", () => {
  test("show nothing of another patient", async () => {
    const { recordId } = await addRecord(cloud, patient)
    const other = await newPatient(cloud)
    await expectRefusal(cloud, () => listVersions(cloud, other.patientId, { recordId }), "not-found")
  })

  test("of versions show all of them, oldest first", async () => {
    const { recordId } = await addRecord(cloud, patient)
    for (let version = 2; version <= 11; version++) await addRecord(cloud, patient, { recordId, version })
    const { versions } = await listVersions(cloud, patientId, { recordId })
    expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })
})
