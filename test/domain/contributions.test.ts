import { beforeEach, describe, expect, test } from "vitest"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import { contributionsPerGrant, maxPendingContributions, maxRecordBytes } from "../../contract/limits.ts"
import {
  approveContribution,
  contribute,
  contributionUploadUrl,
  listContributions,
  rejectContribution,
} from "../../functions/domain/contributions.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { haltGrant } from "../../functions/domain/grants.ts"
import { usageRef } from "../../functions/domain/quotas.ts"
import { countContribution, grantRate } from "../../functions/domain/rates.ts"
import { commit, deleteRecord } from "../../functions/domain/records.ts"
import { listPageLength } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  descriptorOf,
  giveConsent,
  newGrant,
  newPatient,
  patientInOrder,
  put,
  selfMadeProfessional,
  signedBy,
  signedByProfessional,
  someJwe,
  stampAt,
  type TestPatient,
  type TestProfessional,
  withdrawConsent,
} from "../fakes/people.ts"

const [professional, another] = [await selfMadeProfessional(), await selfMadeProfessional()]
const { account } = professional
let cloud: MemoryCloud
let made: Awaited<ReturnType<typeof patientInOrder>>
let patient: TestPatient
let path: { patientId: string; grantId: string }
beforeEach(async () => {
  cloud = await memoryCloud()
  made = await patientInOrder(cloud)
  patient = made.patient
  const { patientId, grantId } = await newGrant(cloud, patient, professional, made.card)
  path = { patientId, grantId }
})

const uploaded = async (given: Partial<Descriptor> = {}) => {
  const descriptor = await descriptorOf(given)
  put(cloud, "pending", path.patientId, descriptor)
  return descriptor
}
const statementOf = (descriptor: Descriptor, claims: object = {}, by: TestProfessional = professional) =>
  signedByProfessional(by, cloud, "contribution", { ...path, descriptor, sealedKey: someJwe, ...claims })
const sending = (contributionId: string, statement: string, as = account, of = path) =>
  contribute(cloud, as, { ...of, contributionId, statement }, cloud.call)
/** A contribution that waits for the patient. */
const contributed = async (given: Partial<Descriptor> = {}) => {
  const descriptor = await uploaded(given)
  const statement = await statementOf(descriptor)
  await sending(descriptor.recordId, statement)
  return { descriptor, statement, contributionId: descriptor.recordId }
}
type Contributed = Awaited<ReturnType<typeof contributed>>
const approving = async ({ contributionId, statement, descriptor }: Contributed, claims: object = {}, by = patient) =>
  signedBy(by, cloud, "decision", {
    contributionId,
    decision: "approved",
    statementHash: await statementHash(statement),
    descriptor: { ...descriptor, epoch: 2 },
    ...claims,
  })
const rejecting = async ({ contributionId, statement }: Contributed, claims: object = {}) =>
  signedBy(patient, cloud, "decision", {
    contributionId,
    decision: "rejected",
    statementHash: await statementHash(statement),
    ...claims,
  })
const approve = ({ contributionId }: Contributed, statement: string, as = patient.patientId) =>
  approveContribution(cloud, as, { contributionId, statement }, cloud.call)
const reject = ({ contributionId }: Contributed, statement: string, as = patient.patientId) =>
  rejectContribution(cloud, as, { contributionId, statement }, cloud.call)
const stateOf = ({ contributionId }: Contributed) => {
  const { main, objects } = cloud.snapshot()
  const key = objectKey(path.patientId, contributionId, 1)
  const stored = main[`PATIENT#${path.patientId} CONTRIBUTION#${contributionId}`]
  return {
    status: stored !== undefined && "status" in stored ? stored.status : undefined,
    record: `PATIENT#${path.patientId} RECORD#${contributionId}` in main,
    objects: (["pending", "records"] as const).filter((bucket) => `${bucket}/${key}` in objects),
  }
}
const approved = { status: "approved", record: true, objects: ["records"] }
const rejected = { status: "rejected", record: false, objects: [] }
const pending = { status: "pending", record: false, objects: ["pending"] }

describe("an upload of a contribution", () => {
  const asking = async (changed: Partial<Descriptor> = {}, as = account, of = path) => {
    const { size, sha256, category, recordId } = await descriptorOf(changed)
    return contributionUploadUrl(cloud, as, { ...of, category, size, sha256, contributionId: recordId }, cloud.call)
  }

  test("is signed into the pending bucket, and nowhere else", async () => {
    const recordId = newId()
    const { size, sha256 } = await descriptorOf({ recordId })
    expect((await asking({ recordId, size, sha256 })).headers).toEqual({
      "content-length": `${size}`,
      "x-amz-checksum-sha256": sha256,
    })
    expect(cloud.buckets.signed).toEqual([
      { method: "PUT", bucket: "pending", key: objectKey(path.patientId, recordId, 1), at: cloud.now },
    ])
  })

  test("under the id of a record or contribution there is, is refused", async () => {
    const { contributionId } = await contributed()
    for (const recordId of [contributionId, made.summary.recordId])
      await expectRefusal(cloud, () => asking({ recordId }), "record-conflict")
  })

  test("in another's grant, outside its categories, after its halt, or with a hash that is none is refused", async () => {
    const other = await patientInOrder(cloud)
    await expectRefusal(cloud, () => asking({}, another.account), "not-found")
    await expectRefusal(cloud, () => asking({}, account, { ...path, patientId: other.patient.patientId }), "not-found")
    await expectRefusal(cloud, () => asking({ category: "sensitive" }), "category-not-granted")
    await expectRefusal(cloud, () => asking({ sha256: `${"A".repeat(42)}B` }), "request-invalid")
    await haltGrant(cloud, path.patientId, path, cloud.call)
    await expectRefusal(cloud, () => asking(), "grant-halted")
  })
})

describe("contributing", () => {
  test("puts it before the patient, after an event", async () => {
    const descriptor = await uploaded()
    const statement = await statementOf(descriptor)
    cloud.calls.steps.length = 0
    const { event } = await sending(descriptor.recordId, statement)
    expect(cloud.trail.all().at(-1)).toMatchObject(event ?? { hash: "of the event" })
    expect(cloud.calls.steps.slice(-3)).toEqual(["objects.inspect", "audit.append", "store.write"])
    const { contributions } = await listContributions(cloud, path.patientId, {}, cloud.call)
    expect(contributions).toMatchObject([
      {
        contributionId: descriptor.recordId,
        grantId: path.grantId,
        status: "pending",
        profession: "physician",
        statement,
      },
    ])
    expect(contributions[0]?.url).toContain(`pending/${objectKey(path.patientId, descriptor.recordId, 1)}`)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "contribute",
      actor: { kind: "hcp", account },
      subject: { contributionId: descriptor.recordId, statementHash: await statementHash(statement) },
    })
  })

  test("twice is as once, also after the patient has decided", async () => {
    const { contributionId, statement, ...rest } = await contributed()
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await sending(contributionId, statement)).toEqual({})
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
    const made = { contributionId, statement, ...rest }
    await reject(made, await rejecting(made))
    expect(await sending(contributionId, statement)).toEqual({})
    expect(stateOf(made)).toEqual(rejected)
  })

  test("another thing under the same id is refused", async () => {
    const { descriptor } = await contributed()
    const other = await statementOf(descriptor)
    await expectRefusal(cloud, () => sending(descriptor.recordId, other), "record-conflict")
    const { recordId } = made.summary
    const statement = await statementOf({ ...descriptor, recordId })
    await expectRefusal(cloud, () => sending(recordId, statement), "record-conflict")
  })

  test("without the object, or with another size or hash, is refused", async () => {
    const missing = await descriptorOf()
    const early = await statementOf(missing)
    await expectRefusal(cloud, () => sending(missing.recordId, early), "record-not-uploaded")
    const descriptor = await uploaded()
    for (const wrong of [{ size: 1 }, { sha256: missing.sha256 }]) {
      const statement = await statementOf({ ...descriptor, ...wrong })
      await expectRefusal(cloud, () => sending(descriptor.recordId, statement), "record-differs")
    }
  })

  test("by a statement about something else is refused", async () => {
    const descriptor = await uploaded()
    const { recordId } = descriptor
    const wrong = [
      await statementOf(descriptor, { patientId: newId() }),
      await statementOf(descriptor, { grantId: newId() }),
      await statementOf({ ...descriptor, recordId: newId() }),
      await statementOf({ ...descriptor, version: 2 }),
      await statementOf(descriptor, { aud: "other.example" }),
      await statementOf(descriptor, { more: 1 }),
      await statementOf(descriptor, {}, another),
      await signedByProfessional(professional, cloud, "emergency-access", path),
    ]
    for (const statement of wrong) await expectRefusal(cloud, () => sending(recordId, statement), "statement-invalid")
    const stale = await statementOf(descriptor, stampAt(new Date(cloud.now.getTime() - 121_000)))
    await expectRefusal(cloud, () => sending(recordId, stale), "statement-stale")
  })

  test("with a statement number that was used is refused, and no event says otherwise", async () => {
    const stamp = stampAt(cloud.now)
    const [one, two] = [await uploaded(), await uploaded()]
    await sending(one.recordId, await statementOf(one, stamp))
    const replayed = await statementOf(two, stamp)
    await expectRefusal(cloud, () => sending(two.recordId, replayed), "statement-replayed")
  })

  test("under a certificate of the same key that nobody certified is refused", async () => {
    const { chain } = await selfMadeProfessional(professional.privateKey)
    const descriptor = await uploaded()
    const statement = await statementOf(descriptor, {}, { ...professional, chain })
    await expectRefusal(cloud, () => sending(descriptor.recordId, statement), "statement-invalid")
  })

  test("to a category that wasn't opened is refused, and that is an event", async () => {
    const descriptor = await uploaded({ category: "sensitive" })
    const statement = await statementOf(descriptor)
    await expectRefusal(cloud, () => sending(descriptor.recordId, statement), "category-not-granted", [
      { action: "contribute", outcome: "category-not-granted" },
    ])
  })

  test("in another's grant, or for another patient, is refused as if there were none", async () => {
    const other = await patientInOrder(cloud)
    const descriptor = await uploaded()
    const statement = await statementOf(descriptor)
    await expectRefusal(cloud, () => sending(descriptor.recordId, statement, another.account), "not-found")
    const elsewhere = { ...path, patientId: other.patient.patientId }
    await expectRefusal(cloud, () => sending(descriptor.recordId, statement, account, elsewhere), "not-found")
  })

  test("after the patient has withdrawn the consent to store is refused, also at this very moment", async () => {
    const descriptor = await uploaded()
    const { recordId, category, size, sha256 } = descriptor
    const statement = await statementOf(descriptor)
    cloud.calls.before("store.write", () => withdrawConsent(cloud, patient, "store"))
    expect(await refusalOf(sending(recordId, statement))).toBe("consent-missing")
    expect(cloud.item(`CONTRIBUTION#${recordId}`)).toEqual([])
    await expectRefusal(cloud, () => sending(recordId, statement), "consent-missing")
    const place = { ...path, category, size, sha256, contributionId: newId() }
    await expectRefusal(cloud, () => contributionUploadUrl(cloud, account, place, cloud.call), "consent-missing")
  })

  test("by another algorithm than the emergency access was signed by is refused", async () => {
    const { grantId } = await newGrant(cloud, patient, { ...professional, alg: "PS256" }, made.card)
    const descriptor = await uploaded()
    const statement = await statementOf(descriptor, { grantId })
    const elsewhere = { ...path, grantId }
    await expectRefusal(cloud, () => sending(descriptor.recordId, statement, account, elsewhere), "statement-invalid")
  })

  test.for(["objects.inspect", "store.write"])(
    "sent twice at once is answered as the first, and there once",
    async (step) => {
      const descriptor = await uploaded()
      const statement = await statementOf(descriptor)
      cloud.calls.before(step, () => sending(descriptor.recordId, statement))
      expect(await sending(descriptor.recordId, statement)).toEqual({})
      expect(cloud.item("USAGE")).toMatchObject([{ pending: 1 }])
    },
  )

  test("sent twice at once, the other between two reads of the first, is answered as the first", async () => {
    const descriptor = await uploaded()
    const statement = await statementOf(descriptor)
    const { store } = cloud
    let reads = 0
    const slow: typeof store = {
      list: (kind, of, options) => store.list(kind, of, options),
      write: (changes) => store.write(changes),
      read: async (refs) => {
        // After the third: the grant, its card, and whether there is such a contribution.
        if (++reads === 4) await sending(descriptor.recordId, statement)
        return store.read(refs)
      },
    }
    const request = { ...path, contributionId: descriptor.recordId, statement }
    expect(await contribute({ ...cloud, store: slow }, account, request, cloud.call)).toEqual({})
    expect(cloud.item("USAGE")).toMatchObject([{ pending: 1 }])
  })

  test("another thing under the same id at this very moment is refused, and the first stays", async () => {
    const descriptor = await uploaded()
    const [first, second] = [await statementOf(descriptor), await statementOf(descriptor)]
    cloud.calls.before("store.write", () => sending(descriptor.recordId, first))
    expect(await refusalOf(sending(descriptor.recordId, second))).toBe("record-conflict")
    expect(cloud.item(`CONTRIBUTION#${descriptor.recordId}`)).toMatchObject([{ statement: first }])
  })

  test("with a statement number that is used at this very moment is refused", async () => {
    const stamp = stampAt(cloud.now)
    const [one, two] = [await uploaded(), await uploaded()]
    const [first, second] = [await statementOf(one, stamp), await statementOf(two, stamp)]
    cloud.calls.before("store.write", () => sending(one.recordId, first))
    expect(await refusalOf(sending(two.recordId, second))).toBe("statement-replayed")
    expect(cloud.item(`CONTRIBUTION#${two.recordId}`)).toEqual([])
  })

  test("while the patient halts the grant is refused", async () => {
    const descriptor = await uploaded()
    const statement = await statementOf(descriptor)
    cloud.calls.before("store.write", () => haltGrant(cloud, path.patientId, path, cloud.call))
    expect(await refusalOf(sending(descriptor.recordId, statement))).toBe("grant-halted")
    expect(cloud.trail.all().at(-1)).toMatchObject({ action: "contribute", outcome: "grant-halted" })
    expect(cloud.item(`CONTRIBUTION#${descriptor.recordId}`)).toEqual([])
    await expectRefusal(cloud, () => sending(descriptor.recordId, statement), "grant-halted", [
      { action: "contribute", outcome: "grant-halted" },
    ])
  })

  test("that fails at any call is mended by contributing again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 7; call++) {
        const descriptor = await uploaded()
        const statement = await statementOf(descriptor)
        cloud.calls.failAt(call, when)
        await expect(sending(descriptor.recordId, statement)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await sending(descriptor.recordId, statement)
        expect(cloud.item(`CONTRIBUTION#${descriptor.recordId}`)).toHaveLength(1)
      }
  })
})

describe("an approved contribution", () => {
  test("is a record, byte for byte, whose key is wrapped as the patient signed", async () => {
    const made = await contributed()
    const before = cloud.snapshot().objects[`pending/${objectKey(path.patientId, made.contributionId, 1)}`]
    cloud.calls.steps.length = 0
    expect(await approve(made, await approving(made))).toEqual({})
    expect(cloud.calls.steps.slice(-4)).toEqual(["objects.approve", "audit.append", "store.write", "objects.remove"])
    expect(stateOf(made)).toEqual(approved)
    expect(cloud.snapshot().objects[`records/${objectKey(path.patientId, made.contributionId, 1)}`]).toEqual(before)
    expect(cloud.item(`RECORD#${made.contributionId}`)).toMatchObject([
      { descriptor: { ...made.descriptor, epoch: 2 } },
    ])
    const { contributions } = await listContributions(cloud, path.patientId, {}, cloud.call)
    expect(contributions).toMatchObject([{ status: "approved" }])
    expect(contributions[0]).not.toHaveProperty("url")
  })

  test("is an event that names what was decided by which statement", async () => {
    const made = await contributed()
    const { contributionId } = made
    const yes = await approving(made)
    await approve(made, yes)
    const subject = { contributionId, category: made.descriptor.category, statementHash: await statementHash(yes) }
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "approve-contribution",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject,
    })
    expect(cloud.item(`CONTRIBUTION#${contributionId}`)).toMatchObject([
      { revision: 2, decision: yes, decidedAt: cloud.now.toISOString() },
    ])
  })

  test("is not rejected by the statement that approved it", async () => {
    const made = await contributed()
    const decision = await approving(made)
    await approve(made, decision)
    await expectRefusal(cloud, () => reject(made, decision), "contribution-decided")
    expect(stateOf(made)).toEqual(approved)
  })

  test("approved twice is as once", async () => {
    const made = await contributed()
    const decision = await approving(made)
    await approve(made, decision)
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await approve(made, decision)).toEqual({})
    expect([cloud.snapshot().main, cloud.snapshot().objects, cloud.trail.all()]).toEqual([
      once.main,
      once.objects,
      events,
    ])
  })

  test("can't be decided by another statement", async () => {
    const made = await contributed()
    await approve(made, await approving(made))
    const [again, other] = [await approving(made), await rejecting(made)]
    await expectRefusal(cloud, () => approve(made, again), "contribution-decided")
    await expectRefusal(cloud, () => reject(made, other), "contribution-decided")
  })

  test("that fails at any call is whole or waits, and is mended by approving again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 6; call++) {
        const made = await contributed()
        const decision = await approving(made)
        cloud.calls.failAt(call, when)
        await expect(approve(made, decision)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        const { record, objects } = stateOf(made)
        // Never a record without its object.
        if (record) expect(objects).toContain("records")
        else expect(objects).toContain("pending")
        await approve(made, decision)
        expect(stateOf(made)).toEqual(approved)
      }
  })
})

describe("a rejected contribution", () => {
  test("is destroyed, and what was signed stays", async () => {
    const made = await contributed()
    const decision = await rejecting(made)
    cloud.calls.steps.length = 0
    expect(await reject(made, decision)).toEqual({})
    expect(cloud.calls.steps.slice(-5)).toEqual([
      "audit.append",
      "store.write",
      "objects.remove",
      "store.read",
      "objects.remove",
    ])
    expect(stateOf(made)).toEqual(rejected)
    expect(cloud.item(`CONTRIBUTION#${made.contributionId}`)).toMatchObject([{ statement: made.statement, decision }])
  })

  test("is an event that names what was decided by which statement", async () => {
    const made = await contributed()
    const no = await rejecting(made)
    await reject(made, no)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "reject-contribution",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: { contributionId: made.contributionId, statementHash: await statementHash(no) },
    })
  })

  test("rejected twice is as once, and can't be approved any more", async () => {
    const made = await contributed()
    const decision = await rejecting(made)
    await reject(made, decision)
    expect(await reject(made, decision)).toEqual({})
    const other = await approving(made)
    await expectRefusal(cloud, () => approve(made, other), "contribution-decided")
    expect(stateOf(made)).toEqual(rejected)
  })

  test("that fails at any call is mended by rejecting again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 6; call++) {
        const made = await contributed()
        const decision = await rejecting(made)
        cloud.calls.failAt(call, when)
        await expect(reject(made, decision)).rejects.toThrow(/failed|lost/)
        cloud.calls.mend()
        await reject(made, decision)
        expect(stateOf(made)).toEqual(rejected)
      }
  })

  test("is destroyed together with the copy of an approval that broke off", async () => {
    const made = await contributed()
    const yes = await approving(made)
    cloud.calls.failAt(5, "asked")
    await expect(approve(made, yes)).rejects.toThrow("store.write failed")
    cloud.calls.mend()
    expect(stateOf(made)).toEqual({ ...pending, objects: ["pending", "records"] })
    await reject(made, await rejecting(made))
    expect(stateOf(made)).toEqual(rejected)
  })
})

describe("a decision", () => {
  test("about another contribution, statement, patient, cloud or category is refused", async () => {
    const made = await contributed()
    const second = await contributed()
    const wrong = [
      await approving(second),
      await approving(made, { contributionId: second.contributionId }),
      await approving(made, { statementHash: await statementHash(second.statement) }),
      await approving(made, { patientId: newId() }),
      await approving(made, { aud: "other.example" }),
      await approving(made, { more: 1 }),
      await approving(made, { decision: "postponed" }),
      ...(await Promise.all(
        [
          { category: "sensitive" as const },
          { size: 1 },
          { sha256: "A".repeat(43) },
          { version: 2 },
          { recordId: newId() },
          { metadata: "e30.a2V5.aXY.dGV4dA.dGFo" },
        ].map((changed) => approving(made, { descriptor: { ...made.descriptor, ...changed } })),
      )),
      await approving(made, {}, { ...patient, keys: (await newPatient(cloud)).keys }),
      await rejecting(made),
    ]
    for (const statement of wrong) await expectRefusal(cloud, () => approve(made, statement), "statement-invalid")
    const opposite = await approving(made)
    await expectRefusal(cloud, () => reject(made, opposite), "statement-invalid")
    const stale = await approving(made, stampAt(new Date(cloud.now.getTime() - 121_000)))
    await expectRefusal(cloud, () => approve(made, stale), "statement-stale")
    expect(stateOf(made)).toEqual(pending)
  })

  test("on another patient's contribution, or one there isn't, is refused alike", async () => {
    const made = await contributed()
    const other = await newPatient(cloud)
    const theirs = await approving(made, { patientId: other.patientId }, other)
    await expectRefusal(cloud, () => approve(made, theirs, other.patientId), "not-found")
    await expectRefusal(cloud, () => reject(made, theirs, other.patientId), "not-found")
    await expectRefusal(cloud, () => approve({ ...made, contributionId: newId() }, theirs), "not-found")
  })

  test("with a statement number that was used is refused, and no event says otherwise", async () => {
    const stamp = stampAt(cloud.now)
    const [one, two] = [await contributed(), await contributed()]
    await approve(one, await approving(one, stamp))
    const [yes, no] = [await approving(two, stamp), await rejecting(two, stamp)]
    await expectRefusal(cloud, () => approve(two, yes), "statement-replayed")
    await expectRefusal(cloud, () => reject(two, no), "statement-replayed")
  })

  test("to approve what isn't in the store any more is refused", async () => {
    const made = await contributed()
    await cloud.objects.remove("pending", objectKey(path.patientId, made.contributionId, 1))
    const decision = await approving(made)
    await expectRefusal(cloud, () => approve(made, decision), "record-not-uploaded")
  })

  test("to approve never hides the object of a record that has the same id", async () => {
    const made = await contributed()
    const own = await descriptorOf({ recordId: made.contributionId })
    put(cloud, "records", path.patientId, own)
    await commit(cloud, path.patientId, { recordId: own.recordId, descriptor: own }, cloud.call)
    const decision = await approving(made)
    await expectRefusal(cloud, () => approve(made, decision), "record-conflict")
    expect(await reject(made, await rejecting(made))).toEqual({})
  })
})

describe("of two decisions at once", () => {
  const steps = ["objects.approve", "audit.append", "store.write"]

  test.for(["approved", "rejected"] as const)(
    "%s twice at once, the other after the first has read, is answered as the first",
    async (decision) => {
      const made = await contributed()
      const statement = await (decision === "approved" ? approving : rejecting)(made)
      const deciding = () => (decision === "approved" ? approve : reject)(made, statement)
      cloud.calls.after("store.read", deciding)
      expect(await deciding()).toEqual({})
      expect(stateOf(made)).toEqual(decision === "approved" ? approved : rejected)
    },
  )

  test.for(steps)("the same approval, the other before the first's %s, is answered as the first", async (step) => {
    const made = await contributed()
    const decision = await approving(made)
    cloud.calls.before(step, () => approve(made, decision))
    expect(await approve(made, decision)).toEqual({})
    expect(stateOf(made)).toEqual(approved)
  })

  test("the same rejection is answered as the first", async () => {
    const made = await contributed()
    const decision = await rejecting(made)
    cloud.calls.before("store.write", () => reject(made, decision))
    expect(await reject(made, decision)).toEqual({})
    expect(stateOf(made)).toEqual(rejected)
  })

  test("an approval counts for nothing where the consent to store is withdrawn meanwhile; a rejection does", async () => {
    const made = await contributed()
    const decision = await approving(made)
    cloud.calls.before("store.write", () => withdrawConsent(cloud, patient, "store"))
    expect(await refusalOf(approve(made, decision))).toBe("busy")
    expect(stateOf(made)).toMatchObject({ status: "pending", record: false })
    await expectRefusal(cloud, () => approve(made, decision), "consent-missing")
    await giveConsent(cloud, patient, "store")
    await approve(made, decision)
    expect(stateOf(made)).toEqual(approved)
    const another = await contributed()
    await withdrawConsent(cloud, patient, "store")
    await reject(another, await rejecting(another))
    expect(stateOf(another)).toEqual(rejected)
  })

  test.for(steps)("a rejection that comes before the approval's %s wins, and leaves no object", async (step) => {
    const made = await contributed()
    const [yes, no] = [await approving(made), await rejecting(made)]
    cloud.calls.before(step, () => reject(made, no))
    expect(await refusalOf(approve(made, yes))).toBe("contribution-decided")
    expect(stateOf(made)).toEqual(rejected)
  })

  test.for(["audit.append", "store.write"])("an approval that comes before the rejection's %s wins", async (step) => {
    const made = await contributed()
    const [yes, no] = [await approving(made), await rejecting(made)]
    cloud.calls.before(step, () => approve(made, yes))
    expect(await refusalOf(reject(made, no))).toBe("contribution-decided")
    expect(stateOf(made)).toEqual(approved)
  })

  test.for(steps)(
    "of two approvals the one that comes before the other's %s wins, and keeps its object",
    async (step) => {
      const made = await contributed()
      const [one, two] = [await approving(made), await approving(made)]
      cloud.calls.before(step, () => approve(made, two))
      expect(await refusalOf(approve(made, one))).toBe("contribution-decided")
      expect(stateOf(made)).toEqual(approved)
    },
  )

  test("of an approval that comes too late nothing stays, though its copy lands when all is decided", async () => {
    const made = await contributed()
    const [yes, no] = [await approving(made), await rejecting(made)]
    const late: typeof cloud.objects = {
      ...cloud.buckets.objects,
      approve: async (key) => {
        await reject(made, no)
        cloud.buckets.upload("records", key, made.descriptor)
        return "copied"
      },
    }
    const { contributionId } = made
    const overtaken = approveContribution(
      { ...cloud, objects: late },
      patient.patientId,
      { contributionId, statement: yes },
      cloud.call,
    )
    expect(await refusalOf(overtaken)).toBe("contribution-decided")
    expect(stateOf(made)).toEqual(rejected)
  })

  test("of two approvals of what is deleted meanwhile nothing stays", async () => {
    const made = await contributed()
    const [one, two] = [await approving(made), await approving(made)]
    const { contributionId } = made
    cloud.calls.after("objects.approve", async () => {
      await approve(made, two)
      await deleteRecord(cloud, path.patientId, { recordId: contributionId }, cloud.call)
      // As one that was under way already.
      cloud.buckets.upload("records", objectKey(path.patientId, contributionId, 1), made.descriptor)
    })
    expect(await refusalOf(approve(made, one))).toBe("contribution-decided")
    expect(stateOf(made)).toEqual({ status: "approved", record: false, objects: [] })
  })

  test("whichever uses the number of a statement that is used meanwhile counts for nothing", async () => {
    for (const [deciding, by] of [
      [approving, approve],
      [rejecting, reject],
    ] as const) {
      const stamp = stampAt(cloud.now)
      const [one, two] = [await contributed(), await contributed()]
      const [first, second] = [await rejecting(one, stamp), await deciding(two, stamp)]
      cloud.calls.before("store.write", () => reject(one, first))
      expect(await refusalOf(by(two, second))).toBe("statement-replayed")
      expect(stateOf(two)).toMatchObject({ status: "pending", record: false })
    }
  })

  test("neither counts in an account that is deactivated meanwhile", async () => {
    const made = await contributed()
    const yes = await approving(made)
    const statement = await signedBy(patient, cloud, "deactivation", {})
    cloud.calls.before("store.write", () => deactivate(cloud, path.patientId, { statement }, cloud.call))
    expect(await refusalOf(approve(made, yes))).toBe("contribution-decided")
    expect(cloud.snapshot().objects).toEqual({})
    expect(cloud.item("RECORD#")).toEqual([])
  })
})

describe("what contributions take up", () => {
  const usage = () => cloud.item("USAGE")[0]
  /** As much use would have left it. */
  const has = async (amounts: Partial<ItemOf<"usage">>) => {
    const [now] = await cloud.store.read([usageRef(path.patientId)])
    if (now === undefined) throw new Error("there is no usage")
    await cloud.store.write([{ put: { ...now, ...amounts, revision: now.revision + 1 } }])
  }
  const asking = async () => {
    const { size, sha256, category, recordId } = await descriptorOf()
    return contributionUploadUrl(
      cloud,
      account,
      { ...path, category, size, sha256, contributionId: recordId },
      cloud.call,
    )
  }

  test("is counted while they wait, and given back by either decision", async () => {
    const before = usage()
    const [one, two] = [await contributed({ size: 500 }), await contributed({ size: 70 })]
    expect(usage()).toMatchObject({ pending: 2, pendingBytes: 570 })
    await approve(one, await approving(one))
    expect(usage()).toMatchObject({ pending: 1, pendingBytes: 70, records: 3, versions: 3, bytes: 2500 })
    await reject(two, await rejecting(two))
    expect(usage()).toMatchObject({ pending: 0, pendingBytes: 0, records: 3, versions: 3, bytes: 2500 })
    expect(before).toMatchObject({ pending: 0, pendingBytes: 0, records: 2, versions: 2, bytes: 2000 })
  })

  test("above what may wait is refused before anything is signed or is an event", async () => {
    const descriptor = await uploaded()
    const statement = await statementOf(descriptor)
    await has({ pending: maxPendingContributions })
    await expectRefusal(cloud, asking, "quota-exceeded")
    await expectRefusal(cloud, () => sending(descriptor.recordId, statement), "quota-exceeded")
    await has({ pending: maxPendingContributions - 1 })
    await asking()
    await sending(descriptor.recordId, statement)
  })

  test("above what a grant may make is refused before anything is signed or is an event", async () => {
    const descriptor = await uploaded()
    const statement = await statementOf(descriptor)
    for (let i = 0; i < contributionsPerGrant; i++) {
      const [rate] = await cloud.store.read([grantRate(path.patientId, path.grantId)])
      await cloud.store.write([countContribution(path, newId(), rate, cloud.now)])
    }
    await expectRefusal(cloud, asking, "rate-exceeded")
    await expectRefusal(cloud, () => sending(descriptor.recordId, statement), "rate-exceeded")
  })

  test("above what the patient may have is not approved, and waits", async () => {
    const made = await contributed()
    const decision = await approving(made)
    await has({ bytes: maxRecordBytes })
    await expectRefusal(cloud, () => approve(made, decision), "quota-exceeded")
    expect(stateOf(made)).toEqual(pending)
  })

  test("is counted whole where two are sent at one moment", async () => {
    const [one, two] = [await uploaded(), await uploaded()]
    const [first, second] = [await statementOf(one), await statementOf(two)]
    cloud.calls.before("store.write", () => sending(one.recordId, first))
    expect(await sending(two.recordId, second)).toHaveProperty("event")
    expect(usage()).toMatchObject({ pending: 2 })
    const [rate] = await cloud.store.read([grantRate(path.patientId, path.grantId)])
    expect(rate?.entries).toHaveLength(2)
    expect(cloud.item("CONTRIBUTION#")).toHaveLength(2)
  })

  test("that changes under every attempt ends in busy", async () => {
    const descriptor = await uploaded()
    const statement = await statementOf(descriptor)
    let attempts = 0
    const store: typeof cloud.store = {
      ...cloud.store,
      read: cloud.store.read,
      // The last change is what the patient has, the one before it what the grant has made.
      write: async (changes) => {
        attempts++
        return { outcome: "conflict", at: [changes.length - 2] }
      },
    }
    const request = { ...path, contributionId: descriptor.recordId, statement }
    expect(await refusalOf(contribute({ ...cloud, store }, account, request, cloud.call))).toBe("busy")
    expect(attempts).toBe(contributionsPerGrant)
  })

  test("is listed page after page", async () => {
    await contributed()
    const [stored] = await cloud.store.list("contribution", path.patientId, {}).then(({ items }) => items)
    if (stored === undefined) throw new Error("there is no contribution")
    for (let i = 0; i < listPageLength; i++)
      await cloud.store.write([{ put: { ...stored, contributionId: newId(), revision: 1 } }])
    const listing = (after?: string) => listContributions(cloud, path.patientId, { after }, cloud.call)
    const first = await listing()
    const rest = await listing(first.next)
    expect([first.contributions.length, rest.contributions.length, rest.next]).toEqual([listPageLength, 1, undefined])
    const ids = [...first.contributions, ...rest.contributions].map(({ contributionId }) => contributionId)
    expect(new Set(ids).size).toBe(listPageLength + 1)
  })
})
