import { beforeEach, describe, expect, test } from "vitest"
import { objectKey } from "../../contract/items.ts"
import { eventsPerGrantHour } from "../../contract/limits.ts"
import { contribute } from "../../functions/domain/contribute.ts"
import { rejectContribution } from "../../functions/domain/decisions.ts"
import { grantedDownloadUrl, listGrantedRecords } from "../../functions/domain/granted-records.ts"
import { verifyDecided, verifyDescent, verifyManifest, verifyPage, verifyPageList } from "../../protocol/manifest.ts"
import { verifySigners } from "../../protocol/signers.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { addRecord, descriptorOf, halt, newCard, newGrant, patientInOrder, publish, put } from "../kit/patients.ts"
import { selfMadeProfessional } from "../kit/professional.ts"
import { publicationOf } from "../kit/publications.ts"
import { someSealed } from "../kit/sealed.ts"
import { listedSigner, nextSigners, signedBy, signedByProfessional } from "../kit/statements.ts"

const [professional, another] = [selfMadeProfessional(), selfMadeProfessional()]
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
const asked = { category: "summary" as "summary" | "laboratory", page: "0", after: "4" }
const listing = (changed: Partial<typeof asked> = {}, as = account, of = path, call = cloud.call) =>
  listGrantedRecords(cloud, as, { ...of, ...asked, ...changed }, call)
const downloading = (recordId: string, as = account, of = path, version = "1", call = cloud.call) =>
  grantedDownloadUrl(cloud, as, { ...of, recordId, version }, call)
const contributing = async () => {
  const descriptor = await descriptorOf()
  put(cloud, "pending", path.patientId, descriptor)
  const statement = await signedByProfessional(professional, cloud, "contribution", {
    ...path,
    fingerprint: made.patient.fingerprint,
    descriptor,
    account: 1,
    sealedKey: someSealed,
  })
  await contribute(cloud, account, { ...path, contributionId: descriptor.recordId, statement }, cloud.call)
  return { descriptor, statement }
}
const rejecting = async ({ descriptor, statement }: Awaited<ReturnType<typeof contributing>>) => {
  const contributionId = descriptor.recordId
  const decision = await signedBy(made.patient, cloud, "decision", {
    contributionId,
    statementHash: await statementHash(statement),
    decision: "rejected",
  })
  const publication = await publicationOf(cloud, made.patient, { decided: [contributionId] })
  await rejectContribution(cloud, path.patientId, { contributionId, statement: decision, publication }, cloud.call)
}
const told = () =>
  cloud.trail
    .eventsOf(path.patientId)
    .filter(({ action, outcome }) => ["list-records", "download-url"].includes(action) && outcome === "permitted")
const manifestOf = async () => {
  const [manifest] = await cloud.store.read([{ kind: "manifest", patientId: path.patientId }])
  if (manifest === undefined) throw new Error("no manifest")
  return manifest
}

describe("listing records in a grant", () => {
  test("shows a page of the manifest and what waits for the patient, after an event", async () => {
    const { descriptor, statement } = await contributing()
    cloud.calls.steps.length = 0
    const { manifest, descriptors, contributions } = await listing()
    expect(descriptors).toEqual([made.summary])
    expect(contributions).toMatchObject([{ contributionId: descriptor.recordId, profession: "physician", statement }])
    expect(manifest).toBe((await manifestOf()).manifest)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "list-records",
      actor: { account },
      subject: { grantId: path.grantId, category: "summary" },
    })
  })

  test("shows contributions on the first page only, and of its category only", async () => {
    await contributing()
    const second = await listing({ page: "1" })
    expect(second).toMatchObject({ descriptors: [], contributions: [] })
    expect(second).not.toHaveProperty("decided")
    const both = await newCard(cloud, made.patient, ["summary", "laboratory"])
    const wide = await newGrant(cloud, made.patient, professional, both, ["laboratory"])
    expect(await listing({ category: "laboratory" }, account, { ...path, grantId: wide.grantId })).toMatchObject({
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

  test("gives all that a professional's app verifies, back to the manifest that it knows", async () => {
    const { patientId } = path
    const { cloudId } = cloud.cloud
    const known = await manifestOf()
    for (let i = 0; i < 9; i++) await publish(cloud, made.patient)
    const { signers, manifest, links, pageList, descriptors } = await listing({ after: String(known.number) })
    expect(links.length).toBeGreaterThan(1)
    const list = await verifySigners(signers, { fingerprint: made.patient.fingerprint, record: { cloudId, patientId } })
    const read = await verifyManifest(manifest, { signers: list, patientId, cloudId })
    await verifyDescent(read, links, known)
    expect(read.number).toBe(known.number + 9)
    await verifyPageList(read, "summary", pageList)
    await verifyPage(pageList, 0, descriptors)
    const latest = String((await manifestOf()).number)
    expect((await listing({ after: latest })).links).toEqual([])
  })

  test("says which contributions the patient has decided on, all of them, as the manifest signs it", async () => {
    expect((await listing()).decided).toEqual([])
    const [first, second] = [await contributing(), await contributing()]
    await rejecting(first)
    await rejecting(second)
    const { signers, manifest, decided, contributions } = await listing()
    const { patientId } = path
    const { cloudId } = cloud.cloud
    const list = await verifySigners(signers, { fingerprint: made.patient.fingerprint, record: { cloudId, patientId } })
    const read = await verifyManifest(manifest, { signers: list, patientId, cloudId })
    const ids = await verifyDecided(read, decided ?? [])
    expect(ids).toEqual(new Set([first.descriptor.recordId, second.descriptor.recordId]))
    expect(contributions).toEqual([])
  })

  test("is of one manifest, where another is published while it is read", async () => {
    await rejecting(await contributing())
    let published = false
    const watched: typeof cloud.store = {
      ...cloud.store,
      list: cloud.store.list,
      write: cloud.store.write,
      read: async (refs) => {
        const found = await cloud.store.read(refs)
        if (!published && refs.some(({ kind }) => kind === "decided-page")) {
          published = true
          await publish(cloud, made.patient)
        }
        return found
      },
    }
    const request = { ...path, ...asked }
    const answer = await listGrantedRecords({ ...cloud, store: watched }, account, request, cloud.call)
    expect([published, answer.manifest]).toEqual([true, (await manifestOf()).manifest])
  })

  test("tells whoever reads while one publication follows the other that we are busy", async () => {
    await rejecting(await contributing())
    const { store } = cloud
    const watched: typeof cloud.store = {
      ...store,
      list: store.list,
      write: store.write,
      read: async (refs) => {
        const found = await store.read(refs)
        if (refs.some(({ kind }) => kind === "decided-page")) await publish(cloud, made.patient)
        return found
      },
    }
    const request = { ...path, ...asked }
    const busy = listGrantedRecords({ ...cloud, store: watched }, account, request, cloud.call)
    expect(await refusalOf(busy)).toBe("busy")
    expect(told()).toEqual([])
  })

  test("while the account is of another publication than the manifest is told that we are busy", async () => {
    const { patientId } = path
    const [account] = await cloud.store.read([{ kind: "patient", patientId }])
    if (account?.signers === undefined) throw new Error("no account")
    const list = { signers: [await listedSigner(made.patient.keys, cloud.now)] }
    const next = await nextSigners(made.patient, cloud, account.signers, list)
    const later = { ...account, revision: account.revision + 1, signers: [...account.signers, next] }
    await cloud.store.write([{ put: later }])
    await expectRefusal(cloud, () => listing(), "busy")
  })

  test("of a patient whose manifest isn't there is refused", async () => {
    const { patientId } = path
    const { revision } = await manifestOf()
    await cloud.store.write([{ remove: { kind: "manifest", patientId }, revision }])
    await expectRefusal(cloud, () => listing(), "not-found")
  })

  test("of a category the card didn't open is refused, and that is an event", async () => {
    await expectRefusal(cloud, () => listing({ category: "laboratory" }), "category-not-granted", [
      { action: "list-records", outcome: "category-not-granted" },
    ])
  })

  test("with another's grant is refused as if there were none", async () => {
    const other = await patientInOrder(cloud)
    await expectRefusal(cloud, () => listing({}, another.account), "not-found")
    await expectRefusal(cloud, () => listing({}, account, { ...path, patientId: other.patient.patientId }), "not-found")
  })

  test("after a halt is refused", async () => {
    await halt(cloud, made.patient, path)
    await expectRefusal(cloud, () => listing(), "grant-halted", [{ action: "list-records", outcome: "grant-halted" }])
  })

  test("whose event can't be written shows nothing", async () => {
    const wide = await newGrant(cloud, made.patient, professional, made.card, ["summary"])
    cloud.calls.steps.length = 0
    await listing()
    cloud.calls.failAt(cloud.calls.steps.indexOf("audit.append") + 1, "answered")
    await expect(listing({}, account, { ...path, grantId: wide.grantId })).rejects.toThrow("audit.append")
  })
})

describe("a download in a grant", () => {
  test("is signed after its event", async () => {
    cloud.calls.steps.length = 0
    await downloading(made.summary.recordId)
    const { steps } = cloud.calls
    expect(steps.at(-1)).toBe("objects.downloadUrl")
    expect(steps.indexOf("audit.append")).toBeLessThan(steps.indexOf("objects.downloadUrl"))
    expect(told()).toHaveLength(1)
    expect(cloud.buckets.signed.at(-1)).toMatchObject({
      method: "GET",
      bucket: "records",
      key: objectKey(path.patientId, made.summary),
    })
  })

  test("is of the version asked for, also where a newer one was committed", async () => {
    const { recordId } = made.summary
    const second = await addRecord(cloud, made.patient, { recordId, version: 2 })
    for (const descriptor of [made.summary, second])
      expect((await downloading(recordId, account, path, String(descriptor.version))).url).toContain(
        objectKey(path.patientId, descriptor),
      )
    await expect(downloading(recordId, account, path, "3")).rejects.toMatchObject({ code: "not-found" })
  })

  test("of a contribution that waits comes from where it waits", async () => {
    const { descriptor } = await contributing()
    await downloading(descriptor.recordId)
    expect(cloud.buckets.signed.at(-1)).toMatchObject({ bucket: "pending" })
  })

  test("of a contribution that the patient has rejected is refused", async () => {
    const contribution = await contributing()
    const contributionId = contribution.descriptor.recordId
    await rejecting(contribution)
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
    await halt(cloud, made.patient, path)
    await expectRefusal(cloud, () => downloading(recordId), "grant-halted", [
      { action: "download-url", outcome: "grant-halted" },
    ])
  })

  test("that fails at any call before the last signs nothing", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 7; call++) {
        const anew = await newGrant(cloud, made.patient, professional, made.card)
        const of = { ...path, grantId: anew.grantId }
        cloud.calls.failAt(call, when)
        await expect(downloading(made.summary.recordId, account, of)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        expect(cloud.buckets.signed).toEqual([])
      }
  })
})

describe("whoever asks within a grant again and again", () => {
  const minutes = (n: number) => cloud.callIn(n * 60)

  test("is given the same record each time, and the trail tells of it once", async () => {
    const { recordId } = made.summary
    for (let i = 0; i < 30; i++) await downloading(recordId, account, path, "1", minutes(i))
    expect(cloud.buckets.signed).toHaveLength(30)
    expect(told()).toMatchObject([{ action: "download-url", subject: { recordId, version: 1 } }])
  })

  test("is shown the same category each time, whatever page, and the trail tells of it once", async () => {
    for (let i = 0; i < 10; i++) expect((await listing({ page: String(i % 3) })).manifest).toMatch(/^ey/)
    expect(told()).toMatchObject([{ action: "list-records", subject: { category: "summary" } }])
  })

  test("leaves an event of each record, version and category, and of each grant its own", async () => {
    const { recordId } = made.summary
    await addRecord(cloud, made.patient, { recordId, version: 2 })
    const both = await newCard(cloud, made.patient, ["summary", "laboratory"])
    const wide = await newGrant(cloud, made.patient, professional, both, ["summary", "laboratory"])
    const second = { ...path, grantId: wide.grantId }
    for (const _ of [1, 2]) {
      await downloading(recordId)
      await downloading(recordId, account, path, "2")
      await listing()
      await listing({ category: "laboratory" }, account, second)
      await downloading(made.laboratory.recordId, account, second)
      await downloading(recordId, account, second)
    }
    expect(
      told().map(({ subject: { grantId, recordId, version, category } }) => [grantId, recordId, version, category]),
    ).toEqual([
      [path.grantId, recordId, 1, "summary"],
      [path.grantId, recordId, 2, "summary"],
      [path.grantId, undefined, undefined, "summary"],
      [second.grantId, undefined, undefined, "laboratory"],
      [second.grantId, made.laboratory.recordId, 1, "laboratory"],
      [second.grantId, recordId, 1, "summary"],
    ])
  })

  test("at the same moment leaves one event, and is given nothing before it is written", async () => {
    const { recordId } = made.summary
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => downloading(recordId)))
    const given = answers.filter(({ status }) => status === "fulfilled").length
    expect(given).toBeGreaterThan(0)
    expect(told()).toHaveLength(1)
    expect(cloud.buckets.signed).toHaveLength(given)
    for (const answer of answers)
      if (answer.status === "rejected") expect(answer.reason).toMatchObject({ code: "busy" })
  })

  test("for several things at the same moment leaves one event of each, also when it asks again", async () => {
    const records = [made.summary]
    for (let i = 0; i < 3; i++) records.push(await addRecord(cloud, made.patient))
    const each = (seconds: number) =>
      Promise.all(records.map(({ recordId }) => downloading(recordId, account, path, "1", cloud.callIn(seconds))))
    await each(0)
    const named = told().map(({ subject }) => subject.recordId ?? "")
    expect(named.sort()).toEqual(records.map(({ recordId }) => recordId).sort())
    await each(60)
    expect(told()).toHaveLength(records.length)
  })

  test("while another request has begun to tell of it is told that we are busy, until that one must have ended", async () => {
    const { recordId } = made.summary
    cloud.calls.before("audit.append", async () => {
      expect(await refusalOf(downloading(recordId))).toBe("busy")
      const ended = () => Promise.reject(new Error("the function ended here"))
      cloud.calls.before("store.read", ended)
      return ended()
    })
    await expect(downloading(recordId)).rejects.toThrow("ended here")
    expect([told(), cloud.buckets.signed]).toEqual([[], []])
    expect(await refusalOf(downloading(recordId, account, path, "1", cloud.callIn(14)))).toBe("busy")
    await downloading(recordId, account, path, "1", cloud.callIn(16))
    expect(told()).toHaveLength(1)
  })

  test("is told what the one before could not tell of, at once", async () => {
    const { recordId } = made.summary
    cloud.calls.before("audit.append", () => Promise.reject(new Error("the trail is away")))
    await expect(downloading(recordId)).rejects.toThrow("away")
    expect([told(), cloud.buckets.signed]).toEqual([[], []])
    await downloading(recordId)
    expect(told()).toHaveLength(1)
  })

  test("for ever other things is refused in the end, and the trail says so once", async () => {
    const { patientId, grantId } = path
    const at = Math.floor(cloud.now.getTime() / 1000)
    const entries = Array.from({ length: eventsPerGrantHour }, (_, i) => ({ at, of: `download-url#${i}#1` }))
    const subject = `told#${patientId}#${grantId}`
    await cloud.store.write([{ put: { kind: "rate", subject, revision: 1, entries, ttl: at + 3600 } }])
    const { recordId } = made.summary
    await expectRefusal(cloud, () => downloading(recordId), "rate-exceeded", [
      { action: "download-url", outcome: "rate-exceeded" },
    ])
    await expectRefusal(cloud, () => downloading(recordId), "rate-exceeded")
    await expectRefusal(cloud, () => listing(), "rate-exceeded", [{ action: "list-records", outcome: "rate-exceeded" }])
    // What is refused for another reason still shows.
    await expectRefusal(cloud, () => downloading(made.laboratory.recordId), "category-not-granted", [
      { action: "download-url", outcome: "category-not-granted" },
    ])
    expect(cloud.buckets.signed).toEqual([])
  })
})
