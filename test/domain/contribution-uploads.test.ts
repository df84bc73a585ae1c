import { beforeEach, describe, expect, test } from "vitest"
import { objectKey } from "../../contract/items.ts"
import { contributionsPerGrant, maxPendingBytes } from "../../contract/limits.ts"
import { contribute } from "../../functions/domain/contribute.ts"
import {
  abortContributionUpload,
  beginContributionUpload,
  contributionPartUrls,
} from "../../functions/domain/contribution-uploads.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { approveContribution, rejectContribution } from "../../functions/domain/decisions.ts"
import { haltGrant } from "../../functions/domain/grants.ts"
import { beginRecordUpload, commit, recordPartUrls } from "../../functions/domain/records.ts"
import { maxSealedBytes } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { approvalOf, contributionStatement, type DecisionRequest, rejectionOf } from "../kit/contributions.ts"
import { partsOf, type SealedInParts, sealedInParts, sendPart, twentyMebibytes } from "../kit/parts.ts"
import { descriptorOf, newGrant, patientInOrder, put, withdrawConsent } from "../kit/patients.ts"
import { selfMadeProfessional } from "../kit/professional.ts"
import { publicationOf } from "../kit/publications.ts"
import { rootOf, signedBy, type TestPatient } from "../kit/statements.ts"

const [professional, another] = [selfMadeProfessional(), selfMadeProfessional()]
const { account } = professional
let cloud: MemoryCloud
let made: Awaited<ReturnType<typeof patientInOrder>>
let patient: TestPatient
let path: { patientId: string; grantId: string }
let sealed: SealedInParts
let descriptor: Descriptor
beforeEach(async () => {
  cloud = await memoryCloud()
  made = await patientInOrder(cloud)
  patient = made.patient
  const { patientId, grantId } = await newGrant(cloud, patient, professional, made.card)
  path = { patientId, grantId }
  sealed = sealedInParts()
  descriptor = await descriptorOf({ size: sealed.size, sha256: sealed.sha256 })
})

const begin = (changed: Partial<Descriptor> = {}, as = account, of = path, call = cloud.call) => {
  const { recordId, objectId, category, size } = { ...descriptor, ...changed }
  return beginContributionUpload(cloud, as, { ...of, contributionId: recordId, objectId, category, size }, call)
}
const named = () => ({ contributionId: descriptor.recordId, objectId: descriptor.objectId })
const sign = (as = account, of = path, parts = partsOf(sealed)) =>
  contributionPartUrls(cloud, as, { ...of, ...named(), parts }, cloud.call)
const send = async () => {
  for (const upload of (await sign()).uploads) sendPart(cloud, upload)
}
const abort = (as = account, of = path) => abortContributionUpload(cloud, as, { ...of, ...named() }, cloud.call)
const contributing = async (changed: Partial<Descriptor> = {}, by = professional, of = path) => {
  const statement = await contributionStatement(cloud, by, patient, of, { ...descriptor, ...changed })
  const sent = { ...of, contributionId: descriptor.recordId, statement }
  return { statement, send: () => contribute(cloud, by.account, sent, cloud.call) }
}
const halt = async () => {
  const { patientId, grantId } = path
  const statement = await signedBy(patient, cloud, "halt", { grantId })
  await haltGrant(cloud, patientId, { grantId, statement }, cloud.call)
}
const uploads = () => Object.values(cloud.buckets.uploads())
const uploadItems = () => cloud.item("UPLOAD#")
const key = () => objectKey(path.patientId, descriptor)

describe("a contribution that goes up in parts", () => {
  test("is begun and sent into the pending bucket, and put before the patient by the signed statement", async () => {
    expect(await begin()).toEqual({ startedAt: cloud.now.toISOString() })
    await send()
    expect(uploads()).toEqual([{ name: `pending/${key()}`, parts: [1, 2, 3] }])
    expect(cloud.buckets.signed.map(({ bucket }) => bucket)).toEqual(["pending", "pending", "pending"])
    const { send: sending } = await contributing()
    cloud.calls.steps.length = 0
    expect(await sending()).toHaveProperty("event.seq")
    expect(cloud.calls.steps.slice(-6)).toEqual([
      "objects.parts",
      "objects.completeUpload",
      "objects.inspect",
      "audit.append",
      "store.write",
      "provider.sign",
    ])
    expect([uploads(), uploadItems()]).toEqual([[], []])
    expect(cloud.snapshot().objects).toHaveProperty([`pending/${key()}`])
    expect(cloud.item(`CONTRIBUTION#${descriptor.recordId}`)).toMatchObject([{ status: "pending", descriptor }])
  })

  test("goes on with what was sent under a later grant of the same professional", async () => {
    const { startedAt } = await begin()
    await send()
    await halt()
    const later = await newGrant(cloud, patient, professional, made.card)
    path = { patientId: later.patientId, grantId: later.grantId }
    expect(await begin()).toEqual({ startedAt })
    expect(await (await contributing()).send()).toHaveProperty("event")
  })

  test("is nobody else's to go on with, to sign for, to contribute or to end", async () => {
    await begin()
    await send()
    const theirs = await newGrant(cloud, patient, another, made.card)
    const of = { patientId: theirs.patientId, grantId: theirs.grantId }
    await expectRefusal(cloud, () => begin({}, another.account, of), "record-conflict")
    await expectRefusal(cloud, () => sign(another.account, of), "record-not-uploaded")
    await expectRefusal(cloud, (await contributing({}, another, of)).send, "record-conflict")
    expect(await abort(another.account, of)).toEqual({})
    expect(uploads()).toHaveLength(1)
    await expectRefusal(cloud, () => begin({}, another.account), "not-found")
  })

  test("that is given up is destroyed and forgotten; again, or of none, changes nothing", async () => {
    expect(await abort()).toEqual({})
    await begin()
    await send()
    for (const _ of ["once", "twice"]) expect(await abort()).toEqual({})
    expect([uploads(), uploadItems()]).toEqual([[], []])
    await expectRefusal(cloud, (await contributing()).send, "record-not-uploaded")
  })

  test("outside the grant's categories, at another's, or after its halt is refused at each step", async () => {
    await expectRefusal(cloud, () => begin({ category: "sensitive" }), "category-not-granted")
    await begin()
    await send()
    const { send: sending } = await contributing()
    await halt()
    for (const attempt of [() => begin(), () => sign(), () => abort()])
      await expectRefusal(cloud, attempt, "grant-halted")
    await expectRefusal(cloud, sending, "grant-halted", [{ action: "contribute", outcome: "grant-halted" }])
  })

  test("of a category that a later grant doesn't include gets no more URLs", async () => {
    expect(made.card.wrappedCategoryKeys.map(({ category }) => category)).not.toContain("sensitive")
    await begin()
    const [item] = uploadItems()
    if (item?.kind !== "upload") throw new Error("no upload")
    await cloud.store.write([{ put: { ...item, revision: item.revision + 1, category: "sensitive" } }])
    await expectRefusal(cloud, () => sign(), "category-not-granted")
  })

  test("begun at the moment of a halt, or of a withdrawal, leaves nothing in the store", async () => {
    cloud.calls.before("objects.beginUpload", halt)
    expect(await refusalOf(begin())).toBe("grant-halted")
    expect([uploads(), uploadItems()]).toEqual([[], []])
  })

  test("without the patient's consent to store is refused at each step", async () => {
    await begin()
    await withdrawConsent(cloud, patient, "store")
    for (const attempt of [() => begin(), () => sign(), (await contributing()).send])
      await expectRefusal(cloud, attempt, "consent-missing")
  })

  test("under the id of a record or contribution there is, is refused", async () => {
    await begin()
    await send()
    await (await contributing()).send()
    await expectRefusal(cloud, () => begin(), "record-conflict")
    await expectRefusal(cloud, () => begin({ recordId: made.summary.recordId }), "record-conflict")
    await expectRefusal(cloud, () => sign(), "record-not-uploaded")
  })

  test("counts what the same professional began, and keeps no other from adding", async () => {
    const size = maxSealedBytes
    for (const recordId of [newId(), newId()]) await begin({ recordId, size })
    await expectRefusal(cloud, () => begin(), "quota-exceeded")
    const theirs = await newGrant(cloud, patient, another, made.card)
    expect(await begin({}, another.account, theirs)).toHaveProperty("startedAt")
    await beginRecordUpload(
      cloud,
      patient.patientId,
      { recordId: newId(), version: "1", objectId: newId(), category: "imaging", size },
      cloud.call,
    )
    expect(await begin({ recordId: newId() }, another.account, theirs)).toHaveProperty("startedAt")
  })

  test("of more than waits for the patient already, or than a grant may add, is refused", async () => {
    const [usage] = cloud.item("USAGE")
    if (usage?.kind !== "usage") throw new Error("no usage")
    const full = { ...usage, revision: usage.revision + 1, pendingBytes: maxPendingBytes - twentyMebibytes + 1 }
    await cloud.store.write([{ put: full }])
    await expectRefusal(cloud, () => begin(), "quota-exceeded")
    await cloud.store.write([{ put: { ...full, revision: full.revision + 1, pendingBytes: 0 } }])
    const subject = `grant#${path.patientId}#${path.grantId}`
    const entries = Array.from({ length: contributionsPerGrant }, () => ({ at: cloud.now.getTime() / 1000, of: "x" }))
    const [rate] = await cloud.store.read([{ kind: "rate", subject }])
    const revision = (rate?.revision ?? 0) + 1
    await cloud.store.write([{ put: { kind: "rate", subject, revision, entries, ttl: 9_999_999_999 } }])
    await expectRefusal(cloud, () => begin(), "rate-exceeded")
  })

  test("is refused where it isn't what the statement says, and counts once it is", async () => {
    await begin()
    const { send: sending } = await contributing()
    await expectRefusal(cloud, sending, "record-not-uploaded")
    await send()
    await expectRefusal(cloud, (await contributing({ sha256: sealedInParts().sha256 })).send, "upload-differs")
    expect(await sending()).toHaveProperty("event")
  })

  test("that dies at any of its calls is finished by the same statement", async () => {
    await begin()
    await send()
    const { send: sending } = await contributing()
    for (const when of ["asked", "answered"] as const)
      for (let at = 1; at <= 12; at++) {
        cloud.calls.failAt(at, when)
        await sending().catch(() => undefined)
        cloud.calls.mend()
      }
    await sending()
    expect([uploads(), uploadItems()]).toEqual([[], []])
    expect(cloud.item(`CONTRIBUTION#${descriptor.recordId}`)).toMatchObject([{ status: "pending" }])
  })

  test("goes with the account", async () => {
    await begin()
    await send()
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    await deactivate(cloud, path.patientId, { statement }, cloud.call)
    expect([uploads(), uploadItems()]).toEqual([[], []])
  })
})

describe("approving a large contribution", () => {
  const mebibyte = 1024 * 1024
  /** As if everything above 4 MiB were large: five parts of twenty. */
  const partBytes = 4 * mebibyte
  const always = { mayContinue: () => true, partBytes }
  const only = (times: number) => {
    let left = times
    return { mayContinue: () => left-- > 0, partBytes }
  }
  let statement: string
  let decision: DecisionRequest
  let approved: Descriptor
  beforeEach(async () => {
    approved = { ...descriptor, objectId: newId() }
    await begin()
    await send()
    const sent = await contributing()
    statement = sent.statement
    await sent.send()
    decision = await deciding("approved")
  })
  const made = () => ({ contributionId: descriptor.recordId, statement, descriptor })
  const deciding = (decided: "approved" | "rejected") =>
    decided === "approved"
      ? approvalOf(cloud, patient, made(), { descriptor: approved })
      : rejectionOf(cloud, patient, made())
  const approve = (copying = always, sent = decision) =>
    approveContribution(cloud, path.patientId, sent, cloud.call, copying)
  const reject = async () => rejectContribution(cloud, path.patientId, await deciding("rejected"), cloud.call)
  const objects = () =>
    Object.entries(cloud.snapshot().objects).flatMap(([name, { size }]) =>
      name.includes(descriptor.recordId) ? [[name, size]] : [],
    )
  const copyKey = () => objectKey(path.patientId, approved)
  const expectAccepted = () => {
    expect(objects()).toEqual([[`records/${copyKey()}`, twentyMebibytes]])
    expect([uploads(), uploadItems()]).toEqual([[], []])
    expect(cloud.item(`CONTRIBUTION#${descriptor.recordId}`)).toMatchObject([{ status: "approved" }])
    expect(cloud.item(`RECORD#${descriptor.recordId}`)).toHaveLength(1)
  }

  test("copies it in parts, several at once, and makes it a record, after an event", async () => {
    cloud.calls.steps.length = 0
    expect(await approve()).toHaveProperty("event")
    expect(cloud.calls.steps.filter((step) => step.startsWith("objects."))).toEqual([
      "objects.beginUpload",
      "objects.parts",
      ...Array.from({ length: 5 }, () => "objects.copyPart"),
      "objects.parts",
      "objects.completeUpload",
      "objects.removeSome",
    ])
    expectAccepted()
    const events = cloud.trail.eventsOf(path.patientId).filter(({ action }) => action === "approve-contribution")
    expect(events).toMatchObject([{ outcome: "permitted" }])
    expect(await approve()).toEqual({})
    expectAccepted()
  })

  test("up to the size that one call may copy is one call", async () => {
    cloud.calls.steps.length = 0
    await approve({ ...always, partBytes: twentyMebibytes })
    expect(cloud.calls.steps.filter((step) => step.startsWith("objects."))).toEqual([
      "objects.approve",
      "objects.removeSome",
    ])
    expectAccepted()
  })

  test("that takes longer than a request goes on with the next one, and is no event before it is done", async () => {
    const events = cloud.trail.all().length
    expect(await refusalOf(approve(only(2)))).toBe("contribution-copying")
    expect(uploads()).toEqual([{ name: `records/${copyKey()}`, parts: [1, 2] }])
    expect(cloud.trail.all()).toHaveLength(events)
    expect(objects()).toEqual([[`pending/${key()}`, twentyMebibytes]])
    cloud.calls.steps.length = 0
    // By a new statement as well: the first may be too old by then.
    expect(await approve(always, await deciding("approved"))).toHaveProperty("event")
    expect(cloud.calls.steps.filter((step) => step === "objects.copyPart")).toHaveLength(3)
    expectAccepted()
  })

  test("that dies at any of its calls is finished by the same statement", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let at = 1; at <= 22; at++) {
        cloud.calls.failAt(at, when)
        await approve().catch(() => undefined)
        cloud.calls.mend()
      }
    await approve()
    // One was begun and not heard of: nothing is in it, and it is the lifecycle's.
    expect(uploads()).toEqual([{ name: `records/${copyKey()}`, parts: [] }])
    cloud.buckets.expireUploads()
    expectAccepted()
  })

  test("of which nobody heard that the copy was completed makes it anew, over it", async () => {
    cloud.calls.after("objects.completeUpload", () => Promise.reject(new Error("the function died")))
    await expect(approve()).rejects.toThrow("died")
    expect(objects()).toHaveLength(2)
    expect(await approve()).toHaveProperty("event")
    expectAccepted()
  })

  test("twice at the same moment is one record", async () => {
    cloud.calls.before("objects.completeUpload", () => approve())
    for (let i = 0; i < 2; i++) expect(await approve()).toEqual({})
    expectAccepted()
  })

  test("loses against a rejection that came first, and leaves nothing", async () => {
    await refusalOf(approve(only(2)))
    await reject()
    expect(await refusalOf(approve())).toBe("manifest-conflict")
    expect(await refusalOf(approve(always, await deciding("approved")))).toBe("contribution-decided")
    expect([objects(), uploads(), uploadItems()]).toEqual([[], [], []])
  })

  test("meanwhile rejected has no object to copy, and ends its copy", async () => {
    cloud.calls.before("objects.copyPart", reject)
    expect(await refusalOf(approve())).toBe("contribution-decided")
    expect([objects(), uploads(), uploadItems()]).toEqual([[], [], []])
  })

  test("is nothing that the patient's device could send parts of, or commit", async () => {
    await refusalOf(approve(only(1)))
    const place = { recordId: descriptor.recordId, version: "1", objectId: approved.objectId }
    const { category, size } = descriptor
    const { patientId } = path
    await expectRefusal(
      cloud,
      () => beginRecordUpload(cloud, patientId, { ...place, category, size }, cloud.call),
      "record-conflict",
    )
    await expectRefusal(
      cloud,
      () => recordPartUrls(cloud, patientId, { ...place, parts: partsOf(sealed) }, cloud.call),
      "record-not-uploaded",
    )
    const publication = await publicationOf(cloud, patient, { listed: [approved] })
    const request = { recordId: descriptor.recordId, descriptor: approved, publication }
    await expectRefusal(cloud, () => commit(cloud, patientId, request, cloud.call), "record-conflict")
  })

  test("is refused while something of the patient's own goes up to the very place of the copy", async () => {
    const { category, size, recordId, objectId } = approved
    await beginRecordUpload(cloud, path.patientId, { recordId, version: "1", objectId, category, size }, cloud.call)
    for (const copying of [always, { ...always, partBytes: twentyMebibytes }])
      await expectRefusal(cloud, () => approve(copying), "record-conflict")
  })

  test("is kept from its place by nothing that went up under its id elsewhere", async () => {
    const { category, size, recordId, objectId } = descriptor
    put(cloud, "records", path.patientId, descriptor)
    const place = { recordId, version: "1", category, size }
    for (const id of [objectId, newId()])
      await beginRecordUpload(cloud, path.patientId, { ...place, objectId: id }, cloud.call)
    expect(await approve()).toHaveProperty("event")
    expect(cloud.item(`RECORD#${recordId}`)).toMatchObject([{ descriptor: approved }])
    expect(cloud.snapshot().objects).toHaveProperty([`records/${copyKey()}`])
  })

  test("of which the store copied other lengths than it was asked to becomes no record", async () => {
    const odd = {
      ...cloud.objects,
      parts: async (...asked: Parameters<typeof cloud.objects.parts>) =>
        (await cloud.objects.parts(...asked))?.map((part) => ({ ...part, size: part.size - 1 })),
    }
    await expect(
      approveContribution({ ...cloud, objects: odd }, path.patientId, decision, cloud.call, always),
    ).rejects.toThrow("something else")
    expect(objects()).toEqual([[`pending/${key()}`, twentyMebibytes]])
    expect(cloud.item(`RECORD#${descriptor.recordId}`)).toEqual([])
  })

  /** Approves with an object store that does one thing otherwise. */
  const approveWith = (changed: Partial<typeof cloud.objects>, copying = always) =>
    approveContribution(
      { ...cloud, objects: { ...cloud.objects, ...changed } },
      path.patientId,
      decision,
      cloud.call,
      copying,
    )

  test("copies every byte once, the last part as long as what is left", async () => {
    const asked: Parameters<typeof cloud.objects.copyPart>[2][] = []
    const copyPart: typeof cloud.objects.copyPart = (upload, source, part) => {
      asked.push(part)
      return cloud.objects.copyPart(upload, source, part)
    }
    await approveWith({ copyPart }, { ...always, partBytes: 6 * mebibyte })
    expect(asked).toEqual([
      { number: 1, offset: 0, size: 6 * mebibyte },
      { number: 2, offset: 6 * mebibyte, size: 6 * mebibyte },
      { number: 3, offset: 12 * mebibyte, size: 6 * mebibyte },
      { number: 4, offset: 18 * mebibyte, size: 2 * mebibyte },
    ])
    expectAccepted()
  })

  test("of which the store has fewer parts than it was asked for becomes no record", async () => {
    let times = 0
    const parts: typeof cloud.objects.parts = async (...asked) =>
      (await cloud.objects.parts(...asked))?.slice(times++ === 0 ? 0 : 1)
    await expect(approveWith({ parts })).rejects.toThrow("something else")
    expect(cloud.item(`RECORD#${descriptor.recordId}`)).toEqual([])
    const lacksLast: typeof cloud.objects.parts = async (...asked) =>
      (await cloud.objects.parts(...asked))?.slice(0, -1)
    await expect(approveWith({ parts: lacksLast })).rejects.toThrow("something else")
    expect(objects()).toEqual([[`pending/${key()}`, twentyMebibytes]])
  })

  test("whose copy the store destroys on the way, or when it is whole, goes on with the next request", async () => {
    cloud.calls.before("objects.copyPart", async () => cloud.buckets.expireUploads())
    expect(await refusalOf(approve())).toBe("contribution-copying")
    let times = 0
    const parts: typeof cloud.objects.parts = async (...asked) => {
      if (times++ === 1) cloud.buckets.expireUploads()
      return cloud.objects.parts(...asked)
    }
    expect(await refusalOf(approveWith({ parts }))).toBe("contribution-copying")
    expect(objects()).toEqual([[`pending/${key()}`, twentyMebibytes]])
    expect(await approve()).toHaveProperty("event")
    expectAccepted()
  })

  test("goes on in parts of another length by copying anew those that are not as long", async () => {
    expect(await refusalOf(approve(only(2)))).toBe("contribution-copying")
    expect(await approve({ ...always, partBytes: 5 * mebibyte })).toHaveProperty("event")
    expectAccepted()
  })

  test("is not begun where the account changes at this moment, and leaves nothing in the store", async () => {
    cloud.calls.before("objects.beginUpload", async () => {
      const [account] = await cloud.store.read([{ kind: "patient", patientId: path.patientId }])
      if (account === undefined) throw new Error("no patient")
      await cloud.store.write([{ put: { ...account, revision: account.revision + 1 } }])
    })
    expect(await refusalOf(approve())).toBe("busy")
    expect([uploads(), uploadItems()]).toEqual([[], []])
    expect(await approve()).toHaveProperty("event")
    expectAccepted()
  })

  test("hides what somebody put to its very place and never committed", async () => {
    const { recordId, objectId } = approved
    put(cloud, "records", path.patientId, { ...(await descriptorOf()), recordId, objectId })
    await approve()
    expectAccepted()
  })

  test("goes with the account, half copied", async () => {
    await refusalOf(approve(only(2)))
    const wish = await signedBy(rootOf(patient), cloud, "deactivation", {})
    await deactivate(cloud, path.patientId, { statement: wish }, cloud.call)
    expect([objects(), uploads(), uploadItems()]).toEqual([[], [], []])
  })

  test("under an id nobody contributed is refused", async () => {
    const sent = { ...decision, contributionId: newId() }
    await expectRefusal(cloud, () => approveContribution(cloud, path.patientId, sent, cloud.call, always), "not-found")
  })
})
