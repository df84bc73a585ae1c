import { describe, expect, test } from "vitest"
import { objectKey } from "../../contract/items.ts"
import { type Bytes, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { manifestPageLength } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { putObject } from "../../sdk/api.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { listRecords as listGranted, readRecord } from "../../sdk/hcp/records.ts"
import { recover } from "../../sdk/patient/account.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import { newestKey } from "../../sdk/patient/category-keys.ts"
import { listRecords, readContents } from "../../sdk/patient/manifest.ts"
import { publishManifest } from "../../sdk/patient/publish-manifest.ts"
import { deleteRecord, downloadRecord, listUnpublished, listVersions, uploadRecord } from "../../sdk/patient/records.ts"
import { callAsPatient } from "../../sdk/patient/session.ts"
import { updateWitnesses } from "../../sdk/patient/witness.ts"
import type { Plain } from "../../sdk/sealed-record.ts"
import { sealRecord } from "../sdk/sealed.ts"
import { itemsOf, visibleObjects } from "./engine.ts"
import { accessBy, cardOf, cloud, documentOf, newPatient, newPatientWithCard, type Session } from "./people.ts"
import { startProxy } from "./proxy.ts"

/** An upload that ends before the patient's signature: the object is there and committed, no manifest lists it. */
const commitOnly = async (session: Session, plain: Plain, replaces?: Descriptor): Promise<Descriptor> => {
  const place = { recordId: replaces?.recordId ?? toBase64url(randomBytes(16)), version: (replaces?.version ?? 0) + 1 }
  const key = await newestKey(session, await readContents(session), plain.category)
  const { descriptor, sealed } = await sealRecord(session.patientId, place, plain, key, new Date())
  const { size, sha256, category } = descriptor
  await putObject(
    session.cloud.api,
    await callAsPatient(session, "patient/upload-url", { ...place, category, size, sha256 }),
    sealed,
  )
  await callAsPatient(session, "patient/commit", { recordId: place.recordId, descriptor })
  return descriptor
}

const otherDevice = async ({ session, login, account }: Awaited<ReturnType<typeof newPatient>>): Promise<Session> => {
  const recovery = await recover(session.cloud, login, account.recoveryPhrase)
  if (recovery.outcome !== "ok") throw new Error(recovery.message)
  return recovery.session
}

const textOf = async (session: Session, descriptor: Descriptor) =>
  Buffer.from((await downloadRecord(session, descriptor)).bytes).toString()

describe("versions", () => {
  test("an update is the newest version for patient and professional; the older ones stay the patient's to read", async () => {
    const { session, image, card } = await newPatientWithCard()
    const second = await uploadRecord(session, documentOf("imaging", "second"), { replaces: image })
    const third = await uploadRecord(session, documentOf("imaging", "third"), { replaces: second })
    expect(third).toMatchObject({ recordId: image.recordId, version: 3 })
    expect(await listRecords(session, ["imaging"])).toEqual([third])
    expect(await listVersions(session, image.recordId)).toEqual([image, second, third])
    expect(await Promise.all([second, third].map((each) => textOf(session, each)))).toEqual(["second", "third"])
    const access = await accessBy("physician", card)
    const [listed, ...others] = await listGranted(access, "imaging")
    expect(others).toEqual([])
    expect((listed && (await readRecord(access, listed)))?.bytes).toEqual(utf8("third"))
  })

  test("an update from an outdated device is refused and replaces nothing", async () => {
    const { session, image } = await newPatientWithCard()
    const second = await uploadRecord(session, documentOf("imaging", "second"), { replaces: image })
    await expect(
      uploadRecord(session, documentOf("imaging", "also second"), { replaces: image }),
    ).rejects.toMatchObject({
      code: "record-conflict",
    })
    expect(await listRecords(session, ["imaging"])).toEqual([second])
    expect(await textOf(session, second)).toBe("second")
  })

  test("a deleted record is gone from the store, the lists, the manifest and the next access", async () => {
    const { session, image, card, summary } = await newPatientWithCard()
    const second = await uploadRecord(session, documentOf("imaging", "second"), { replaces: image })
    const before = session.memory.manifest?.number ?? 0
    await deleteRecord(session, image.recordId)
    expect(session.memory.manifest?.number).toBe(before + 1)
    expect(await listRecords(session)).toEqual([summary])
    expect(await visibleObjects(session, "records")).toEqual([objectKey(session.patientId, summary.recordId, 1)])
    expect((await itemsOf(session)).filter((item) => item["recordId"] === image.recordId)).toEqual([])
    await expect(listVersions(session, image.recordId)).rejects.toMatchObject({ code: "not-found" })
    await expect(downloadRecord(session, second)).rejects.toMatchObject({ code: "not-found" })
    const access = await accessBy("physician", card)
    expect(await listGranted(access, "imaging")).toEqual([])
    await expect(readRecord(access, { descriptor: second })).rejects.toMatchObject({ code: "not-found" })
    await deleteRecord(session, image.recordId)
    expect(session.memory.manifest?.number).toBe(before + 1)
    const again = await uploadRecord(session, documentOf("imaging", "a new one"))
    expect(await listRecords(session, ["imaging"])).toEqual([again])
  })
})

test("130 records on three pages are listed alike by patient and professional, and an update finds its page", async () => {
  const patient = await newPatient()
  const { session } = patient
  const early: Descriptor[] = []
  const queue = Array.from({ length: 126 }, (_, i) => i)
  const work = async () => {
    for (let i = queue.shift(); i !== undefined; i = queue.shift())
      early[i] = await commitOnly(session, documentOf("laboratory", `result ${i}`))
  }
  await Promise.all([work(), work(), work()])
  await publishManifest(session, async () => ({
    pages: [0, 1].map((page) => ({
      category: "laboratory",
      page,
      descriptors: early.slice(page * manifestPageLength, (page + 1) * manifestPageLength),
    })),
  }))
  const late: Descriptor[] = []
  for (let i = 126; i < 130; i++) late.push(await uploadRecord(session, documentOf("laboratory", `result ${i}`)))
  const all = [...early, ...late]
  expect(await listRecords(session)).toEqual(all)
  expect((await readContents(session)).manifest.claims.pages.laboratory).toHaveLength(3)
  expect(await listUnpublished(session)).toEqual([])

  const card = cardOf((await makeCard(session, { hri: cloud.hri, categories: ["laboratory"] })).text)
  const access = await accessBy("physician", card)
  expect(access.summary).toEqual([])
  const listed = await listGranted(access, "laboratory")
  expect(listed.map(({ descriptor }) => descriptor)).toEqual(all)
  expect(listed.map(({ metadata }) => metadata?.title)).toEqual(all.map((_, i) => `title of result ${i}`))
  const last = listed.at(-1)
  expect((last && (await readRecord(access, last)))?.bytes).toEqual(utf8("result 129"))

  const updated = await uploadRecord(session, documentOf("laboratory", "result 70, corrected"), { replaces: all[70] })
  await deleteRecord(session, all[3]?.recordId ?? "")
  const expected = all.map((each, i) => (i === 70 ? updated : each)).filter((_, i) => i !== 3)
  expect(await listRecords(session)).toEqual(expected)
  expect((await listGranted(access, "laboratory")).map(({ descriptor }) => descriptor)).toEqual(expected)
})

test.each([
  ["nothing", 0],
  ["one byte", 1],
  ["5 MiB", 5 * 1024 * 1024],
])("a record of %s comes back byte for byte, to patient and professional", async (_, size) => {
  const { session, card } = await newPatientWithCard(["imaging"])
  const bytes: Bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, size)))
  const descriptor = await uploadRecord(session, {
    category: "imaging",
    title: "",
    contentType: "application/octet-stream",
    content: bytes,
  })
  const read = await downloadRecord(session, descriptor)
  expect(read.metadata.size).toBe(size)
  expect(Buffer.from(read.bytes).equals(bytes)).toBe(true)
  const access = await accessBy("physician", card)
  expect(Buffer.from((await readRecord(access, { descriptor })).bytes).equals(bytes)).toBe(true)
})

describe("an upload that was interrupted before the patient's signature", () => {
  test("is shown to the patient, hidden from professionals, and mended by another upload", async () => {
    const { session, card, summary, image } = await newPatientWithCard()
    const lost = await commitOnly(session, documentOf("summary", "lost"))
    expect(await listRecords(session)).toEqual([summary, image])
    expect(await listUnpublished(session)).toEqual([lost])
    expect(await textOf(session, lost)).toBe("lost")
    const access = await accessBy("physician", card)
    expect((await readSummaryRecords(access)).map(({ descriptor }) => descriptor)).toEqual([summary])
    expect((await listGranted(access, "summary")).map(({ descriptor }) => descriptor)).toEqual([summary])
    const found = await uploadRecord(session, documentOf("summary", "found"), { replaces: lost })
    expect(await listUnpublished(session)).toEqual([])
    expect(await listRecords(session, ["summary"])).toEqual([summary, found])
  })

  test("can be deleted", async () => {
    const { session } = await newPatientWithCard()
    const lost = await commitOnly(session, documentOf("document", "lost"))
    await deleteRecord(session, lost.recordId)
    expect(await listUnpublished(session)).toEqual([])
    expect(await visibleObjects(session, "records")).toHaveLength(2)
  })

  test("as an update, shows the version that is listed, and that a newer one waits", async () => {
    const { session, image } = await newPatientWithCard()
    const lost = await commitOnly(session, documentOf("imaging", "lost update"), image)
    expect(await listRecords(session, ["imaging"])).toEqual([image])
    expect(await listUnpublished(session)).toEqual([lost])
    expect(await textOf(session, image)).toMatch(/^image of/)
  })

  // The cloud signs a GET of the newest committed version, whichever the manifest lists.
  test("as an update, leaves professionals the version that is listed", async () => {
    const { session, card, image } = await newPatientWithCard()
    await commitOnly(session, documentOf("imaging", "lost update"), image)
    const access = await accessBy("physician", card)
    const [listed] = await listGranted(access, "imaging")
    expect(listed?.descriptor).toEqual(image)
    expect((listed && (await readRecord(access, listed)))?.descriptor).toEqual(image)
  })
})

test("what two devices publish at the same time is in the manifest, all of it", async () => {
  const patient = await newPatientWithCard()
  const other = await otherDevice(patient)
  const added = await Promise.all([
    uploadRecord(patient.session, documentOf("imaging", "from one device")),
    uploadRecord(other, documentOf("imaging", "from the other")),
    uploadRecord(other, documentOf("document", "and one more")),
  ])
  const listed = await listRecords(patient.session)
  expect(listed).toHaveLength(5)
  for (const each of added) expect(listed).toContainEqual(each)
  expect(await listRecords(other)).toEqual(listed)
  expect(await listUnpublished(patient.session)).toEqual([])
  const newest = patient.session.memory.manifest?.number
  await updateWitnesses(patient.session)
  expect((await lookUp(patient.card, { local: true })).manifest.number).toBe(newest)
})

test("with the index down, an upload is acknowledged, and the device knows that the witness is behind", async () => {
  const { session } = await newPatient()
  const index = await startProxy(cloud.hri)
  const { text } = await makeCard(session, { hri: index.address, categories: ["summary"] })
  const witnessed = (await lookUp(cardOf(text), { local: true })).manifest.number
  await index.stop()
  const descriptor = await uploadRecord(session, documentOf("summary", "while the index is down"))
  expect(session.memory.witnessBehind).toBe(true)
  expect(await listRecords(session)).toEqual([descriptor])
  await expect(lookUp(cardOf(text), { local: true })).rejects.toMatchObject({ name: "Unreachable" })
  const throughAnother = { ...cardOf(text), hri: cloud.hri }
  expect((await lookUp(throughAnother, { local: true })).manifest.number).toBe(witnessed)
})

test("once the index is back, the next upload brings the witness up to date", async () => {
  const { session, card } = await newPatientWithCard()
  session.memory.witnessBehind = true
  await uploadRecord(session, documentOf("summary", "once the index is back"))
  expect(session.memory.witnessBehind).toBeUndefined()
  expect((await lookUp(card, { local: true })).manifest).toEqual(session.memory.manifest)
})
