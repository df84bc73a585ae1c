import { beforeEach, describe, expect, test } from "vitest"
import { objectKey } from "../../contract/items.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { deleteRecord } from "../../functions/domain/deletion.ts"
import { commit, downloadUrl, listVersions, uploadUrl } from "../../functions/domain/records.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  addRecord,
  commitRequest,
  consentingPatient,
  descriptorOf,
  publish,
  put,
  withdrawConsent,
} from "../kit/patients.ts"
import { type PublishedChange, publicationOf } from "../kit/publications.ts"
import { rootOf, signedBy, type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
let patient: TestPatient
let patientId: string
beforeEach(async () => {
  cloud = await memoryCloud()
  patient = await consentingPatient(cloud)
  patientId = patient.patientId
})

const requestOf = async (recordId: string, change: PublishedChange = { unlisted: [recordId] }) => ({
  recordId,
  publication: await publicationOf(cloud, patient, change),
})
type Request = Awaited<ReturnType<typeof requestOf>>
const sending = (request: Request, mayContinue?: () => boolean) =>
  deleteRecord(cloud, patientId, request, cloud.call, mayContinue)
const deleting = async (recordId: string) => sending(await requestOf(recordId))
const pageOf = async () => {
  const [page] = await cloud.store.read([{ kind: "manifest-page", patientId, category: "summary", page: 0 }])
  return page?.descriptors ?? []
}
/** Items of the record itself: the trail of manifests names what was listed, sealed. */
const itemsOf = (recordId: string) => [...cloud.item(`RECORD#${recordId}`), ...cloud.item(`RECORD-VERSION#${recordId}`)]
const expectErased = (recordId: string) => {
  expect(itemsOf(recordId)).toEqual([])
  expect(Object.keys(cloud.snapshot().objects).filter((name) => name.includes(recordId))).toEqual([])
}
/** Struck by its manifest and not erased yet. */
const struck = async () => {
  const { recordId } = await addRecord(cloud, patient)
  const request = await requestOf(recordId)
  expect(await refusalOf(sending(request, () => false))).toBe("busy")
  return { recordId, request }
}

describe("deleting a record", () => {
  test("strikes it from its page and erases every version, after one event; and twice is as once", async () => {
    const { recordId } = await addRecord(cloud, patient)
    await addRecord(cloud, patient, { recordId, version: 2 })
    const kept = await addRecord(cloud, patient)
    const request = await requestOf(recordId)
    const events = cloud.trail.all().length
    cloud.calls.steps.length = 0
    expect(await sending(request)).toMatchObject({ event: { seq: events + 1 } })
    const first = cloud.calls.steps.indexOf("store.write")
    expect(cloud.calls.steps[first - 1]).toBe("audit.append")
    expect(cloud.calls.steps.indexOf("objects.removeSome")).toBeGreaterThan(first)
    expect(Object.keys(cloud.snapshot().objects)).toEqual([`records/${objectKey(patientId, kept)}`])
    expectErased(recordId)
    expect(await pageOf()).toEqual([kept])
    expect(cloud.trail.all()).toHaveLength(events + 1)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "delete-record",
      subject: { recordId, manifest: { hash: await statementHash(request.publication.manifest) } },
    })
    const [once, all] = [cloud.snapshot(), cloud.trail.all()]
    expect(await sending(request)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, all])
  })

  test("needs no consent", async () => {
    const { recordId } = await addRecord(cloud, patient)
    await withdrawConsent(cloud, patient, "store")
    await deleting(recordId)
    expectErased(recordId)
  })

  test("whose manifest strikes nothing, another, or one more is refused, and nothing is erased", async () => {
    const { recordId } = await addRecord(cloud, patient)
    const other = await addRecord(cloud, patient)
    for (const change of [
      {},
      { unlisted: [other.recordId] },
      { unlisted: [recordId, other.recordId] },
      { unlisted: [recordId], listed: [await descriptorOf()] },
      { unlisted: [recordId], listed: [await descriptorOf({ category: "imaging" })] },
    ]) {
      const request = await requestOf(recordId, change)
      await expectRefusal(cloud, () => sending(request), "manifest-invalid")
    }
    expect(await pageOf()).toHaveLength(2)
  })

  test("that the newest manifest lists is not erased by sending that one", async () => {
    const request = await commitRequest(cloud, patient)
    await commit(cloud, patientId, request, cloud.call)
    const { recordId, publication } = request
    await expectRefusal(cloud, () => sending({ recordId, publication }), "manifest-conflict")
  })

  test("takes what was uploaded for it and never committed", async () => {
    const { recordId } = await descriptorOf()
    for (const version of [1, 1, 2, 3]) put(cloud, "records", patientId, await descriptorOf({ recordId, version }))
    for (const version of [1, 2]) await addRecord(cloud, patient, { recordId, version })
    await deleting(recordId)
    expectErased(recordId)
  })

  test("of more versions than a page takes all of them", async () => {
    const { recordId } = await addRecord(cloud, patient)
    for (let version = 2; version <= 101; version++) await addRecord(cloud, patient, { recordId, version })
    await deleting(recordId)
    expectErased(recordId)
    expect(cloud.item("USAGE")).toMatchObject([{ records: 0, versions: 0, bytes: 0 }])
  })

  test("that isn't there, or of another patient, changes nothing", async () => {
    const { recordId } = await addRecord(cloud, patient)
    const other = await consentingPatient(cloud)
    const theirs = { recordId, publication: await publicationOf(cloud, other) }
    await expectRefusal(cloud, () => deleteRecord(cloud, other.patientId, theirs, cloud.call), "not-found")
    const nothing = await requestOf(newId())
    await expectRefusal(cloud, () => sending(nothing), "not-found")
    await expectRefusal(cloud, () => deleteRecord(cloud, newId(), nothing, cloud.call), "not-found")
  })

  test("that fails at any call is struck and erased, or neither, and mended by deleting again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 24; call++) {
        const { recordId } = await addRecord(cloud, patient)
        await addRecord(cloud, patient, { recordId, version: 2 })
        const request = await requestOf(recordId)
        cloud.calls.failAt(call, when)
        await sending(request).catch(() => undefined)
        cloud.calls.mend()
        const listed = (await pageOf()).some((descriptor) => descriptor.recordId === recordId)
        const objects = Object.keys(cloud.snapshot().objects).filter((name) => name.includes(recordId))
        if (listed) expect([itemsOf(recordId).length, objects.length]).toEqual([3, 2])
        await sending(request)
        expectErased(recordId)
      }
    expect(cloud.item("USAGE")).toMatchObject([{ records: 0, versions: 0, bytes: 0 }])
  })

  test.for(["store.list", "store.write", "objects.removeSome"])(
    "twice at once, the other before its %s, is as once",
    async (step) => {
      const { recordId } = await addRecord(cloud, patient)
      const request = await requestOf(recordId)
      cloud.calls.before(step, () => sending(request))
      await sending(request)
      expectErased(recordId)
      expect(cloud.item("USAGE")).toMatchObject([{ records: 0, versions: 0, bytes: 0 }])
      expect(cloud.trail.all().filter(({ action }) => action === "delete-record").length).toBeLessThanOrEqual(2)
    },
  )

  test("that a commit of its next version overtakes loses whole", async () => {
    const { recordId } = await addRecord(cloud, patient)
    const request = await requestOf(recordId)
    cloud.calls.before("store.write", () => addRecord(cloud, patient, { recordId, version: 2 }))
    expect(await refusalOf(sending(request))).toBe("manifest-conflict")
    expect(await pageOf()).toMatchObject([{ recordId, version: 2 }])
  })
})

describe("a record that is struck and not erased yet", () => {
  test("is there no more: not listed, not read, not committed, not uploaded to", async () => {
    const { recordId } = await struck()
    expect(itemsOf(recordId)).toHaveLength(2)
    await expectRefusal(cloud, () => listVersions(cloud, patientId, { recordId }), "not-found")
    await expectRefusal(cloud, () => downloadUrl(cloud, patientId, { recordId, version: "1" }, cloud.call), "not-found")
    const next = await commitRequest(cloud, patient, { recordId, version: 2 })
    await expectRefusal(cloud, () => commit(cloud, patientId, next, cloud.call), "record-conflict")
    const { objectId, size, sha256, category } = next.descriptor
    const place = { recordId, version: 2, objectId, size, sha256, category }
    await expectRefusal(cloud, () => uploadUrl(cloud, patientId, place, cloud.call), "record-conflict")
  })

  test("is erased when asked again, in as many requests as it takes", async () => {
    const { recordId } = await addRecord(cloud, patient)
    for (let version = 2; version <= 101; version++) await addRecord(cloud, patient, { recordId, version })
    const request = await requestOf(recordId)
    let requests = 0
    for (let done = false; !done; requests++) {
      let steps = 1
      done = await sending(request, () => steps-- > 0).then(
        () => true,
        () => false,
      )
    }
    expectErased(recordId)
    expect(requests).toBeGreaterThan(2)
    expect(cloud.trail.all().filter(({ action }) => action === "delete-record")).toHaveLength(1)
  })

  test("is erased also where another manifest has become the newest", async () => {
    const { recordId, request } = await struck()
    await publish(cloud, patient)
    expect(await refusalOf(sending(request))).toBe("manifest-conflict")
    expectErased(recordId)
  })

  test("is erased by a request without a publication, which strikes nothing itself", async () => {
    const { recordId } = await struck()
    const kept = await addRecord(cloud, patient)
    const events = cloud.trail.all().length
    expect(await deleteRecord(cloud, patientId, { recordId }, cloud.call)).toEqual({})
    expectErased(recordId)
    expect(await deleteRecord(cloud, patientId, { recordId }, cloud.call)).toEqual({})
    expect(cloud.trail.all()).toHaveLength(events)
    const listed = () => deleteRecord(cloud, patientId, { recordId: kept.recordId }, cloud.call)
    await expectRefusal(cloud, listed, "manifest-invalid")
  })

  test("is not erased for an account that is being deactivated", async () => {
    const { request } = await struck()
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    cloud.calls.before("objects.destroySome", async () => {
      throw new Error("interrupted")
    })
    await expect(deactivate(cloud, patientId, { statement }, cloud.call)).rejects.toThrow("interrupted")
    await expectRefusal(cloud, () => sending(request), "account-deactivated")
  })

  test("while its items change under every attempt ends in busy", async () => {
    const { recordId, request } = await struck()
    const { store } = cloud
    const never: typeof store = {
      read: (refs) => store.read(refs),
      list: (kind, of, options) => store.list(kind, of, options),
      write: async () => ({ outcome: "conflict", at: [0] }),
    }
    expect(await refusalOf(deleteRecord({ ...cloud, store: never }, patientId, request, cloud.call))).toBe("busy")
    await sending(request)
    expectErased(recordId)
  })
})
