import { beforeEach, describe, expect, test } from "vitest"
import { type ObjectPlace, objectKey } from "../../contract/items.ts"
import { daySeconds, maxRecordBytes, maxVersions } from "../../contract/limits.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { deleteRecord } from "../../functions/domain/deletion.ts"
import {
  abortRecordUpload,
  beginRecordUpload,
  commit,
  listVersions,
  recordPartUrls,
  uploadUrl,
} from "../../functions/domain/records.ts"
import { listPageLength, maxParts, maxSealedBytes, partBytes, uploadSeconds } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  hashOfParts,
  lengthsOf,
  partsOf,
  type SealedInParts,
  sealedInParts,
  sendPart,
  twentyMebibytes,
} from "../kit/parts.ts"
import { addRecord, descriptorOf, giveConsent, newPatient, put, withdrawConsent } from "../kit/patients.ts"
import { publicationOf } from "../kit/publications.ts"
import { rootOf, signedBy, type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
let patient: TestPatient
let patientId: string
let sealed: SealedInParts
let descriptor: Descriptor
beforeEach(async () => {
  cloud = await memoryCloud()
  patient = await newPatient(cloud)
  patientId = patient.patientId
  await giveConsent(cloud, patient, "store")
  sealed = sealedInParts()
  const { size, sha256 } = sealed
  descriptor = await descriptorOf({ size, sha256, category: "imaging" })
})

const placeOf = ({ recordId, version, objectId }: ObjectPlace) => ({ recordId, version: String(version), objectId })
const placeIn = ({ recordId, version, objectId }: ObjectPlace) => ({ recordId, version, objectId })
const begin = (changed: Partial<Descriptor> = {}, as = patientId, call = cloud.call) => {
  const { category, size, ...place } = { ...descriptor, ...changed }
  return beginRecordUpload(cloud, as, { ...placeOf(place), category, size }, call)
}
const sign = (parts = partsOf(sealed), as = patientId, call = cloud.call) =>
  recordPartUrls(cloud, as, { ...placeOf(descriptor), parts }, call)
const send = async (parts = partsOf(sealed)) => {
  for (const upload of (await sign(parts)).uploads) sendPart(cloud, upload)
}
const requestFor = async (changed: Partial<Descriptor> = {}) => {
  const told = { ...descriptor, ...changed }
  const publication = await publicationOf(cloud, patient, { listed: [told] })
  return { recordId: descriptor.recordId, descriptor: told, publication }
}
const sending = (request: Awaited<ReturnType<typeof requestFor>>, as = patientId) =>
  commit(cloud, as, request, cloud.call)
const committing = async (changed: Partial<Descriptor> = {}, as = patientId) => sending(await requestFor(changed), as)
const abort = (as = patientId) => abortRecordUpload(cloud, as, placeOf(descriptor))
const uploads = () => Object.values(cloud.buckets.uploads())
const key = () => objectKey(patientId, descriptor)
const uploadItems = () => cloud.item("UPLOAD#")

describe("beginning an upload in parts", () => {
  test("begins it in the object store, and keeps the store's name for it to itself", async () => {
    expect(await begin()).toEqual({ startedAt: cloud.now.toISOString() })
    expect(uploads()).toEqual([{ name: `records/${key()}`, parts: [] }])
    expect(uploadItems()).toEqual([
      {
        kind: "upload",
        revision: 1,
        patientId,
        bucket: "records",
        recordId: descriptor.recordId,
        version: 1,
        objectId: descriptor.objectId,
        category: "imaging",
        size: twentyMebibytes,
        uploadId: Object.keys(cloud.buckets.uploads())[0],
        startedAt: cloud.now.toISOString(),
        ttl: cloud.now.getTime() / 1000 + 2 * 24 * 60 * 60,
      },
    ])
  })

  test("again goes on with what was sent", async () => {
    const { startedAt } = await begin()
    await send(partsOf(sealed, [2]))
    const once = cloud.snapshot()
    expect(await begin({}, patientId, cloud.callIn(60 * 60))).toEqual({ startedAt })
    expect(cloud.snapshot()).toEqual(once)
  })

  test("of another size or category at the same place is refused while it lasts", async () => {
    await begin()
    for (const changed of [{ size: twentyMebibytes + 1 }, { category: "document" as const }])
      await expectRefusal(cloud, () => begin(changed), "record-conflict")
  })

  test("a day later begins anew, and destroys what was sent", async () => {
    const { startedAt } = await begin()
    await send()
    const [before] = Object.keys(cloud.buckets.uploads())
    const later = cloud.callIn(24 * 60 * 60)
    expect(await begin({ size: twentyMebibytes + 1 }, patientId, later)).toEqual({
      startedAt: later.now.toISOString(),
    })
    expect(later.now.toISOString()).not.toBe(startedAt)
    expect(uploads()).toEqual([{ name: `records/${key()}`, parts: [] }])
    expect(Object.keys(cloud.buckets.uploads())).not.toContain(before)
    expect(uploadItems()).toMatchObject([{ revision: 2, size: twentyMebibytes + 1 }])
  })

  test("twice at the same moment is one upload, and the other leaves nothing in the store", async () => {
    cloud.calls.before("store.write", () => begin())
    const theirs = await begin()
    expect(theirs).toEqual({ startedAt: cloud.now.toISOString() })
    expect(uploads()).toHaveLength(1)
    expect(uploadItems()).toMatchObject([{ uploadId: Object.keys(cloud.buckets.uploads())[0] }])
  })

  test("of two sizes at the same moment is refused to one of them", async () => {
    cloud.calls.before("store.write", () => begin({ size: twentyMebibytes + 1 }))
    expect(await refusalOf(begin())).toBe("record-conflict")
    expect(uploads()).toHaveLength(1)
    expect(uploadItems()).toMatchObject([{ size: twentyMebibytes + 1 }])
  })

  test("while another is begun and given up is refused, and leaves nothing in the store", async () => {
    cloud.calls.before("store.write", async () => {
      await begin()
      cloud.calls.before("store.read", () => abort())
    })
    expect(await refusalOf(begin())).toBe("record-conflict")
    expect([uploads(), uploadItems()]).toEqual([[], []])
  })

  test("without the consent to store, or after it was withdrawn, is refused", async () => {
    const other = await newPatient(cloud)
    await expectRefusal(cloud, () => begin({}, other.patientId), "consent-missing")
    await withdrawConsent(cloud, patient, "store")
    await expectRefusal(cloud, () => begin(), "consent-missing")
  })

  test("while the consent is being withdrawn is refused, and leaves nothing in the store", async () => {
    cloud.calls.before("store.write", () => withdrawConsent(cloud, patient, "store"))
    expect(await refusalOf(begin())).toBe("consent-missing")
    expect([uploads(), uploadItems()]).toEqual([[], []])
  })

  test("of a version that is not above the newest, or by too much, or into another category, is refused", async () => {
    await expectRefusal(cloud, () => begin({ version: 17 }), "record-conflict")
    await addRecord(cloud, patient, { recordId: descriptor.recordId, category: "imaging" })
    for (const version of [1, 18]) await expectRefusal(cloud, () => begin({ version }), "record-conflict")
    await expectRefusal(cloud, () => begin({ version: 2, category: "sensitive" }), "record-conflict")
    expect(await begin({ version: 2 })).toHaveProperty("startedAt")
  })

  test("of more than there is room for is refused", async () => {
    const held = maxRecordBytes - twentyMebibytes + 1
    const usage = { kind: "usage", revision: 1, patientId, records: 1, versions: 1, bytes: held } as const
    const none = { cards: 0, pending: 0, pendingBytes: 0, manifests: { hour: 0, by: {} } }
    await cloud.store.write([{ put: { ...usage, ...none } }])
    await expectRefusal(cloud, () => begin(), "quota-exceeded")
  })

  test("counts what else was begun and not ended, on every page of it, and not itself", async () => {
    const size = maxSealedBytes
    const begun = (recordId: string) => begin({ recordId, size })
    // Listed last.
    const ids = Array.from({ length: maxRecordBytes / size }, () => `z${newId().slice(1)}`)
    for (const recordId of ids) await begun(recordId)
    await expectRefusal(cloud, () => begin(), "quota-exceeded")
    for (const recordId of ids) await begun(recordId)
    await abortRecordUpload(cloud, patientId, placeOf({ ...descriptor, recordId: ids[0] ?? "" }))
    await begin()
    for (let i = 0; i < listPageLength; i++) await begin({ recordId: `A${newId().slice(1)}` })
    await expectRefusal(cloud, () => begun(newId()), "quota-exceeded")
  })

  test("counts what was begun as long as the object store may have something of it", async () => {
    const size = maxSealedBytes
    for (let i = 0; i < maxRecordBytes / size; i++) await begin({ recordId: newId(), size })
    const lasts = uploadSeconds + daySeconds
    await expectRefusal(cloud, () => begin({}, patientId, cloud.callIn(lasts - 1)), "quota-exceeded")
    expect(await begin({}, patientId, cloud.callIn(lasts))).toHaveProperty("startedAt")
  })

  test("counts the versions that others would become", async () => {
    const usage = { kind: "usage", revision: 1, patientId, records: 1, versions: maxVersions - 1, bytes: 0 } as const
    const none = { cards: 0, pending: 0, pendingBytes: 0, manifests: { hour: 0, by: {} } }
    await cloud.store.write([{ put: { ...usage, ...none } }])
    await begin({ objectId: newId() })
    await expectRefusal(cloud, () => begin(), "quota-exceeded")
  })

  test("of nobody here is refused", async () => {
    await expectRefusal(cloud, () => begin({}, newId()), "not-found")
  })
})

describe("signing parts", () => {
  test("is for exactly the bytes of each place, in the order asked", async () => {
    await begin()
    const { uploads } = await sign(partsOf(sealed, [3, 1]))
    const [first = 0, , last = 0] = lengthsOf(sealed)
    expect([first, last]).toEqual([partBytes, 4 * 1024 * 1024])
    expect(uploads.map(({ headers }) => headers)).toEqual([
      { "content-length": String(last), "x-amz-checksum-sha256": sealed.hashes[2] },
      { "content-length": String(first), "x-amz-checksum-sha256": sealed.hashes[0] },
    ])
    const [uploadId] = Object.keys(cloud.buckets.uploads())
    expect(cloud.buckets.signed).toEqual(
      [3, 1].map((number) => ({
        method: "PUT",
        bucket: "records",
        key: key(),
        at: cloud.now,
        part: { number, uploadId },
      })),
    )
  })

  test("of the largest record goes up to its last part", async () => {
    sealed = { ...sealed, size: maxSealedBytes }
    descriptor = { ...descriptor, size: maxSealedBytes }
    await begin()
    const parts = [{ number: maxParts, sha256: sealed.hashes[0] ?? "" }]
    expect((await sign(parts)).uploads[0]?.headers["content-length"]).toBe(String(partBytes))
  })

  test("of what was not begun, was ended, or is over is refused", async () => {
    await expectRefusal(cloud, () => sign(), "record-not-uploaded")
    await begin()
    await expectRefusal(
      cloud,
      () => sign(partsOf(sealed), patientId, cloud.callIn(24 * 60 * 60)),
      "record-not-uploaded",
    )
    await abort()
    await expectRefusal(cloud, () => sign(), "record-not-uploaded")
  })

  test("after the last one is refused", async () => {
    await begin()
    await expectRefusal(cloud, () => sign([{ number: 4, sha256: sealed.sha256 }]), "request-invalid")
  })

  test("of another patient's upload is refused: a patient's places are their own", async () => {
    await begin()
    const other = await newPatient(cloud)
    await giveConsent(cloud, other, "store")
    await expectRefusal(cloud, () => sign(partsOf(sealed), other.patientId), "record-not-uploaded")
    await abort(other.patientId)
    expect(uploads()).toHaveLength(1)
  })

  test("after the consent was withdrawn is refused", async () => {
    await begin()
    await withdrawConsent(cloud, patient, "store")
    await expectRefusal(cloud, () => sign(), "consent-missing")
  })
})

describe("committing what was sent in parts", () => {
  beforeEach(() => begin())

  test("puts the parts together, looks at the object, and then makes it the newest version, after an event", async () => {
    await send()
    const request = await requestFor()
    cloud.calls.steps.length = 0
    expect(await sending(request)).toHaveProperty("event")
    expect(cloud.calls.steps.slice(-5)).toEqual([
      "objects.parts",
      "objects.completeUpload",
      "objects.inspect",
      "audit.append",
      "store.write",
    ])
    expect(await listVersions(cloud, patientId, { recordId: descriptor.recordId })).toMatchObject({
      versions: [descriptor],
    })
    expect([uploads(), uploadItems()]).toEqual([[], []])
    expect(cloud.trail.eventsOf(patientId).at(-1)).toMatchObject({
      action: "commit",
      outcome: "permitted",
      subject: { recordId: descriptor.recordId, version: 1, category: "imaging" },
    })
  })

  test("a second time changes nothing, not even the trail", async () => {
    await send()
    const request = await requestFor()
    await sending(request)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await sending(request)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
  })

  test("with parts missing is refused, makes nothing of them, and is mended by sending these alone", async () => {
    await send(partsOf(sealed, [1, 3]))
    await expectRefusal(cloud, () => committing(), "record-not-uploaded")
    await send(partsOf(sealed, [2]))
    expect(await committing()).toHaveProperty("event")
  })

  test("with a part of other bytes is refused, makes nothing of them, and is mended by sending it again", async () => {
    const other = sealedInParts()
    await send([...partsOf(sealed, [1, 3]), ...partsOf(other, [2])])
    await expectRefusal(cloud, () => committing(), "upload-differs")
    await send(partsOf(sealed, [2]))
    expect(await committing()).toHaveProperty("event")
  })

  test("with parts in another order is refused", async () => {
    const [first, second, third] = sealed.hashes
    await send([
      { number: 1, sha256: second ?? "" },
      { number: 2, sha256: first ?? "" },
      { number: 3, sha256: third ?? "" },
    ])
    await expectRefusal(cloud, () => committing(), "upload-differs")
  })

  test("as another size, hash or category than was begun or sent is refused", async () => {
    await send()
    const changes: Partial<Descriptor>[] = [
      { size: descriptor.size - 1 },
      { size: partBytes + 1 },
      { sha256: sealedInParts().sha256 },
      { category: "document" },
    ]
    for (const changed of changes) await expectRefusal(cloud, () => committing(changed), "upload-differs")
    await expectRefusal(cloud, () => committing({ size: 1000 }), "record-not-uploaded")
  })

  test("where parts are not as long as their places are is refused, whatever their hashes", async () => {
    await send()
    const [uploadId = ""] = Object.keys(cloud.buckets.uploads())
    const ref = { bucket: "records" as const, key: key(), uploadId }
    // What no signed URL allows; the check does not rest on that.
    const sha256 = sealed.hashes[0] ?? ""
    await cloud.buckets.objects.partUrl(ref, { number: 1, size: partBytes - 1, sha256 }, cloud.now)
    cloud.buckets.uploadPart(ref, 1, { size: partBytes - 1, sha256 })
    expect(await refusalOf(committing())).toBe("upload-differs")
    expect(cloud.snapshot().objects).toEqual({})
  })

  test("where parts have other numbers than their places is refused, whatever their hashes", async () => {
    await send(partsOf(sealed, [1, 2]))
    const [uploadId = ""] = Object.keys(cloud.buckets.uploads())
    const ref = { bucket: "records" as const, key: key(), uploadId }
    const last = { size: lengthsOf(sealed)[2] ?? 0, sha256: sealed.hashes[2] ?? "" }
    await cloud.buckets.objects.partUrl(ref, { number: 4, ...last }, cloud.now)
    cloud.buckets.uploadPart(ref, 4, last)
    expect(await refusalOf(committing())).toBe("upload-differs")
    expect(cloud.snapshot().objects).toEqual({})
  })

  test("where the object isn't what its parts were is refused: neither answer of the store is relied on alone", async () => {
    const { size, sha256 } = sealed
    const objects = cloud.buckets.objects
    for (const said of [
      { size: size + 1, sha256, parts: 3 },
      { size, sha256: sealedInParts().sha256, parts: 3 },
      { size, sha256, parts: 1 },
      undefined,
    ]) {
      await begin()
      await send()
      const odd = { ...cloud, objects: { ...objects, inspect: async () => said } }
      const code = await refusalOf(commit(odd, patientId, await requestFor(), cloud.call))
      expect(code).toBe(said === undefined ? "record-not-uploaded" : "upload-differs")
      expect(cloud.item("RECORD#")).toEqual([])
      await abort()
      await objects.removeSome("records", key())
    }
  })

  test("with a part of which the store knows no hash is refused, whatever the others are, and nothing is made of it", async () => {
    await send()
    const objects = cloud.buckets.objects
    const parts: typeof objects.parts = async (...asked) =>
      (await objects.parts(...asked))?.map(({ sha256, ...part }) => (part.number === 2 ? part : { ...part, sha256 }))
    const odd = { ...cloud, objects: { ...objects, parts } }
    const known = hashOfParts([sealed.hashes[0] ?? "", sealed.hashes[2] ?? ""])
    for (const sha256 of [sealed.sha256, known]) {
      const sent = await requestFor({ sha256 })
      expect(await refusalOf(commit(odd, patientId, sent, cloud.call))).toBe("upload-differs")
    }
    expect(cloud.snapshot().objects).toEqual({})
  })

  test("where something else has the place is refused, and leaves it as it is", async () => {
    put(cloud, "records", patientId, { ...(await descriptorOf()), ...placeIn(descriptor) })
    await send()
    await expectRefusal(cloud, () => committing(), "upload-differs")
  })

  test("without the consent to store is refused, and puts nothing together", async () => {
    await send()
    await withdrawConsent(cloud, patient, "store")
    await expectRefusal(cloud, () => committing(), "consent-missing")
  })

  test("that dies at any of its calls is finished by the same commit", async () => {
    const calls = 7
    for (const when of ["asked", "answered"] as const)
      for (let at = 1; at <= calls; at++) {
        await abort()
        descriptor = { ...descriptor, recordId: newId() }
        await begin()
        await send()
        const request = await requestFor()
        cloud.calls.failAt(at, when)
        await expect(sending(request)).rejects.toThrow(when === "asked" ? "failed" : "lost")
        cloud.calls.mend()
        await sending(request)
        expect([uploads(), uploadItems()]).toEqual([[], []])
        expect(await listVersions(cloud, patientId, { recordId: descriptor.recordId })).toMatchObject({
          versions: [descriptor],
        })
      }
  })

  test("twice at the same moment is one version", async () => {
    await send()
    const request = await requestFor()
    cloud.calls.before("objects.completeUpload", () => sending(request))
    expect(await sending(request)).toEqual({})
    expect(cloud.item("USAGE")).toMatchObject([{ versions: 1, bytes: twentyMebibytes }])
  })

  test("while a part is replaced is refused for the moment, and taken once it is the right one", async () => {
    await send()
    cloud.calls.before("objects.completeUpload", () => send(partsOf(sealedInParts(), [2])))
    expect(await refusalOf(committing())).toBe("busy")
    await expectRefusal(cloud, () => committing(), "upload-differs")
    await send(partsOf(sealed, [2]))
    expect(await committing()).toHaveProperty("event")
  })

  test("while it is aborted is refused, or is committed: nothing lies between", async () => {
    await send()
    cloud.calls.before("objects.completeUpload", () => abort())
    expect(await refusalOf(committing())).toBe("record-not-uploaded")
    await begin()
    await send()
    cloud.calls.before("store.write", () => abort())
    expect(await refusalOf(committing())).toBe("busy")
    expect(await committing()).toHaveProperty("event")
  })

  test("after the store has destroyed what was sent is refused, whatever the item says", async () => {
    await send()
    cloud.buckets.expireUploads()
    await expectRefusal(cloud, () => committing(), "record-not-uploaded")
  })

  test("of a small record at a place begun for a large one, and given up, ends what was begun", async () => {
    const small = { ...(await descriptorOf({ category: "imaging" })), ...placeIn(descriptor) }
    const { size, sha256, category } = small
    await uploadUrl(cloud, patientId, { ...placeIn(small), size, sha256, category }, cloud.call)
    put(cloud, "records", patientId, small)
    await send()
    expect(await committing(small)).toHaveProperty("event")
    expect(uploadItems()).toEqual([])
    await expectRefusal(cloud, () => committing(), "record-conflict")
    await expectRefusal(cloud, () => sign(), "record-not-uploaded")
  })
})

describe("a large record that went up in one piece", () => {
  test("is not taken: its hash says something else", async () => {
    put(cloud, "records", patientId, descriptor)
    await expectRefusal(cloud, () => committing(), "upload-differs")
  })
})

describe("aborting an upload", () => {
  test("destroys what was sent and forgets it; again, or of none, changes nothing", async () => {
    expect(await abort()).toEqual({})
    await begin()
    await send(partsOf(sealed, [1]))
    expect(await abort()).toEqual({})
    expect([uploads(), uploadItems()]).toEqual([[], []])
    expect(await abort()).toEqual({})
  })

  test("that dies half-way is mended by aborting again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (const at of [2, 3]) {
        await begin()
        await send()
        cloud.calls.failAt(at, when)
        await expect(abort()).rejects.toThrow(when === "asked" ? "failed" : "lost")
        cloud.calls.mend()
        expect(await abort()).toEqual({})
        expect([uploads(), uploadItems()]).toEqual([[], []])
      }
  })

  test("destroys in the store first, and asks no more once it is forgotten", async () => {
    await begin()
    cloud.calls.steps.length = 0
    await abort()
    expect(cloud.calls.steps.slice(-2)).toEqual(["objects.abortUpload", "store.write"])
  })

  test("twice at the same moment forgets it once", async () => {
    await begin()
    cloud.calls.before("store.write", () => abort())
    expect(await abort()).toEqual({})
    expect([uploads(), uploadItems()]).toEqual([[], []])
  })

  test("while it is ended and begun anew leaves the new one alone", async () => {
    await begin()
    cloud.calls.before("store.write", async () => {
      await abort()
      await begin({ size: twentyMebibytes + 1 })
      await begin({ recordId: newId() })
      const [item] = uploadItems().filter((found) => found.kind === "upload" && found.size === twentyMebibytes + 1)
      if (item?.kind !== "upload") throw new Error("no upload")
      await cloud.store.write([{ put: { ...item, revision: item.revision + 1 } }])
    })
    expect(await abort()).toEqual({})
    expect(uploadItems()).toHaveLength(2)
  })

  test("while its item changes is refused for the moment, and done when asked again", async () => {
    await begin()
    cloud.calls.before("store.write", async () => {
      const [item] = uploadItems()
      if (item?.kind !== "upload") throw new Error("no upload")
      await cloud.store.write([{ put: { ...item, revision: item.revision + 1 } }])
    })
    expect(await refusalOf(abort())).toBe("busy")
    expect(await abort()).toEqual({})
    expect([uploads(), uploadItems()]).toEqual([[], []])
  })

  test("needs no consent, but an account", async () => {
    await begin()
    await withdrawConsent(cloud, patient, "store")
    expect(await abort()).toEqual({})
    await expectRefusal(cloud, () => abort(newId()), "not-found")
  })

  test("makes its URLs worthless", async () => {
    await begin()
    const { uploads } = await sign()
    await abort()
    for (const upload of uploads) expect(() => sendPart(cloud, upload)).toThrow("NoSuchUpload")
  })
})

describe("what ends a record or an account", () => {
  test("deleting a record destroys what is being uploaded as its next version, and no other upload", async () => {
    await addRecord(cloud, patient, { recordId: descriptor.recordId, category: "imaging" })
    await begin({ version: 2 })
    await begin({ version: 2, objectId: newId() })
    await begin({ recordId: newId() })
    const { recordId } = descriptor
    const publication = await publicationOf(cloud, patient, { unlisted: [recordId] })
    await deleteRecord(cloud, patientId, { recordId, publication }, cloud.call)
    expect(uploads()).toHaveLength(1)
    expect(uploadItems()).toHaveLength(1)
    expect(cloud.buckets.uploads()).not.toHaveProperty(descriptor.recordId)
  })

  test("deactivating destroys what is being uploaded, of this patient alone", async () => {
    const other = await newPatient(cloud)
    await giveConsent(cloud, other, "store")
    await begin({}, other.patientId)
    await begin()
    await send()
    const request = await requestFor()
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    expect(await deactivate(cloud, patientId, { statement }, cloud.call)).toEqual({ status: "done" })
    expect(uploads()).toEqual([{ name: `records/${objectKey(other.patientId, descriptor)}`, parts: [] }])
    expect(uploadItems()).toMatchObject([{ patientId: other.patientId }])
    for (const attempt of [() => begin(), () => sign(), () => sending(request), () => abort()])
      await expectRefusal(cloud, attempt, "account-deactivated")
  })

  test("an upload that is begun while the account is closed leaves nothing", async () => {
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    cloud.calls.before("objects.beginUpload", () => deactivate(cloud, patientId, { statement }, cloud.call))
    expect(await refusalOf(begin())).toBe("account-deactivated")
    expect([uploads(), uploadItems()]).toEqual([[], []])
  })

  test("a commit that meets the deactivation leaves nothing either", async () => {
    const steps = ["objects.parts", "objects.completeUpload", "objects.inspect"]
    for (const step of steps) {
      const { patientId } = await newPatient(cloud).then(async (made) => {
        await giveConsent(cloud, made, "store")
        patient = made
        return made
      })
      await begin({}, patientId)
      for (const upload of (await sign(partsOf(sealed), patientId)).uploads) sendPart(cloud, upload)
      const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
      cloud.calls.before(step, () => deactivate(cloud, patientId, { statement }, cloud.call))
      expect(["record-not-uploaded", "account-deactivated"]).toContain(await refusalOf(committing({}, patientId)))
      expect([uploads(), uploadItems()]).toEqual([[], []])
      expect(cloud.buckets.versions().filter(({ name }) => name.includes(patientId))).toEqual([])
    }
  })
})
