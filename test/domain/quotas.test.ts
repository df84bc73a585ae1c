import { beforeEach, describe, expect, test } from "vitest"
import type { ItemOf } from "../../contract/items.ts"
import {
  contributionsPerGrant,
  hourSeconds,
  manifestsPerHour,
  maxPendingContributions,
  maxRecordBytes,
  maxRecords,
  maxVersions,
} from "../../contract/limits.ts"
import { makeCard, revokeCard } from "../../functions/domain/cards.ts"
import { publishManifest } from "../../functions/domain/manifest.ts"
import { usageAfter, usageRef, writeCounted } from "../../functions/domain/quotas.ts"
import { countContribution } from "../../functions/domain/rates.ts"
import { commit, deleteRecord, uploadUrl } from "../../functions/domain/records.ts"
import { maxCards } from "../../protocol/primitives.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, noon, refusalOf } from "../fakes/cloud.ts"
import {
  addRecord,
  cardRequest,
  descriptorOf,
  manifestRequest,
  patientInOrder,
  put,
  type TestPatient,
} from "../fakes/people.ts"

let cloud: MemoryCloud
let patient: TestPatient
beforeEach(async () => {
  cloud = await memoryCloud()
  ;({ patient } = await patientInOrder(cloud))
})

const usage = async () => {
  const [found] = await cloud.store.read([usageRef(patient.patientId)])
  if (found === undefined) throw new Error("there is no usage")
  return found
}
/** As much use would have left it. */
const has = async (amounts: Partial<ItemOf<"usage">>) => {
  const now = await usage()
  await cloud.store.write([{ put: { ...now, ...amounts, revision: now.revision + 1 } }])
}

describe("what a patient has", () => {
  test("is counted as it is added and taken away", async () => {
    expect(await usage()).toMatchObject({ records: 2, versions: 2, bytes: 2000, cards: 1, manifests: { count: 1 } })
    const first = await addRecord(cloud, patient, { size: 500 })
    await addRecord(cloud, patient, { recordId: first.recordId, version: 2, size: 70 })
    expect(await usage()).toMatchObject({ records: 3, versions: 4, bytes: 2570 })
    await deleteRecord(cloud, patient.patientId, first, cloud.call)
    expect(await usage()).toMatchObject({ records: 2, versions: 2, bytes: 2000 })
  })

  test("is counted once for what is sent twice", async () => {
    const descriptor = await addRecord(cloud, patient)
    const before = await usage()
    await commit(cloud, patient.patientId, { recordId: descriptor.recordId, descriptor }, cloud.call)
    expect(await usage()).toEqual(before)
    const card = cardRequest()
    await makeCard(cloud, patient.patientId, card, cloud.call)
    const made = await usage()
    await makeCard(cloud, patient.patientId, card, cloud.call)
    expect(await usage()).toEqual(made)
    await revokeCard(cloud, patient.patientId, card, cloud.call)
    await revokeCard(cloud, patient.patientId, card, cloud.call)
    expect((await usage()).cards).toBe(before.cards)
  })

  test("is counted whole where two commits meet", async () => {
    const descriptor = await descriptorOf()
    put(cloud, "records", patient.patientId, descriptor)
    cloud.calls.before("store.write", () => addRecord(cloud, patient))
    await commit(cloud, patient.patientId, { recordId: descriptor.recordId, descriptor }, cloud.call)
    expect(await usage()).toMatchObject({ records: 4, versions: 4 })
  })

  test("is not counted where the change itself met another", async () => {
    const before = await usage()
    const descriptor = await descriptorOf()
    put(cloud, "records", patient.patientId, descriptor)
    const other = { ...descriptor, epoch: 2 }
    const committing = (sent: typeof descriptor) =>
      commit(cloud, patient.patientId, { recordId: descriptor.recordId, descriptor: sent }, cloud.call)
    cloud.calls.before("store.write", () => committing(other))
    expect(await refusalOf(committing(descriptor))).toBe("record-conflict")
    expect(await usage()).toMatchObject({ records: before.records + 1 })
  })

  test("that changes under every attempt ends in busy, and nothing is written", async () => {
    const { store } = cloud
    const always: typeof store = {
      ...store,
      read: store.read,
      write: async (changes) => ({ outcome: "conflict", at: [changes.length - 1] }),
    }
    const counting = { patientId: patient.patientId, now: noon, before: undefined, added: { cards: 1 } }
    expect(await refusalOf(writeCounted(always, counting, []))).toBe("busy")
  })
})

describe("no room", () => {
  test.for([["records", maxRecords] as const, ["versions", maxVersions] as const, ["bytes", maxRecordBytes] as const])(
    "by %s refuses an upload and a commit before anything is signed or is an event",
    async ([amount, limit]) => {
      await has({ [amount]: limit })
      const descriptor = await descriptorOf()
      put(cloud, "records", patient.patientId, descriptor)
      const { patientId } = patient
      await expectRefusal(cloud, () => uploadUrl(cloud, patientId, descriptor, cloud.call), "quota-exceeded")
      const committing = () => commit(cloud, patientId, { recordId: descriptor.recordId, descriptor }, cloud.call)
      await expectRefusal(cloud, committing, "quota-exceeded")
      await has({ [amount]: limit - descriptor.size })
      await committing()
    },
  )

  test("for a new record leaves room for a version, until the versions are full", async () => {
    const { recordId } = await addRecord(cloud, patient)
    await has({ records: maxRecords })
    await addRecord(cloud, patient, { recordId, version: 2 })
  })

  test("for a card above what one manifest can renew, until one is revoked", async () => {
    const cards = [cardRequest(), cardRequest()]
    await has({ cards: maxCards - 1 })
    await makeCard(cloud, patient.patientId, cards[0]!, cloud.call)
    const another = () => makeCard(cloud, patient.patientId, cards[1]!, cloud.call)
    await expectRefusal(cloud, another, "quota-exceeded")
    await revokeCard(cloud, patient.patientId, cards[0]!, cloud.call)
    await another()
  })

  test("for manifests ends with the hour", async () => {
    const { manifests } = await usage()
    await has({ manifests: { ...manifests, count: manifestsPerHour } })
    const whole = await manifestRequest(cloud, patient, await records())
    await expectRefusal(cloud, () => publishManifest(cloud, patient.patientId, whole, cloud.call), "rate-exceeded")
    const after = usageAfter(
      patient.patientId,
      await usage(),
      { manifests: 1 },
      new Date(noon.getTime() + hourSeconds * 1000),
    )
    expect(after.manifests.count).toBe(1)
  })
  const records = async () => {
    const { items } = await cloud.store.list("record", patient.patientId, {})
    return items.map(({ descriptor }) => descriptor)
  }

  test("stops growth alone: what is above a quota may shrink", async () => {
    const before = { ...(await usage()), pending: maxPendingContributions + 5 }
    expect(usageAfter(patient.patientId, before, { pending: -1 }, noon).pending).toBe(maxPendingContributions + 4)
    expect(() => usageAfter(patient.patientId, before, { pending: 1 }, noon)).toThrow(/no room/)
  })
})

test("a grant takes so many contributions", () => {
  let rate: ItemOf<"rate"> | undefined
  const grant = { patientId: newId(), grantId: newId() }
  for (let i = 0; i < contributionsPerGrant; i++) {
    const change = countContribution(grant, newId(), rate, noon)
    if ("put" in change && change.put.kind === "rate") rate = change.put
  }
  expect(() => countContribution(grant, newId(), rate, noon)).toThrow(/too often/)
})
