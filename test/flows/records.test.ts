import { describe, expect, test } from "vitest"
import { objectKey } from "../../contract/items.ts"
import { type Bytes, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { putObject } from "../../sdk/api.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { listRecords as listGranted, readRecord } from "../../sdk/hcp/records.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { listRecords, withDescriptor } from "../../sdk/patient/listed.ts"
import { publish } from "../../sdk/patient/publication.ts"
import { deleteRecord, downloadRecord, listVersions, uploadRecord } from "../../sdk/patient/records.ts"
import { recover } from "../../sdk/patient/recovery.ts"
import { callAsPatient } from "../../sdk/patient/session.ts"
import { renewWitnesses, witnessesBehind } from "../../sdk/patient/witness.ts"
import type { Plain } from "../../sdk/sealed-record.ts"
import { cardIn, documentOf } from "../kit/people.ts"
import { sealRecord } from "../sdk/sealed.ts"
import { itemsOf, visibleObjects } from "./engine.ts"
import { accessBy, cloud, newPatient, newPatientWithCard, type Session } from "./people.ts"
import { startProxy } from "./proxy.ts"

/** An upload that ends before its publication: the object is there, nobody has committed it. */
const uploadOnly = async (session: Session, plain: Plain, replaces?: Descriptor): Promise<Descriptor> => {
  const place =
    replaces === undefined
      ? { recordId: toBase64url(randomBytes(16)), version: 1, replaces: null }
      : { recordId: replaces.recordId, version: replaces.version + 1, replaces: await canonicalHash(replaces) }
  const { keys } = await readContents(session)
  const { descriptor, sealed } = await sealRecord(session.patientId, place, plain, keys[plain.category], new Date())
  const { recordId, version, objectId, size, sha256, category } = descriptor
  const asked = { recordId, version, objectId, category, size, sha256 }
  await putObject(session.cloud.api, await callAsPatient(session, "patient/upload-url", asked), sealed)
  return descriptor
}

/** The publication by which what was uploaded becomes a record. */
const commitNew = (session: Session, descriptor: Descriptor): Promise<void> =>
  publish(
    session,
    async (contents) => ({ pages: [await withDescriptor(session, contents, descriptor, { isNew: true })] }),
    (publication) =>
      callAsPatient(session, "patient/commit", { recordId: descriptor.recordId, descriptor, publication }),
  )

const otherDevice = async ({ session, login, account }: Awaited<ReturnType<typeof newPatient>>): Promise<Session> => {
  const recovery = await recover(session.cloud, login, account.recoveryPhrase, { keepOthers: true })
  if (recovery.outcome !== "ok") throw new Error(recovery.outcome)
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
    expect(await visibleObjects(session, "records")).toEqual([objectKey(session.patientId, summary)])
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
      early[i] = await uploadOnly(session, documentOf("laboratory", `result ${i}`))
  }
  await Promise.all([work(), work(), work()])
  for (const descriptor of early) await commitNew(session, descriptor)
  const late: Descriptor[] = []
  for (let i = 126; i < 130; i++) late.push(await uploadRecord(session, documentOf("laboratory", `result ${i}`)))
  const all = [...early, ...late]
  expect(await listRecords(session)).toEqual(all)
  expect((await readContents(session)).pageLists.laboratory.hashes).toHaveLength(3)

  const card = cardIn((await makeCard(session, { hri: cloud.hri, categories: ["laboratory"] })).text)
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
}, 300_000)

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

describe("an upload that was interrupted before its publication", () => {
  test("is in no list, the patient's or a professional's, and keeps no other from being added", async () => {
    const { session, card, summary, image } = await newPatientWithCard()
    const lost = await uploadOnly(session, documentOf("summary", "lost"))
    expect(await listRecords(session)).toEqual([summary, image])
    await expect(downloadRecord(session, lost)).rejects.toMatchObject({ code: "not-found" })
    await expect(listVersions(session, lost.recordId)).rejects.toMatchObject({ code: "not-found" })
    const access = await accessBy("physician", card)
    expect((await readSummaryRecords(access)).map(({ descriptor }) => descriptor)).toEqual([summary])
    expect((await listGranted(access, "summary")).map(({ descriptor }) => descriptor)).toEqual([summary])
    await expect(readRecord(access, { descriptor: lost })).rejects.toMatchObject({ code: "not-found" })
    const found = await uploadRecord(session, documentOf("summary", "found"))
    expect(await listRecords(session, ["summary"])).toEqual([summary, found])
  })

  test("as an update, leaves everybody the version that is listed, and the next update is the next version", async () => {
    const { session, card, image } = await newPatientWithCard()
    await uploadOnly(session, documentOf("imaging", "lost update"), image)
    expect(await listRecords(session, ["imaging"])).toEqual([image])
    expect(await textOf(session, image)).toMatch(/^image of/)
    const access = await accessBy("physician", card)
    const [listed] = await listGranted(access, "imaging")
    expect(listed?.descriptor).toEqual(image)
    expect((listed && (await readRecord(access, listed)))?.descriptor).toEqual(image)
    const next = await uploadRecord(session, documentOf("imaging", "the next update"), { replaces: image })
    expect(next).toMatchObject({ version: 2, replaces: await canonicalHash(image) })
    expect(await listVersions(session, image.recordId)).toEqual([image, next])
    expect(await textOf(session, next)).toBe("the next update")
  })

  test("as an update, goes with its record when that is deleted", async () => {
    const { session, image, summary } = await newPatientWithCard()
    await uploadOnly(session, documentOf("imaging", "lost update"), image)
    expect(await visibleObjects(session, "records")).toHaveLength(3)
    await deleteRecord(session, image.recordId)
    expect(await visibleObjects(session, "records")).toEqual([objectKey(session.patientId, summary)])
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
  const newest = patient.session.memory.manifest?.number
  await renewWitnesses(patient.session)
  expect((await lookUp(patient.card, { local: true })).manifest.number).toBe(newest)
})

test("with the index down, an upload is acknowledged, and the device knows that the witness is behind", async () => {
  const { session } = await newPatient()
  const index = await startProxy(cloud.hri)
  const { cardId, text } = await makeCard(session, { hri: index.address, categories: ["summary"] })
  const witnessed = (await lookUp(cardIn(text), { local: true })).manifest.number
  await index.stop()
  const descriptor = await uploadRecord(session, documentOf("summary", "while the index is down"))
  expect(witnessesBehind(session)).toEqual([cardId])
  expect(await listRecords(session)).toEqual([descriptor])
  await expect(lookUp(cardIn(text), { local: true })).rejects.toMatchObject({ name: "Unreachable" })
  const throughAnother = { ...cardIn(text), hri: cloud.hri }
  expect((await lookUp(throughAnother, { local: true })).manifest.number).toBe(witnessed)
})

test.each([
  ["the next upload", (session: Session) => uploadRecord(session, documentOf("summary", "once it is back"))],
  ["asking for it", renewWitnesses],
])("once the index is back, %s brings the witness up to date", async (_, renew) => {
  const { session } = await newPatient()
  const index = await startProxy(cloud.hri)
  const { text } = await makeCard(session, { hri: index.address, categories: ["summary"] })
  index.down = true
  await uploadRecord(session, documentOf("summary", "while the index is down"))
  expect(witnessesBehind(session)).toHaveLength(1)
  index.down = false
  await renew(session)
  expect(witnessesBehind(session)).toEqual([])
  const { number, hash } = session.memory.manifest ?? {}
  expect((await lookUp(cardIn(text), { local: true })).manifest).toEqual({ number, hash })
  await index.stop()
})
