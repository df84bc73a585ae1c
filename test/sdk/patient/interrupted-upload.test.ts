import "fake-indexeddb/auto"
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { readWaiting } from "../../../apps/ehr/device.ts"
import { addDocument, giveUp, outgoing, retry } from "../../../apps/ehr/outbox.ts"
import { documents } from "../../../apps/ehr/record-store.ts"
import { session as signedIn } from "../../../apps/ehr/state.ts"
import type { RouteName } from "../../../contract/routes.ts"
import { makeCard, revokeCard } from "../../../sdk/patient/cards.ts"
import { listRecords } from "../../../sdk/patient/manifest.ts"
import { downloadRecord, listUnpublished, listVersions, uploadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import type { UploadState } from "../../../sdk/sealed-record.ts"
import { temporaryFolder } from "../../domain/openssl-authority.ts"
import { cloudAddress, hriAddress, type MemoryNetwork, memoryNetwork } from "../../hostile/memory-network.ts"
import { type Network, over } from "../../../attack/network.ts"
import { documentOf } from "../../../attack/people.ts"
import { newAccount } from "../../hostile/new-account.ts"

const { folder, remove } = temporaryFolder()
afterAll(remove)

let memory: MemoryNetwork
let count = 0
let patient: PatientSession
beforeAll(async () => {
  memory = await memoryNetwork(folder)
})
beforeEach(async () => {
  patient = (await online(() => newAccount(cloudAddress, `interrupted-${++count}@example.org`))).session
})

const online = <T>(run: () => Promise<T>) => over(memory.network, run)
/** The network up to the first question of this route. */
const until = (route: RouteName): Network => {
  let cut = false
  return async (asked) => {
    cut ||= asked.route === route
    if (cut) throw new Error("cut")
    return memory.network(asked)
  }
}
/** Another device of the same person's. */
const anotherDevice = () => ({ ...patient, memory: structuredClone(patient.memory) })

const first = documentOf("document", "first")
const second = documentOf("document", "second")
const third = documentOf("document", "third")
const contentOf = async (session: PatientSession) => {
  const [listed, ...others] = await listRecords(session)
  expect(others).toEqual([])
  return listed === undefined ? undefined : Buffer.from((await downloadRecord(session, listed)).bytes).toString()
}

/** Commits a version, and is interrupted before the manifest. */
const committed = async (plain: typeof first, replaces?: Parameters<typeof uploadRecord>[2]) => {
  let state: UploadState | undefined
  const onState = (now: UploadState) => {
    state = now
  }
  const going = over(until("patient/publish-manifest"), () => uploadRecord(patient, plain, { ...replaces, onState }))
  await expect(going).rejects.toMatchObject({ name: "Unreachable" })
  return state
}

describe("an upload that was interrupted after its commit", () => {
  test("is listed when it is gone on with, once, however often", async () => {
    const resume = await committed(first)
    expect(await online(() => listRecords(patient))).toEqual([])
    for (let i = 0; i < 2; i++) await online(() => uploadRecord(patient, first, { resume }))
    expect(await online(() => contentOf(patient))).toBe("first")
    expect(await online(() => listUnpublished(patient))).toEqual([])
  })

  test("is listed as it was committed, though the keys have been renewed since", async () => {
    const { cardId } = await online(() => makeCard(patient, { hri: hriAddress, categories: ["document"] }))
    const resume = await committed(first)
    await online(() => revokeCard(patient, cardId))
    await online(() => uploadRecord(patient, first, { resume }))
    expect(await online(() => contentOf(patient))).toBe("first")
    expect(await online(() => uploadRecord(patient, second))).toMatchObject({ epoch: (resume?.epoch ?? 0) + 1 })
  })

  test("takes no newer version's place", async () => {
    const replaces = await online(() => uploadRecord(patient, first))
    const resume = await committed(second, { replaces })
    const other = anotherDevice()
    const [unpublished] = await online(() => listUnpublished(other))
    await online(() => uploadRecord(other, third, { replaces: unpublished }))
    await online(() => uploadRecord(patient, second, { resume }))
    expect(await online(() => contentOf(patient))).toBe("third")
    const versions = await online(() => listVersions(patient, replaces.recordId))
    expect(versions.map(({ version }) => version)).toEqual([1, 2, 3])
  })

  test("is not taken for another document", async () => {
    const resume = await committed(first)
    const other = { ...documentOf("document", "first"), title: "another title" }
    await expect(online(() => uploadRecord(patient, other, { resume }))).rejects.toMatchObject({
      code: "source-changed",
    })
  })
})

test("a document whose place another device took stays on its own device, and is said to have failed", async () => {
  const replaces = await online(() => uploadRecord(patient, first))
  const theirs = await online(() => uploadRecord(anotherDevice(), second, { replaces }))
  await online(async () => {
    signedIn.value = patient
    documents.value = [{ descriptor: theirs }]
    const { category, title, contentType, content } = third
    await addDocument({ category, title, contentType, replaces }, new Blob([content]))
    for (let i = 0; i < 2; i++) {
      await vi.waitFor(() => expect(outgoing.value).toMatchObject([{ phase: "failed" }]))
      expect(await readWaiting()).toHaveLength(1)
      retry(outgoing.value[0]?.id ?? "")
    }
    await vi.waitFor(() => expect(outgoing.value).toMatchObject([{ phase: "failed" }]))
  })
  expect(await online(() => contentOf(patient))).toBe("second")
  await online(() => giveUp(outgoing.value[0]?.id ?? ""))
})
