import { beforeEach, describe, expect, test } from "vitest"
import { type ItemOf, objectKey } from "../../contract/items.ts"
import { contributionsPerGrant, maxPendingContributions } from "../../contract/limits.ts"
import { contribute } from "../../functions/domain/contribute.ts"
import { contributionUploadUrl } from "../../functions/domain/contribution-uploads.ts"
import { listContributions, rejectContribution } from "../../functions/domain/decisions.ts"
import { haltGrant } from "../../functions/domain/grants.ts"
import { usageRef } from "../../functions/domain/quotas.ts"
import { countContribution, grantRate } from "../../functions/domain/rates.ts"
import { listPageLength } from "../../protocol/primitives.ts"
import { verifyReceipt } from "../../protocol/receipt.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import { contributionStatement, rejectionOf } from "../kit/contributions.ts"
import { descriptorOf, newGrant, patientInOrder, put, withdrawConsent } from "../kit/patients.ts"
import { type Professional, selfMadeProfessional } from "../kit/professional.ts"
import { signedBy, signedByProfessional, stampAt, type TestPatient } from "../kit/statements.ts"

const [professional, another] = [selfMadeProfessional(), selfMadeProfessional()]
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
const statementOf = (descriptor: Descriptor, claims: object = {}, by: Professional = professional) =>
  contributionStatement(cloud, by, patient, path, descriptor, claims)
const sending = (contributionId: string, statement: string, as = account, of = path) =>
  contribute(cloud, as, { ...of, contributionId, statement }, cloud.call)
/** A contribution that waits for the patient. */
const contributed = async (given: Partial<Descriptor> = {}) => {
  const descriptor = await uploaded(given)
  const statement = await statementOf(descriptor)
  const { event } = await sending(descriptor.recordId, statement)
  return { descriptor, statement, contributionId: descriptor.recordId, event }
}
const halt = async () => {
  const { patientId, grantId } = path
  const statement = await signedBy(patient, cloud, "halt", { grantId })
  await haltGrant(cloud, patientId, { grantId, statement }, cloud.call)
}

describe("an upload of a contribution", () => {
  const asking = async (changed: Partial<Descriptor> = {}, as = account, of = path) => {
    const { size, sha256, category, recordId, objectId } = await descriptorOf(changed)
    const place = { ...of, contributionId: recordId, objectId }
    return contributionUploadUrl(cloud, as, { ...place, category, size, sha256 }, cloud.call)
  }

  test("is signed into the pending bucket, and nowhere else", async () => {
    const descriptor = await descriptorOf()
    const { size, sha256 } = descriptor
    expect((await asking(descriptor)).headers).toEqual({
      "content-length": `${size}`,
      "x-amz-checksum-sha256": sha256,
    })
    expect(cloud.buckets.signed).toEqual([
      { method: "PUT", bucket: "pending", key: objectKey(path.patientId, descriptor), at: cloud.now },
    ])
  })

  test("under the id of a record or contribution there is, is refused", async () => {
    const { contributionId } = await contributed()
    for (const recordId of [contributionId, made.summary.recordId])
      await expectRefusal(cloud, () => asking({ recordId }), "record-conflict")
  })

  test("in another's grant, outside its categories, or after its halt is refused", async () => {
    const other = await patientInOrder(cloud)
    await expectRefusal(cloud, () => asking({}, another.account), "not-found")
    await expectRefusal(cloud, () => asking({}, account, { ...path, patientId: other.patient.patientId }), "not-found")
    await expectRefusal(cloud, () => asking({ category: "sensitive" }), "category-not-granted")
    await halt()
    await expectRefusal(cloud, () => asking(), "grant-halted")
  })
})

describe("contributing", () => {
  const verified = async (receipt: string, statement: string, event: { seq: number; hash: string }) =>
    verifyReceipt(receipt, { provider: cloud.providerKeys, statement, event })

  test("puts it before the patient, after an event", async () => {
    const descriptor = await uploaded()
    const statement = await statementOf(descriptor)
    cloud.calls.steps.length = 0
    const { event, receipt } = await sending(descriptor.recordId, statement)
    expect(cloud.trail.all().at(-1)).toMatchObject({ ...event })
    expect(cloud.calls.steps.slice(-4)).toEqual(["objects.inspect", "audit.append", "store.write", "provider.sign"])
    await verified(receipt, statement, event)
    expect(cloud.item(`CONTRIBUTION#${descriptor.recordId}`)).toMatchObject([{ event }])
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
    expect(contributions[0]?.url).toContain(`pending/${objectKey(path.patientId, descriptor)}`)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "contribute",
      actor: { kind: "hcp", account },
      subject: { contributionId: descriptor.recordId, statementHash: await statementHash(statement) },
    })
  })

  test("twice is as once, with the same event and a receipt signed again, also after the patient has decided", async () => {
    const made = await contributed()
    const { contributionId, statement, event } = made
    const [once, events] = [cloud.snapshot(), cloud.trail.all()]
    const again = await contribute(cloud, account, { ...path, contributionId, statement }, cloud.callIn(60))
    expect(again.event).toEqual(event)
    await verified(again.receipt, statement, event)
    expect([cloud.snapshot(), cloud.trail.all()]).toEqual([once, events])
    const decision = await rejectionOf(cloud, patient, made)
    await rejectContribution(cloud, patient.patientId, decision, cloud.call)
    expect((await sending(contributionId, statement)).event).toEqual(event)
    expect(cloud.item(`CONTRIBUTION#${contributionId}`)).toMatchObject([{ status: "rejected" }])
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
      await expectRefusal(cloud, () => sending(descriptor.recordId, statement), "upload-differs")
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
      await statementOf({ ...descriptor, replaces: newKey() }),
      await statementOf(descriptor, { fingerprint: newKey() }),
      await statementOf(descriptor, { fingerprint: (await patientInOrder(cloud)).patient.fingerprint }),
      await statementOf(descriptor, { account: 2 }),
      await statementOf(descriptor, { aud: "other.example" }),
      await statementOf(descriptor, { more: 1 }),
      await statementOf(descriptor, {}, another),
      await signedByProfessional(professional, cloud, "emergency-access", path),
    ]
    for (const statement of wrong) await expectRefusal(cloud, () => sending(recordId, statement), "statement-invalid")
    const stale = await statementOf(descriptor, stampAt(new Date(cloud.now.getTime() - 121_000)))
    await expectRefusal(cloud, () => sending(recordId, stale), "statement-stale")
  })

  test("sealed to an earlier account key is taken; to one that there isn't yet, it is not", async () => {
    const [stored] = await cloud.store.read([{ kind: "patient", patientId: path.patientId }])
    if (stored?.accountKey === undefined) throw new Error("no account key")
    const accountKey = { ...stored.accountKey, number: 3 }
    await cloud.store.write([{ put: { ...stored, revision: stored.revision + 1, accountKey } }])
    for (const number of [1, 3]) {
      const descriptor = await uploaded()
      const statement = await statementOf(descriptor, { account: number })
      expect(await sending(descriptor.recordId, statement)).toHaveProperty("event")
    }
    const descriptor = await uploaded()
    const early = await statementOf(descriptor, { account: 4 })
    await expectRefusal(cloud, () => sending(descriptor.recordId, early), "statement-invalid")
  })

  test("with a statement number that was used is refused, and no event says otherwise", async () => {
    const stamp = stampAt(cloud.now)
    const [one, two] = [await uploaded(), await uploaded()]
    await sending(one.recordId, await statementOf(one, stamp))
    const replayed = await statementOf(two, stamp)
    await expectRefusal(cloud, () => sending(two.recordId, replayed), "statement-replayed")
  })

  test("under a certificate of the same key that nobody certified is refused", async () => {
    const { chain } = selfMadeProfessional(professional.keys)
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
    const place = { ...path, category, size, sha256, contributionId: newId(), objectId: newId() }
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
      expect(await sending(descriptor.recordId, statement)).toHaveProperty("receipt")
      expect(cloud.item(`CONTRIBUTION#${descriptor.recordId}`)).toHaveLength(1)
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
    expect(await contribute({ ...cloud, store: slow }, account, request, cloud.call)).toHaveProperty("event")
    expect(cloud.trail.all().filter(({ action }) => action === "contribute")).toHaveLength(1)
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
    cloud.calls.before("store.write", halt)
    expect(await refusalOf(sending(descriptor.recordId, statement))).toBe("grant-halted")
    expect(cloud.trail.all().at(-1)).toMatchObject({ action: "contribute", outcome: "grant-halted" })
    expect(cloud.item(`CONTRIBUTION#${descriptor.recordId}`)).toEqual([])
    await expectRefusal(cloud, () => sending(descriptor.recordId, statement), "grant-halted", [
      { action: "contribute", outcome: "grant-halted" },
    ])
  })

  test("that fails at any call is mended by contributing again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 8; call++) {
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

describe("what contributions take up", () => {
  const usage = () => cloud.item("USAGE")[0]
  /** As much use would have left it. */
  const has = async (amounts: Partial<ItemOf<"usage">>) => {
    const [now] = await cloud.store.read([usageRef(path.patientId)])
    if (now === undefined) throw new Error("there is no usage")
    await cloud.store.write([{ put: { ...now, ...amounts, revision: now.revision + 1 } }])
  }
  const asking = async () => {
    const { size, sha256, category, recordId, objectId } = await descriptorOf()
    const place = { ...path, contributionId: recordId, objectId }
    return contributionUploadUrl(cloud, account, { ...place, category, size, sha256 }, cloud.call)
  }

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
