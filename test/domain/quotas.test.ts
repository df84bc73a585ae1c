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
import { deleteRecord } from "../../functions/domain/deletion.ts"
import { publishManifest } from "../../functions/domain/manifest.ts"
import { usageAfter, usageRef } from "../../functions/domain/quotas.ts"
import { countContribution } from "../../functions/domain/rates.ts"
import { commit, uploadUrl } from "../../functions/domain/records.ts"
import { publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { maxCards } from "../../protocol/primitives.ts"
import { newId } from "../fakes/call.ts"
import { expectRefusal, type MemoryCloud, memoryCloud, noon, refusalOf } from "../fakes/cloud.ts"
import { addRecord, cardRequest, commitRequest, patientInOrder } from "../kit/patients.ts"
import { publicationOf } from "../kit/publications.ts"
import { signedBy, type TestPatient } from "../kit/statements.ts"

let cloud: MemoryCloud
let patient: TestPatient
let signer: string
beforeEach(async () => {
  cloud = await memoryCloud()
  ;({ patient } = await patientInOrder(cloud))
  signer = await thumbprint((await publicKeysOf(patient.keys)).signing)
})

const usage = async () => {
  const [found] = await cloud.store.read([usageRef(patient.patientId)])
  if (found === undefined) throw new Error("there is no usage")
  return found
}
const revoking = async ({ cardId }: { cardId: string }) => {
  const statement = await signedBy(patient, cloud, "card-revocation", { cardId })
  await revokeCard(cloud, patient.patientId, { cardId, statement }, cloud.call)
}
/** As many manifests, by the patient's one device. */
const published = (count: number) => ({ by: { [signer]: count } })
/** As much use would have left it. */
const has = async (amounts: Partial<ItemOf<"usage">>) => {
  const now = await usage()
  await cloud.store.write([{ put: { ...now, ...amounts, revision: now.revision + 1 } }])
}

describe("what a patient has", () => {
  test("is counted as it is added and taken away", async () => {
    expect(await usage()).toMatchObject({ records: 2, versions: 2, bytes: 2000, cards: 1, manifests: published(4) })
    const first = await addRecord(cloud, patient, { size: 500 })
    await addRecord(cloud, patient, { recordId: first.recordId, version: 2, size: 70 })
    expect(await usage()).toMatchObject({ records: 3, versions: 4, bytes: 2570 })
    const { recordId } = first
    const publication = await publicationOf(cloud, patient, { unlisted: [recordId] })
    await deleteRecord(cloud, patient.patientId, { recordId, publication }, cloud.call)
    expect(await usage()).toMatchObject({ records: 2, versions: 2, bytes: 2000, manifests: published(7) })
  })

  test("is counted once for what is sent twice", async () => {
    const request = await commitRequest(cloud, patient)
    for (const _ of ["once", "twice"]) await commit(cloud, patient.patientId, request, cloud.call)
    const before = await usage()
    expect(before).toMatchObject({ records: 3, versions: 3, manifests: published(5) })
    const card = await cardRequest(cloud, patient)
    for (const _ of ["once", "twice"]) await makeCard(cloud, patient.patientId, card, cloud.call)
    expect(await usage()).toMatchObject({ cards: before.cards + 1, manifests: published(6) })
    for (const _ of ["once", "twice"]) await revoking(card)
    expect((await usage()).cards).toBe(before.cards)
  })

  test("is counted whole where a publication and something else that counts meet", async () => {
    const request = await commitRequest(cloud, patient)
    cloud.calls.before("store.write", () => has({ pending: 7 }))
    await commit(cloud, patient.patientId, request, cloud.call)
    expect(await usage()).toMatchObject({ records: 3, versions: 3, pending: 7 })
  })

  test("is not counted where the change itself met another", async () => {
    const [one, two] = [await commitRequest(cloud, patient), await commitRequest(cloud, patient)]
    cloud.calls.before("store.write", () => commit(cloud, patient.patientId, two, cloud.call))
    expect(await refusalOf(commit(cloud, patient.patientId, one, cloud.call))).toBe("manifest-conflict")
    expect(await usage()).toMatchObject({ records: 3, versions: 3, manifests: published(5) })
  })

  test("that changes under every attempt ends in busy, and nothing is written", async () => {
    const request = await commitRequest(cloud, patient)
    const { store } = cloud
    const always: typeof store = {
      read: store.read,
      list: store.list,
      write: async (changes) => ({
        outcome: "conflict",
        at: [changes.findIndex((change) => "put" in change && change.put.kind === "usage")],
      }),
    }
    const before = cloud.snapshot()
    expect(await refusalOf(commit({ ...cloud, store: always }, patient.patientId, request, cloud.call))).toBe("busy")
    expect(cloud.snapshot()).toEqual(before)
  })
})

describe("no room", () => {
  test.for([["records", maxRecords] as const, ["versions", maxVersions] as const, ["bytes", maxRecordBytes] as const])(
    "by %s refuses an upload and a commit before anything is signed or is an event",
    async ([amount, limit]) => {
      await has({ [amount]: limit })
      const request = await commitRequest(cloud, patient)
      const { descriptor } = request
      const { patientId } = patient
      await expectRefusal(cloud, () => uploadUrl(cloud, patientId, descriptor, cloud.call), "quota-exceeded")
      const committing = () => commit(cloud, patientId, request, cloud.call)
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
    await has({ cards: maxCards })
    const one = await cardRequest(cloud, patient)
    const making = () => makeCard(cloud, patient.patientId, one, cloud.call)
    await expectRefusal(cloud, making, "quota-exceeded")
    const [card] = cloud.item("CARD#")
    if (card?.kind !== "card") throw new Error("no card")
    await revoking(card)
    // The manifest that was signed before lists the revoked card as it was: until it is struck, it may.
    expect(await making()).toHaveProperty("event")
  })

  test("for manifests is each signer's own, and ends with the hour", async () => {
    const { manifests } = await usage()
    await has({ manifests: { ...manifests, ...published(manifestsPerHour) } })
    const publication = await publicationOf(cloud, patient)
    const publishing = () => publishManifest(cloud, patient.patientId, { publication }, cloud.call)
    await expectRefusal(cloud, publishing, "rate-exceeded")
    const after = async (manifestBy: string, time: Date) =>
      usageAfter(patient.patientId, await usage(), { manifestBy }, time).manifests.by
    expect(await after("another", noon)).toEqual({ ...published(manifestsPerHour).by, another: 1 })
    expect(await after(signer, new Date(noon.getTime() + hourSeconds * 1000))).toEqual({ [signer]: 1 })
  })
  test("stops growth alone: what is above a quota may shrink", async () => {
    const before = { ...(await usage()), pending: maxPendingContributions + 5 }
    expect(usageAfter(patient.patientId, before, { pending: -1 }, noon).pending).toBe(maxPendingContributions + 4)
    expect(() => usageAfter(patient.patientId, before, { pending: 1 }, noon)).toThrow(/quota-exceeded/)
  })
})

test("a grant takes so many contributions", () => {
  let rate: ItemOf<"rate"> | undefined
  const grant = { patientId: newId(), grantId: newId() }
  for (let i = 0; i < contributionsPerGrant; i++) {
    const change = countContribution(grant, newId(), rate, noon)
    if ("put" in change && change.put.kind === "rate") rate = change.put
  }
  expect(() => countContribution(grant, newId(), rate, noon)).toThrow(/rate-exceeded/)
})
