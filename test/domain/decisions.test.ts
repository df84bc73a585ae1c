import { beforeEach, describe, expect, test } from "vitest"
import { type ItemOf, objectKey, objectPrefix } from "../../contract/items.ts"
import { maxRecordBytes } from "../../contract/limits.ts"
import { revokeConsent } from "../../functions/domain/consents.ts"
import { contribute } from "../../functions/domain/contribute.ts"
import { deactivate } from "../../functions/domain/deactivation.ts"
import { approveContribution, listContributions, rejectContribution } from "../../functions/domain/decisions.ts"
import { deleteRecord } from "../../functions/domain/deletion.ts"
import { getDecided, getManifest, publishManifest } from "../../functions/domain/manifest.ts"
import { usageRef } from "../../functions/domain/quotas.ts"
import { commit } from "../../functions/domain/records.ts"
import { claimsOf } from "../../functions/domain/statements.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId, newKey } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, refusalOf } from "../fakes/cloud.ts"
import {
  approvalOf,
  type Contributed,
  contributionStatement,
  type DecisionRequest,
  rejectionOf,
} from "../kit/contributions.ts"
import {
  consentRequest,
  descriptorOf,
  giveConsent,
  newGrant,
  newPatient,
  patientInOrder,
  publish,
  put,
  type TestCard,
  withdrawConsent,
} from "../kit/patients.ts"
import { placed } from "../kit/placed.ts"
import { selfMadeProfessional } from "../kit/professional.ts"
import { publicationOf } from "../kit/publications.ts"
import { rootOf, signedBy, stampAt, type TestPatient } from "../kit/statements.ts"

const professional = selfMadeProfessional()
let cloud: MemoryCloud
let patient: TestPatient
let card: TestCard
let path: { patientId: string; grantId: string }
beforeEach(async () => {
  cloud = await memoryCloud()
  ;({ patient, card } = await patientInOrder(cloud))
  await accessed()
})
/** A grant anew, which may make contributions of its own. */
const accessed = async () => {
  const { patientId, grantId } = await newGrant(cloud, patient, professional, card)
  path = { patientId, grantId }
}

/** A contribution that waits for the patient. */
const contributed = async (given: Partial<Descriptor> = {}): Promise<Contributed> => {
  const descriptor = await descriptorOf(given)
  const contributionId = descriptor.recordId
  put(cloud, "pending", path.patientId, descriptor)
  const statement = await contributionStatement(cloud, professional, patient, path, descriptor)
  await contribute(cloud, professional.account, { ...path, contributionId, statement }, cloud.call)
  return { descriptor, statement, contributionId }
}
const approving = (made: Contributed, ...rest: [claims?: object, change?: Parameters<typeof approvalOf>[4]]) =>
  approvalOf(cloud, patient, made, ...rest)
const rejecting = (made: Contributed, ...rest: [claims?: object, change?: Parameters<typeof rejectionOf>[4]]) =>
  rejectionOf(cloud, patient, made, ...rest)
const approve = (request: DecisionRequest, as = patient.patientId) =>
  approveContribution(cloud, as, request, cloud.call)
const reject = (request: DecisionRequest, as = patient.patientId) => rejectContribution(cloud, as, request, cloud.call)
const key = ({ descriptor }: Pick<Contributed, "descriptor">) => objectKey(path.patientId, descriptor)
const prefix = ({ contributionId }: Contributed) => objectPrefix(path.patientId, contributionId)
const stateOf = (made: Contributed) => {
  const { main, objects } = cloud.snapshot()
  const stored = main[`PATIENT#${path.patientId} CONTRIBUTION#${made.contributionId}`]
  return {
    status: stored !== undefined && "status" in stored ? stored.status : undefined,
    record: `PATIENT#${path.patientId} RECORD#${made.contributionId}` in main,
    objects: (["pending", "records"] as const).filter((bucket) =>
      Object.keys(objects).some((name) => name.startsWith(`${bucket}/${prefix(made)}`)),
    ),
  }
}
const pageOf = async () => {
  const [page] = await cloud.store.read([
    { kind: "manifest-page", patientId: path.patientId, category: "summary", page: 0 },
  ])
  return page?.descriptors ?? []
}
const decidedIds = async () => (await getDecided(cloud, path.patientId)).decided.flat()
/** Refused as decided: nothing changes but that what was removed is removed once more. */
const expectDecided = async (attempt: () => Promise<unknown>) => {
  const [{ main, objects }, events] = [cloud.snapshot(), cloud.trail.all()]
  expect(await refusalOf(attempt())).toBe("contribution-decided")
  expect([cloud.snapshot().main, cloud.snapshot().objects, cloud.trail.all()]).toEqual([main, objects, events])
}
const approved = { status: "approved", record: true, objects: ["records"] }
const rejected = { status: "rejected", record: false, objects: [] }
const pending = { status: "pending", record: false, objects: ["pending"] }

describe("an approved contribution", () => {
  test("is a record that the manifest lists, byte for byte, and is among the decided", async () => {
    const made = await contributed()
    const before = cloud.snapshot().objects[`pending/${key(made)}`]
    const newest = { ...made.descriptor, objectId: newId(), epoch: 2, wrappedKey: `${"B".repeat(53)}A` }
    const request = await approving(made, { descriptor: newest })
    cloud.calls.steps.length = 0
    expect(await approve(request)).toHaveProperty("event")
    const written = cloud.calls.steps.indexOf("store.write")
    expect(cloud.calls.steps.slice(written - 2, written + 1)).toEqual([
      "objects.approve",
      "audit.append",
      "store.write",
    ])
    expect(cloud.calls.steps.indexOf("objects.removeSome")).toBeGreaterThan(written)
    expect(stateOf(made)).toEqual(approved)
    expect(cloud.snapshot().objects[`records/${key({ descriptor: newest })}`]).toEqual(before)
    expect(cloud.item(`RECORD#${made.contributionId}`)).toMatchObject([{ descriptor: newest }])
    expect(await pageOf()).toContainEqual(newest)
    expect(await decidedIds()).toEqual([made.contributionId])
    const { contributions } = await listContributions(cloud, path.patientId, {}, cloud.call)
    expect(contributions).toMatchObject([{ status: "approved", decision: request.statement }])
    expect(contributions[0]).not.toHaveProperty("url")
  })

  test("is one event that names what was decided by which statement, and the manifest", async () => {
    const made = await contributed()
    const { contributionId } = made
    const yes = await approving(made)
    const events = cloud.trail.all().length
    expect(await approve(yes)).toMatchObject({ event: { seq: events + 1 } })
    expect(cloud.trail.all()).toHaveLength(events + 1)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "approve-contribution",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: {
        contributionId,
        category: made.descriptor.category,
        statementHash: await statementHash(yes.statement),
        manifest: { hash: await statementHash(yes.publication.manifest) },
      },
    })
    expect(cloud.item(`CONTRIBUTION#${contributionId}`)).toMatchObject([
      { revision: 2, decision: yes.statement, decidedAt: cloud.now.toISOString() },
    ])
  })

  test("approved twice is as once", async () => {
    const made = await contributed()
    const request = await approving(made)
    await approve(request)
    const [{ main, objects }, events] = [cloud.snapshot(), cloud.trail.all()]
    expect(await approve(request)).toEqual({})
    expect([cloud.snapshot().main, cloud.snapshot().objects, cloud.trail.all()]).toEqual([main, objects, events])
  })

  test("can't be decided again, by the same statement or by another", async () => {
    const made = await contributed()
    const request = await approving(made)
    await approve(request)
    // The newest manifest was not made for this.
    expect(await refusalOf(reject(request))).toBe("manifest-conflict")
    const another = await approving(made)
    await expectDecided(() => approve(another))
    await expectDecided(() => approve({ ...another, statement: request.statement }))
    const no = await rejecting(made)
    await expectDecided(() => reject(no))
    expect(stateOf(made)).toEqual(approved)
  })

  test("that the manifest doesn't list, or doesn't call decided, or with which it does more, is refused", async () => {
    const made = await contributed()
    const { contributionId, descriptor } = made
    const listed = [descriptor]
    for (const change of [
      { decided: [contributionId] },
      { listed },
      { listed: [{ ...descriptor, epoch: 2 }], decided: [contributionId] },
      { listed, decided: [newId()] },
      { listed, decided: [contributionId, newId()] },
      { listed: [descriptor, await descriptorOf()], decided: [contributionId] },
      { listed, decided: [contributionId], unlisted: [(await pageOf())[0]?.recordId ?? ""] },
    ]) {
      const request = await approving(made, { descriptor }, change)
      await expectRefusal(cloud, () => approve(request), "manifest-invalid")
    }
    expect(stateOf(made)).toEqual(pending)
  })

  test("that fails at any call is whole or waits, and is mended by approving again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 14; call++) {
        await accessed()
        const made = await contributed()
        const request = await approving(made)
        cloud.calls.failAt(call, when)
        await approve(request).catch(() => undefined)
        cloud.calls.mend()
        const { status, record } = stateOf(made)
        const listed = (await pageOf()).some(({ recordId }) => recordId === made.contributionId)
        expect([record, listed]).toEqual([status === "approved", status === "approved"])
        await approve(request)
        expect(stateOf(made)).toEqual(approved)
      }
  })
})

describe("a rejected contribution", () => {
  test("is destroyed, and what was signed stays, and its id is among the decided", async () => {
    const made = await contributed()
    const request = await rejecting(made)
    cloud.calls.steps.length = 0
    expect(await reject(request)).toHaveProperty("event")
    const written = cloud.calls.steps.indexOf("store.write")
    expect(cloud.calls.steps[written - 1]).toBe("audit.append")
    expect(cloud.calls.steps.indexOf("objects.removeSome")).toBeGreaterThan(written)
    expect(stateOf(made)).toEqual(rejected)
    const [stored] = cloud.item(`CONTRIBUTION#${made.contributionId}`)
    expect(stored).toMatchObject({ statement: made.statement, decision: request.statement })
    expect(await decidedIds()).toEqual([made.contributionId])
  })

  test("is one event that names what was decided by which statement, and the manifest", async () => {
    const made = await contributed()
    const no = await rejecting(made)
    const events = cloud.trail.all().length
    await reject(no)
    expect(cloud.trail.all()).toHaveLength(events + 1)
    expect(cloud.trail.all().at(-1)).toMatchObject({
      action: "reject-contribution",
      outcome: "permitted",
      actor: { kind: "patient" },
      subject: {
        contributionId: made.contributionId,
        statementHash: await statementHash(no.statement),
        manifest: { hash: await statementHash(no.publication.manifest) },
      },
    })
  })

  test("rejected twice is as once, and can't be approved any more", async () => {
    const made = await contributed()
    const request = await rejecting(made)
    await reject(request)
    expect(await reject(request)).toEqual({})
    const yes = await approving(made)
    await expectDecided(() => approve(yes))
    expect(stateOf(made)).toEqual(rejected)
  })

  test("whose id the manifest doesn't call decided, or with which it does more, is refused", async () => {
    const made = await contributed()
    const { contributionId, descriptor } = made
    for (const change of [
      {},
      { decided: [newId()] },
      { decided: [contributionId, newId()] },
      { decided: [contributionId], listed: [descriptor] },
      { decided: [contributionId], unlisted: [(await pageOf())[0]?.recordId ?? ""] },
    ]) {
      const request = await rejecting(made, {}, change)
      await expectRefusal(cloud, () => reject(request), "manifest-invalid")
    }
    expect(stateOf(made)).toEqual(pending)
  })

  test("that fails at any call is mended by rejecting again", async () => {
    for (const when of ["asked", "answered"] as const)
      for (let call = 1; call <= 12; call++) {
        await accessed()
        const made = await contributed()
        const request = await rejecting(made)
        cloud.calls.failAt(call, when)
        await reject(request).catch(() => undefined)
        cloud.calls.mend()
        await reject(request)
        expect(stateOf(made)).toEqual(rejected)
      }
  })

  test("is destroyed together with the copy of an approval that broke off", async () => {
    const made = await contributed()
    const yes = await approving(made)
    cloud.calls.before("audit.append", async () => {
      throw new Error("the function died")
    })
    await expect(approve(yes)).rejects.toThrow("died")
    expect(stateOf(made)).toEqual({ ...pending, objects: ["pending", "records"] })
    await reject(await rejecting(made))
    expect(stateOf(made)).toEqual(rejected)
  })

  test("of which something was left behind is destroyed when the decision is sent again", async () => {
    const made = await contributed()
    const decision = await rejecting(made)
    await reject(decision)
    put(cloud, "pending", path.patientId, made.descriptor)
    put(cloud, "records", path.patientId, made.descriptor)
    await reject(decision)
    expect(stateOf(made)).toEqual(rejected)
  })
})

describe("the ids of what was decided", () => {
  const decidedOf = async (pages: readonly (readonly string[])[], sent: readonly number[]) => {
    const decided = await Promise.all(pages.map((ids) => canonicalHash(ids)))
    return { claims: { decided }, pages: sent.map((page) => ({ page, ids: [...(pages[page] ?? [])] })) }
  }
  const rejectedWith = async (made: Contributed, pages: readonly (readonly string[])[], sent: readonly number[]) => {
    const { claims, pages: decided } = await decidedOf(pages, sent)
    const { publication, ...request } = await rejecting(made, {}, { claims })
    return { ...request, publication: { ...publication, decided } }
  }
  const ids = (count: number) => Array.from({ length: count }, () => newId())
  const seed = async (decided: readonly string[]) =>
    placed(cloud, patient, await publicationOf(cloud, patient, { decided }))

  test("stay in their order, and none goes", async () => {
    const made = await contributed()
    const id = made.contributionId
    const [a, b] = [newId(), newId()]
    await seed([a, b])
    for (const page of [
      [b, a, id],
      [b, id],
      [a, newId(), id],
      [id, a, b],
      [a, id, b],
    ]) {
      const request = await rejectedWith(made, [page], [0])
      await expectRefusal(cloud, () => reject(request), "manifest-invalid")
    }
    await reject(await rejectedWith(made, [[a, b, id]], [0]))
    expect(await decidedIds()).toEqual([a, b, id])
  })

  test("fill a page before they begin another", async () => {
    const made = await contributed()
    const id = made.contributionId
    const few = ids(3)
    await seed(few)
    for (const [pages, sent] of [
      [[few, [id]], [1]],
      [
        [few, [id]],
        [0, 1],
      ],
      [[few, [], [id]], [2]],
    ] as const) {
      const request = await rejectedWith(made, pages, sent)
      await expectRefusal(cloud, () => reject(request), "manifest-invalid")
    }
    const full = [...few, ...ids(253)]
    await seed(full.slice(3))
    const over = await rejectedWith(made, [[...full, id]], [0])
    await expectRefusal(cloud, () => reject(over), "manifest-invalid")
    await reject(await rejectedWith(made, [full, [id]], [1]))
    expect((await getDecided(cloud, path.patientId)).decided).toEqual([full, [id]])
    const second = await contributed()
    await reject(await rejecting(second))
    expect((await getDecided(cloud, path.patientId)).decided).toEqual([full, [id, second.contributionId]])
  })

  test("other than the manifest names, or in a page that is named no more, are refused", async () => {
    const made = await contributed()
    const id = made.contributionId
    await seed([newId()])
    const [first = ""] = await decidedIds()
    const request = await rejectedWith(made, [[first, id]], [0])
    const pages = request.publication.decided
    for (const decided of [
      [],
      [{ page: 0, ids: [first, newId()] }],
      [{ page: 1, ids: [id] }],
      [...pages, { page: 1, ids: [] }],
      [...pages, ...pages],
    ]) {
      const wrong = { ...request, publication: { ...request.publication, decided } }
      await expectRefusal(cloud, () => reject(wrong), "manifest-invalid")
    }
    await reject(request)
  })

  test("are changed by nothing but a decision", async () => {
    const made = await contributed()
    await reject(await rejecting(made))
    for (const change of [{ decided: [newId()] }, { claims: { decided: [] } }]) {
      const publication = await publicationOf(cloud, patient, change)
      await expectRefusal(
        cloud,
        () => publishManifest(cloud, path.patientId, { publication }, cloud.call),
        "manifest-invalid",
      )
    }
    await publish(cloud, patient)
    expect(await decidedIds()).toEqual([made.contributionId])
  })

  test("are refused where another publication has changed them since the manifest was read", async () => {
    const made = await contributed()
    await seed([newId()])
    const request = await rejecting(made)
    const [stored] = await cloud.store.read([{ kind: "decided-page", patientId: path.patientId, page: 0 }])
    if (stored === undefined) throw new Error("no page")
    await cloud.store.write([{ put: { ...stored, revision: stored.revision + 1, ids: [] } }])
    await expectRefusal(cloud, () => reject(request), "manifest-conflict")
  })
})

describe("a decision", () => {
  test("about another contribution, statement, patient, cloud or record is refused", async () => {
    const made = await contributed()
    const second = await contributed()
    const told = (changed: Partial<Descriptor>) => ({ descriptor: { ...made.descriptor, ...changed } })
    const wrong = await Promise.all(
      [
        { contributionId: second.contributionId },
        { statementHash: await statementHash(second.statement) },
        { patientId: newId() },
        { aud: "other.example" },
        { more: 1 },
        { decision: "postponed" },
        told({ category: "sensitive" }),
        told({ size: 1 }),
        told({ sha256: newKey() }),
        told({ version: 2 }),
        told({ replaces: newKey() }),
        told({ recordId: newId() }),
        told({ metadata: "e30.a2V5.aXY.dGV4dA.dGFo" }),
      ].map((claims) => approving(made, claims)),
    )
    for (const request of wrong) await expectRefusal(cloud, () => approve(request), "statement-invalid")
    const foreign = await approvalOf(cloud, { ...patient, keys: (await newPatient(cloud)).keys }, made)
    const { publication } = await approving(made)
    await expectRefusal(cloud, () => approve({ ...foreign, publication }), "statement-invalid")
    const [yes, no] = [await approving(made), await rejecting(made)]
    await expectRefusal(cloud, () => approve({ ...yes, statement: no.statement }), "statement-invalid")
    await expectRefusal(cloud, () => reject({ ...no, statement: yes.statement }), "statement-invalid")
    const stale = await approving(made, stampAt(new Date(cloud.now.getTime() - 121_000)))
    await expectRefusal(cloud, () => approve(stale), "statement-stale")
    expect(stateOf(made)).toEqual(pending)
  })

  test("on another patient's contribution, or one there isn't, is refused alike", async () => {
    const made = await contributed()
    const { patient: other } = await patientInOrder(cloud)
    const theirs = await approvalOf(cloud, other, made)
    await expectRefusal(cloud, () => approve(theirs, other.patientId), "not-found")
    await expectRefusal(cloud, () => reject(theirs, other.patientId), "not-found")
    const nothing = { ...(await approving(made)), contributionId: newId() }
    await expectRefusal(cloud, () => approve(nothing), "not-found")
  })

  test("with a statement number that was used, also at this moment, is refused", async () => {
    const stamp = stampAt(cloud.now)
    const [one, two] = [await contributed(), await contributed()]
    await approve(await approving(one, stamp))
    const [yes, no] = [await approving(two, stamp), await rejecting(two, stamp)]
    await expectRefusal(cloud, () => approve(yes), "statement-replayed")
    await expectRefusal(cloud, () => reject(no), "statement-replayed")
    const later = stampAt(cloud.now)
    const withdrawal = await consentRequest(cloud, patient, "emergency-share", { status: "inactive", ...later })
    const third = await approving(two, later)
    cloud.calls.before("store.write", () => revokeConsent(cloud, path.patientId, withdrawal, cloud.call))
    expect(await refusalOf(approve(third))).toBe("statement-replayed")
    expect(stateOf(two)).toMatchObject({ status: "pending", record: false })
  })

  test("to approve what isn't in the store any more is refused", async () => {
    const made = await contributed()
    await cloud.objects.removeSome("pending", key(made))
    const request = await approving(made)
    await expectRefusal(cloud, () => approve(request), "record-not-uploaded")
  })

  test("to approve never hides the object of a record that has the same id", async () => {
    const made = await contributed()
    const own = await descriptorOf({ recordId: made.contributionId })
    put(cloud, "records", path.patientId, own)
    const publication = await publicationOf(cloud, patient, { listed: [own] })
    await commit(cloud, path.patientId, { recordId: own.recordId, descriptor: own, publication }, cloud.call)
    const request = await approving(made)
    await expectRefusal(cloud, () => approve(request), "record-conflict")
    await reject(await rejecting(made))
    expect(stateOf(made)).toEqual({ status: "rejected", record: true, objects: ["records"] })
  })
})

describe("of two decisions at once", () => {
  const steps = ["objects.approve", "audit.append", "store.write"]

  test.for(["approved", "rejected"] as const)(
    "%s twice at once, the other after the first has read, is answered as the first",
    async (decision) => {
      const made = await contributed()
      const request = await (decision === "approved" ? approving : rejecting)(made)
      const deciding = () => (decision === "approved" ? approve : reject)(request)
      cloud.calls.after("store.read", deciding)
      expect(await deciding()).toEqual({})
      expect(stateOf(made)).toEqual(decision === "approved" ? approved : rejected)
    },
  )

  test.for(steps)("the same approval, the other before the first's %s, is answered as the first", async (step) => {
    const made = await contributed()
    const request = await approving(made)
    cloud.calls.before(step, () => approve(request))
    expect(await approve(request)).toEqual({})
    expect(stateOf(made)).toEqual(approved)
  })

  test("the same rejection is answered as the first", async () => {
    const made = await contributed()
    const request = await rejecting(made)
    cloud.calls.before("store.write", () => reject(request))
    expect(await reject(request)).toEqual({})
    expect(stateOf(made)).toEqual(rejected)
  })

  test("an approval counts for nothing where the consent to store is withdrawn meanwhile; a rejection does", async () => {
    const made = await contributed()
    const request = await approving(made)
    cloud.calls.before("store.write", () => withdrawConsent(cloud, patient, "store"))
    expect(await refusalOf(approve(request))).toBe("consent-missing")
    expect(stateOf(made)).toMatchObject({ status: "pending", record: false })
    await expectRefusal(cloud, () => approve(request), "consent-missing")
    await giveConsent(cloud, patient, "store")
    await approve(request)
    expect(stateOf(made)).toEqual(approved)
    const another = await contributed()
    await withdrawConsent(cloud, patient, "store")
    await reject(await rejecting(another))
    expect(stateOf(another)).toEqual(rejected)
  })

  test.for(steps)("a rejection that comes before the approval's %s wins, and leaves no object", async (step) => {
    const made = await contributed()
    const [yes, no] = [await approving(made), await rejecting(made)]
    cloud.calls.before(step, () => reject(no))
    const codes = { "objects.approve": "contribution-decided" } as Record<string, string>
    expect(await refusalOf(approve(yes))).toBe(codes[step] ?? "manifest-conflict")
    expect(stateOf(made)).toEqual(rejected)
    expect(await pageOf()).toHaveLength(1)
    expect(await decidedIds()).toEqual([made.contributionId])
  })

  test.for(["audit.append", "store.write"])("an approval that comes before the rejection's %s wins", async (step) => {
    const made = await contributed()
    const [yes, no] = [await approving(made), await rejecting(made)]
    cloud.calls.before(step, () => approve(yes))
    expect(await refusalOf(reject(no))).toBe("manifest-conflict")
    expect(stateOf(made)).toEqual(approved)
  })

  test.for(["audit.append", "store.write"])(
    "of two approvals the one that comes before the other's %s wins, and keeps its object",
    async (step) => {
      const made = await contributed()
      const [one, two] = [await approving(made), await approving(made)]
      cloud.calls.before(step, () => approve(two))
      expect(await refusalOf(approve(one))).toBe("manifest-conflict")
      expect(stateOf(made)).toEqual(approved)
    },
  )

  test("of an approval that comes too late nothing stays, though its copy lands when all is decided", async () => {
    const made = await contributed()
    const [yes, no] = [await approving(made), await rejecting(made)]
    const late: typeof cloud.objects = {
      ...cloud.buckets.objects,
      approve: async (to) => {
        await reject(no)
        cloud.buckets.upload("records", to, made.descriptor)
        return "copied"
      },
    }
    const overtaken = approveContribution({ ...cloud, objects: late }, patient.patientId, yes, cloud.call)
    expect(await refusalOf(overtaken)).toBe("manifest-conflict")
    expect(stateOf(made)).toEqual(rejected)
  })

  test("of two approvals of what is deleted meanwhile nothing stays", async () => {
    const made = await contributed()
    const [one, two] = [await approving(made), await approving(made)]
    const { contributionId: recordId } = made
    cloud.calls.after("objects.approve", async () => {
      await approve(two)
      const publication = await publicationOf(cloud, patient, { unlisted: [recordId] })
      await deleteRecord(cloud, path.patientId, { recordId, publication }, cloud.call)
      // As one that was under way already.
      cloud.buckets.upload("records", key(made), made.descriptor)
    })
    expect(await refusalOf(approve(one))).toBe("manifest-conflict")
    expect(stateOf(made)).toEqual({ status: "approved", record: false, objects: [] })
    // Deleted, and decided for good.
    expect(await decidedIds()).toEqual([recordId])
  })

  test("neither counts in an account that is deactivated meanwhile", async () => {
    const made = await contributed()
    const request = await approving(made)
    const statement = await signedBy(rootOf(patient), cloud, "deactivation", {})
    cloud.calls.before("store.write", () => deactivate(cloud, path.patientId, { statement }, cloud.call))
    expect(await refusalOf(approve(request))).toBe("account-deactivated")
    expect(cloud.item("RECORD#")).toEqual([])
    expect(cloud.item("MANIFEST#")).toEqual([])
  })
})

describe("what contributions take up", () => {
  const usage = () => cloud.item("USAGE")[0]
  const has = async (amounts: Partial<ItemOf<"usage">>) => {
    const [now] = await cloud.store.read([usageRef(path.patientId)])
    if (now === undefined) throw new Error("there is no usage")
    await cloud.store.write([{ put: { ...now, ...amounts, revision: now.revision + 1 } }])
  }

  test("is counted while they wait, and given back by either decision", async () => {
    expect(usage()).toMatchObject({ pending: 0, pendingBytes: 0, records: 2, versions: 2, bytes: 2000 })
    const [one, two] = [await contributed({ size: 500 }), await contributed({ size: 70 })]
    expect(usage()).toMatchObject({ pending: 2, pendingBytes: 570 })
    await approve(await approving(one))
    expect(usage()).toMatchObject({ pending: 1, pendingBytes: 70, records: 3, versions: 3, bytes: 2500 })
    await reject(await rejecting(two))
    expect(usage()).toMatchObject({ pending: 0, pendingBytes: 0, records: 3, versions: 3, bytes: 2500 })
  })

  test("above what the patient may have is not approved, and waits", async () => {
    const made = await contributed()
    const request = await approving(made)
    await has({ bytes: maxRecordBytes })
    await expectRefusal(cloud, () => approve(request), "quota-exceeded")
    expect(stateOf(made)).toEqual(pending)
  })
})

test("a decided contribution leaves the key ring and the cards as they are", async () => {
  const before = await getManifest(cloud, path.patientId, {})
  await reject(await rejecting(await contributed()))
  const after = await getManifest(cloud, path.patientId, {})
  expect(after.keyRing).toEqual(before.keyRing)
  const cards = [before, after].map(({ manifest }) => claimsOf("manifest", manifest).cards)
  expect(cards[1]).toEqual(cards[0])
})
