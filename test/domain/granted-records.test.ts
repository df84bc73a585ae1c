import { beforeEach, describe, expect, test } from "vitest"
import { objectKey } from "../../contract/items.ts"
import { contribute, rejectContribution } from "../../functions/domain/contributions.ts"
import { grantedDownloadUrl, listGrantedRecords } from "../../functions/domain/granted-records.ts"
import { haltGrant } from "../../functions/domain/grants.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud } from "../fakes/cloud.ts"
import {
  addRecord,
  descriptorOf,
  giveConsent,
  newCard,
  newGrant,
  newPatient,
  patientInOrder,
  put,
  selfMadeProfessional,
  signedBy,
  signedByProfessional,
  someJwe,
} from "../fakes/people.ts"

const [professional, another] = [await selfMadeProfessional(), await selfMadeProfessional()]
let cloud: MemoryCloud
let made: Awaited<ReturnType<typeof patientInOrder>>
let grant: Awaited<ReturnType<typeof newGrant>>
let path: { patientId: string; grantId: string }
beforeEach(async () => {
  cloud = await memoryCloud()
  made = await patientInOrder(cloud)
  grant = await newGrant(cloud, made.patient, professional, made.card)
  path = { patientId: grant.patientId, grantId: grant.grantId }
})
const { account } = professional
const listing = (category: "summary" | "laboratory" = "summary", page = "0", as = account, of = path) =>
  listGrantedRecords(cloud, as, { ...of, category, page }, cloud.call)
const downloading = (recordId: string, as = account, of = path, version = "1") =>
  grantedDownloadUrl(cloud, as, { ...of, recordId, version }, cloud.call)
const contributing = async () => {
  const descriptor = await descriptorOf()
  put(cloud, "pending", path.patientId, descriptor)
  const statement = await signedByProfessional(professional, cloud, "contribution", {
    ...path,
    descriptor,
    sealedKey: someJwe,
  })
  await contribute(cloud, account, { ...path, contributionId: descriptor.recordId, statement }, cloud.call)
  return { descriptor, statement }
}

describe("listing records in a grant", () => {
  test("shows a page of the manifest and what waits for the patient, after an event", async () => {
    const { descriptor, statement } = await contributing()
    cloud.calls.steps.length = 0
    const { manifest, descriptors, contributions } = await listing()
    expect(descriptors).toEqual([made.summary])
    expect(contributions).toMatchObject([{ contributionId: descriptor.recordId, profession: "physician", statement }])
    expect(manifest).toMatch(/^ey/)
    expect(cloud.calls.steps.at(-1)).toBe("audit.append")
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "list-records",
      actor: { account },
      subject: { grantId: path.grantId, category: "summary" },
    })
  })

  test("shows contributions on the first page only, and of its category only", async () => {
    await contributing()
    expect(await listing("summary", "1")).toMatchObject({ descriptors: [], contributions: [] })
    const wide = await newGrant(cloud, made.patient, professional, made.card, ["laboratory"])
    expect(await listing("laboratory", "0", account, { ...path, grantId: wide.grantId })).toMatchObject({
      descriptors: [made.laboratory],
      contributions: [],
    })
  })

  test("shows what waits, however much there is, and nothing that is decided", async () => {
    const { descriptor } = await contributing()
    const [waiting] = await cloud.store.read([
      { kind: "contribution", patientId: path.patientId, contributionId: descriptor.recordId },
    ])
    if (waiting === undefined) throw new Error("no contribution")
    for (let i = 0; i < 60; i++) {
      const contributionId = newId()
      const status = i % 2 === 0 ? ("pending" as const) : ("rejected" as const)
      const one = { ...waiting, contributionId, status, descriptor: { ...descriptor, recordId: contributionId } }
      await cloud.store.write([{ put: one }])
    }
    const { contributions } = await listing()
    expect(contributions).toHaveLength(31)
    expect(new Set(contributions.map(({ contributionId }) => contributionId)).size).toBe(31)
  })

  test("of a patient who has no manifest yet is refused", async () => {
    const bare = await newPatient(cloud)
    await giveConsent(cloud, bare, "emergency-share")
    const its = await newGrant(cloud, bare, professional, await newCard(cloud, bare))
    await expectRefusal(
      cloud,
      () => listing("summary", "0", account, { patientId: bare.patientId, grantId: its.grantId }),
      "not-found",
    )
  })

  test("of a category the card didn't open is refused, and that is an event", async () => {
    await expectRefusal(cloud, () => listing("laboratory"), "category-not-granted", [
      { action: "list-records", outcome: "category-not-granted" },
    ])
  })

  test("with another's grant is refused as if there were none", async () => {
    const other = await patientInOrder(cloud)
    await expectRefusal(cloud, () => listing("summary", "0", another.account), "not-found")
    await expectRefusal(
      cloud,
      () => listing("summary", "0", account, { ...path, patientId: other.patient.patientId }),
      "not-found",
    )
  })

  test("after a halt is refused", async () => {
    await haltGrant(cloud, path.patientId, path, cloud.call)
    await expectRefusal(cloud, () => listing(), "grant-halted", [{ action: "list-records", outcome: "grant-halted" }])
  })

  test("whose event can't be written shows nothing", async () => {
    cloud.calls.steps.length = 0
    await listing()
    const last = cloud.calls.steps.length
    cloud.calls.failAt(last, "answered")
    await expect(listing()).rejects.toThrow("audit.append")
  })
})

describe("a download in a grant", () => {
  test("is signed after its event", async () => {
    cloud.calls.steps.length = 0
    await downloading(made.summary.recordId)
    expect(cloud.calls.steps.slice(-2)).toEqual(["audit.append", "objects.downloadUrl"])
    expect(cloud.buckets.signed.at(-1)).toMatchObject({
      method: "GET",
      bucket: "records",
      key: objectKey(path.patientId, made.summary.recordId, 1),
    })
  })

  test("is of the version asked for, also where a newer one was committed", async () => {
    const { recordId } = made.summary
    await addRecord(cloud, made.patient, { recordId, version: 2 })
    for (const version of [1, 2])
      expect((await downloading(recordId, account, path, String(version))).url).toContain(
        objectKey(path.patientId, recordId, version),
      )
    await expect(downloading(recordId, account, path, "3")).rejects.toMatchObject({ code: "not-found" })
  })

  test("of a contribution that waits comes from where it waits", async () => {
    const { descriptor } = await contributing()
    await downloading(descriptor.recordId)
    expect(cloud.buckets.signed.at(-1)).toMatchObject({ bucket: "pending" })
  })

  test("of a contribution that the patient has rejected is refused", async () => {
    const { descriptor, statement } = await contributing()
    const contributionId = descriptor.recordId
    const decision = await signedBy(made.patient, cloud, "decision", {
      contributionId,
      statementHash: await statementHash(statement),
      decision: "rejected",
    })
    await rejectContribution(cloud, path.patientId, { contributionId, statement: decision }, cloud.call)
    await expectRefusal(cloud, () => downloading(contributionId), "not-found")
  })

  test("leaves an event that names the record and its version, also where it is refused", async () => {
    const { recordId } = made.summary
    await downloading(recordId)
    const { grantId } = path
    const event = () => cloud.trail.eventsOf(path.patientId).at(-1)
    expect(event()).toMatchObject({ subject: { grantId, recordId, version: 1, category: "summary" } })
    await downloading(made.laboratory.recordId).catch(() => undefined)
    const subject = { grantId, recordId: made.laboratory.recordId, version: 1, category: "laboratory" }
    expect(event()).toMatchObject({ outcome: "category-not-granted", subject })
  })

  test("of a category the card didn't open is refused, and that is an event", async () => {
    await expectRefusal(cloud, () => downloading(made.laboratory.recordId), "category-not-granted", [
      { action: "download-url", outcome: "category-not-granted" },
    ])
  })

  test("of another patient's record, or one there isn't, is refused alike", async () => {
    const other = await patientInOrder(cloud)
    await expectRefusal(cloud, () => downloading(other.summary.recordId), "not-found")
    await expectRefusal(cloud, () => downloading(newId()), "not-found")
  })

  test("with another's grant, or after a halt, is refused", async () => {
    const { recordId } = made.summary
    await expectRefusal(cloud, () => downloading(recordId, another.account), "not-found")
    await haltGrant(cloud, path.patientId, path, cloud.call)
    await expectRefusal(cloud, () => downloading(recordId), "grant-halted", [
      { action: "download-url", outcome: "grant-halted" },
    ])
  })

  test("that fails at any call before the last signs nothing", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 4; call++) {
        cloud.calls.failAt(call, when)
        await expect(downloading(made.summary.recordId)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        expect(cloud.buckets.signed).toEqual([])
      }
  })
})
