import { beforeEach, describe, expect, test } from "vitest"
import { objectKey } from "../../contract/items.ts"
import {
  commit,
  deleteRecord,
  downloadUrl,
  listRecords,
  listVersions,
  uploadUrl,
} from "../../functions/domain/records.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  addRecord,
  descriptorOf,
  giveConsent,
  newPatient,
  put,
  type TestPatient,
  withdrawConsent,
} from "../fakes/people.ts"

let cloud: MemoryCloud
let patient: TestPatient
let patientId: string
beforeEach(async () => {
  cloud = await memoryCloud()
  patient = await newPatient(cloud)
  patientId = patient.patientId
  await giveConsent(cloud, patient, "store")
})

type Descriptor = Awaited<ReturnType<typeof descriptorOf>>
const committing = (descriptor: Descriptor, as = patientId) =>
  commit(cloud, as, { recordId: descriptor.recordId, descriptor }, cloud.call)
const asking = ({ recordId, version, size, sha256, category }: Descriptor, as = patientId) =>
  uploadUrl(cloud, as, { recordId, version, size, sha256, category }, cloud.call)
const nonCanonical = `${"A".repeat(42)}B`

describe("an upload", () => {
  test("is signed for exactly the announced bytes, at the place of this patient's record version", async () => {
    const descriptor = await descriptorOf()
    const { headers } = await asking(descriptor)
    expect(headers).toMatchObject({ "content-length": "1000", "x-amz-checksum-sha256": descriptor.sha256 })
    expect(cloud.buckets.signed).toEqual([
      { method: "PUT", bucket: "records", key: objectKey(patientId, descriptor.recordId, 1), at: cloud.now },
    ])
  })

  test("without the consent to store, or after it was withdrawn, is refused", async () => {
    const other = await newPatient(cloud)
    const descriptor = await descriptorOf()
    await expectRefusal(cloud, () => asking(descriptor, other.patientId), "consent-missing")
    await withdrawConsent(cloud, patient, "store")
    await expectRefusal(cloud, () => asking(descriptor), "consent-missing")
  })

  test("of a version that is not above the newest, or by too much, or into another category, is refused", async () => {
    const first = await descriptorOf()
    await expectRefusal(cloud, () => asking({ ...first, version: 17 }), "record-conflict")
    put(cloud, "records", patientId, first)
    await committing(first)
    for (const version of [1, 18]) await expectRefusal(cloud, () => asking({ ...first, version }), "record-conflict")
    await expectRefusal(cloud, () => asking({ ...first, version: 2, category: "sensitive" }), "record-conflict")
    for (const version of [2, 17]) expect(await asking({ ...first, version })).toHaveProperty("url")
  })

  test("announced with a hash that is none is refused", async () => {
    const descriptor = await descriptorOf({ sha256: nonCanonical })
    await expectRefusal(cloud, () => asking(descriptor), "request-invalid")
  })

  test("of nobody here is refused", async () => {
    const descriptor = await descriptorOf()
    await expectRefusal(cloud, () => asking(descriptor, newId()), "not-found")
  })
})

describe("a commit", () => {
  test("makes the uploaded version the newest, after an event", async () => {
    const descriptor = await descriptorOf({ category: "imaging" })
    put(cloud, "records", patientId, descriptor)
    cloud.calls.steps.length = 0
    expect(await committing(descriptor)).toEqual({})
    expect(cloud.calls.steps).toEqual(["store.read", "objects.inspect", "audit.append", "store.write"])
    const { recordId } = descriptor
    expect(await listRecords(cloud, patientId, {})).toEqual({
      records: [{ recordId, version: 1, category: "imaging", descriptor }],
      next: undefined,
    })
    expect(cloud.trail.eventsOf(patientId).at(-1)).toMatchObject({
      action: "commit",
      subject: { recordId, version: 1, category: "imaging" },
    })
  })

  test("a second time changes nothing, not even the trail", async () => {
    const descriptor = await addRecord(cloud, patient)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await committing(descriptor)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("of an older version again changes nothing", async () => {
    const first = await addRecord(cloud, patient)
    await addRecord(cloud, patient, { recordId: first.recordId, version: 2 })
    const once = cloud.snapshot()
    expect(await committing(first)).toEqual({})
    expect(cloud.snapshot()).toEqual(once)
  })

  test("of a version there is already, told otherwise, is refused", async () => {
    const descriptor = await addRecord(cloud, patient)
    await expectRefusal(cloud, () => committing({ ...descriptor, epoch: 2 }), "record-conflict")
  })

  test("without the object is refused", async () => {
    const descriptor = await descriptorOf()
    await expectRefusal(cloud, () => committing(descriptor), "record-not-uploaded")
  })

  test("with another size or hash than was uploaded is refused", async () => {
    const descriptor = await descriptorOf()
    put(cloud, "records", patientId, descriptor)
    const { sha256 } = await descriptorOf()
    for (const other of [{ size: 999 }, { size: 1001 }, { sha256 }])
      await expectRefusal(cloud, () => committing({ ...descriptor, ...other }), "record-differs")
  })

  test("may skip versions that were uploaded and never committed", async () => {
    const first = await addRecord(cloud, patient)
    const { recordId } = first
    const later = await addRecord(cloud, patient, { recordId, version: 17 })
    expect((await listVersions(cloud, patientId, { recordId })).versions).toEqual([first, later])
    expect((await listRecords(cloud, patientId, {})).records).toMatchObject([{ version: 17 }])
    expect(cloud.item("USAGE")).toMatchObject([{ records: 1, versions: 2 }])
  })

  test("of a version that was skipped is refused", async () => {
    const first = await addRecord(cloud, patient)
    await addRecord(cloud, patient, { recordId: first.recordId, version: 3 })
    const skipped = await descriptorOf({ recordId: first.recordId, version: 2 })
    put(cloud, "records", patientId, skipped)
    await expectRefusal(cloud, () => committing(skipped), "record-conflict")
  })

  test("that skips too many versions or moves a record to another category is refused", async () => {
    const first = await addRecord(cloud, patient)
    await expectRefusal(cloud, () => committing({ ...first, version: 18 }), "record-conflict")
    await expectRefusal(cloud, () => committing({ ...first, version: 2, category: "sensitive" }), "record-conflict")
  })

  test("under another id than the descriptor's is refused", async () => {
    const descriptor = await descriptorOf()
    put(cloud, "records", patientId, descriptor)
    await expectRefusal(
      cloud,
      () => commit(cloud, patientId, { recordId: newId(), descriptor }, cloud.call),
      "request-invalid",
    )
  })

  test("of another patient's upload is refused as if nothing were there", async () => {
    const other = await newPatient(cloud)
    await giveConsent(cloud, other, "store")
    const descriptor = await addRecord(cloud, patient)
    await expectRefusal(cloud, () => committing(descriptor, other.patientId), "record-not-uploaded")
  })

  test("without the consent to store is refused, also when it is withdrawn at this moment", async () => {
    const descriptor = await descriptorOf()
    put(cloud, "records", patientId, descriptor)
    cloud.calls.before("store.write", () => withdrawConsent(cloud, patient, "store"))
    expect(await refusalOf(committing(descriptor))).toBe("record-conflict")
    expect((await listRecords(cloud, patientId, {})).records).toEqual([])
    await expectRefusal(cloud, () => committing(descriptor), "consent-missing")
  })

  test("sent twice at once is answered as the first", async () => {
    const descriptor = await descriptorOf()
    put(cloud, "records", patientId, descriptor)
    cloud.calls.before("store.write", () => committing(descriptor))
    expect(await committing(descriptor)).toEqual({})
    expect(cloud.item("USAGE")).toMatchObject([{ records: 1, versions: 1 }])
  })

  test("that races another one loses whole", async () => {
    const [one, two] = [await descriptorOf(), await descriptorOf()]
    put(cloud, "records", patientId, one)
    const rival = { ...one, metadata: two.metadata, epoch: 2 }
    cloud.calls.before("store.write", () => committing(rival))
    expect(await refusalOf(committing(one))).toBe("record-conflict")
    expect((await listRecords(cloud, patientId, {})).records).toMatchObject([{ descriptor: rival }])
  })

  test("that fails at any call is mended by committing again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 4; call++) {
        const descriptor = await descriptorOf()
        put(cloud, "records", patientId, descriptor)
        cloud.calls.failAt(call, when)
        await expect(committing(descriptor)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        expect(await committing(descriptor)).toEqual({})
        expect((await listVersions(cloud, patientId, { recordId: descriptor.recordId })).versions).toEqual([descriptor])
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
    expect(url).toContain(`records/${objectKey(patientId, recordId, 1)}`)
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
  test("come in pages, and each record once", async () => {
    for (let i = 0; i < 51; i++) await addRecord(cloud, patient)
    const first = await listRecords(cloud, patientId, {})
    const second = await listRecords(cloud, patientId, { after: first.next })
    expect([first.records.length, second.records.length, second.next]).toEqual([50, 1, undefined])
    expect(new Set([...first.records, ...second.records].map(({ recordId }) => recordId)).size).toBe(51)
  })

  test("show nothing of another patient", async () => {
    const { recordId } = await addRecord(cloud, patient)
    const other = await newPatient(cloud)
    expect((await listRecords(cloud, other.patientId, {})).records).toEqual([])
    expect((await listRecords(cloud, other.patientId, { after: recordId })).records).toEqual([])
    await expectRefusal(cloud, () => listVersions(cloud, other.patientId, { recordId }), "not-found")
  })

  test("of versions show all of them, oldest first", async () => {
    const { recordId } = await addRecord(cloud, patient)
    for (let version = 2; version <= 11; version++) await addRecord(cloud, patient, { recordId, version })
    const { versions } = await listVersions(cloud, patientId, { recordId })
    expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })
})

describe("deleting", () => {
  test("takes every version, object and item, after an event; and twice is as once", async () => {
    const { recordId } = await addRecord(cloud, patient)
    await addRecord(cloud, patient, { recordId, version: 2 })
    const kept = await addRecord(cloud, patient)
    cloud.calls.steps.length = 0
    expect(await deleteRecord(cloud, patientId, { recordId }, cloud.call)).toEqual({})
    expect(cloud.calls.steps.slice(0, 2)).toEqual(["store.read", "audit.append"])
    expect(Object.keys(cloud.snapshot().objects)).toEqual([`records/${objectKey(patientId, kept.recordId, 1)}`])
    expect(cloud.item(recordId)).toEqual([])
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await deleteRecord(cloud, patientId, { recordId }, cloud.call)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("takes what was uploaded and never committed, below, between and above the versions", async () => {
    const { recordId } = await descriptorOf()
    for (const version of [1, 2, 16, 18, 31, 33, 48])
      put(cloud, "records", patientId, await descriptorOf({ recordId, version }))
    for (const version of [3, 17, 32]) await addRecord(cloud, patient, { recordId, version })
    await deleteRecord(cloud, patientId, { recordId }, cloud.call)
    expect([cloud.item(recordId), cloud.snapshot().objects]).toEqual([[], {}])
  })

  test("of more versions than a page takes all of them", async () => {
    const { recordId } = await addRecord(cloud, patient)
    for (let version = 2; version <= 101; version++) await addRecord(cloud, patient, { recordId, version })
    await deleteRecord(cloud, patientId, { recordId }, cloud.call)
    expect([cloud.item(recordId), cloud.snapshot().objects]).toEqual([[], {}])
  })

  test("of another patient's record changes nothing", async () => {
    const { recordId } = await addRecord(cloud, patient)
    const other = await newPatient(cloud)
    const [before, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await deleteRecord(cloud, other.patientId, { recordId }, cloud.call)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([before, events])
  })

  test("that fails at any call is mended by deleting again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 8; call++) {
        const { recordId } = await addRecord(cloud, patient)
        await addRecord(cloud, patient, { recordId, version: 2 })
        cloud.calls.failAt(call, when)
        await expect(deleteRecord(cloud, patientId, { recordId }, cloud.call)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await deleteRecord(cloud, patientId, { recordId }, cloud.call)
        expect([cloud.item(recordId), cloud.snapshot().objects]).toEqual([[], {}])
      }
  })

  test.for(["store.list", "store.write"])(
    "while a version is committed, before its %s, deletes that, too",
    async (step) => {
      const { recordId } = await addRecord(cloud, patient)
      cloud.calls.before(step, () => addRecord(cloud, patient, { recordId, version: 2 }))
      expect(await deleteRecord(cloud, patientId, { recordId }, cloud.call)).toEqual({})
      expect([cloud.item(recordId), cloud.snapshot().objects]).toEqual([[], {}])
      expect(cloud.item("USAGE")).toMatchObject([{ records: 0, versions: 0, bytes: 0 }])
    },
  )

  test.for(["store.list", "store.write"])("twice at once, the other before its %s, is as once", async (step) => {
    const { recordId } = await addRecord(cloud, patient)
    const deleting = () => deleteRecord(cloud, patientId, { recordId }, cloud.call)
    cloud.calls.before(step, deleting)
    expect(await deleting()).toEqual({})
    expect([cloud.item(recordId), cloud.snapshot().objects]).toEqual([[], {}])
    expect(cloud.item("USAGE")).toMatchObject([{ records: 0, versions: 0, bytes: 0 }])
  })

  test("while versions are committed without end tells of it", async () => {
    const { recordId } = await addRecord(cloud, patient)
    let version = 1
    const { store } = cloud
    const busy: typeof store = {
      read: (refs) => store.read(refs),
      list: (kind, of, options) => store.list(kind, of, options),
      write: async (changes) => {
        if (changes.some((change) => "remove" in change && change.remove.kind === "record"))
          await addRecord(cloud, patient, { recordId, version: ++version })
        return store.write(changes)
      },
    }
    const deleting = deleteRecord({ ...cloud, store: busy }, patientId, { recordId }, cloud.call)
    expect(await refusalOf(deleting)).toBe("record-conflict")
    await deleteRecord(cloud, patientId, { recordId }, cloud.call)
    expect([cloud.item(recordId), cloud.snapshot().objects]).toEqual([[], {}])
  })
})
