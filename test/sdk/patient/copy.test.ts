import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startEpoch } from "../../../sdk/patient/cards.ts"
import { openCopy, takeCopy } from "../../../sdk/patient/copy.ts"
import { listRecords } from "../../../sdk/patient/manifest.ts"
import { describeRecord, downloadRecord, uploadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { temporaryFolder } from "../../domain/openssl-authority.ts"
import { cloudAddress, memoryNetwork } from "../../hostile/memory-network.ts"
import { type Network, over } from "../../../attack/network.ts"
import { documentOf } from "../../../attack/people.ts"
import { newAccount } from "../../hostile/new-account.ts"

const { folder, remove } = temporaryFolder()
afterAll(remove)

/** Whoever asks it has no network. */
const none: Network = () => Promise.reject(new TypeError("fetch failed"))

describe("the device's copy of the table of contents", () => {
  let network: Network
  let session: PatientSession
  beforeAll(async () => {
    ;({ network } = await memoryNetwork(folder))
    session = await over(network, async () => {
      const { session } = await newAccount(cloudAddress, "copy@example.org")
      for (const title of ["first", "second"]) await uploadRecord(session, documentOf("summary", title))
      await uploadRecord(session, documentOf("imaging", "image"))
      return session
    })
  })
  const ownerOf = ({ patientId, keys, cloud }: PatientSession) => ({
    patientId,
    keys,
    cloud: {
      address: cloud.api.address,
      cloudId: cloud.cloudId,
      name: cloud.name,
      providerKey: cloud.providerKey,
    },
  })
  const copyNow = () => over(network, () => takeCopy(session))

  test("lists and describes the record without a network, whatever was stored as JSON in between", async () => {
    const { copy, records } = await copyNow()
    const offline = await openCopy(ownerOf(session), JSON.parse(JSON.stringify(copy)))
    await over(none, async () => {
      const listed = await listRecords(offline)
      expect(listed).toEqual(records)
      const titles = await Promise.all(listed.map(async (each) => (await describeRecord(offline, each)).metadata.title))
      expect(titles).toEqual(["title of first", "title of second", "title of image"])
    })
  })

  test("opens when the cloud has gone on since: the device remembers a newer one than it has copied", async () => {
    const { copy, records } = await copyNow()
    await over(network, () => startEpoch(session, ["summary"]))
    const offline = await openCopy(ownerOf(session), copy)
    expect(await listRecords(offline)).toEqual(records)
    expect(session.memory.manifest?.number).toBeGreaterThan(offline.memory.manifest?.number ?? 0)
  })

  test("has nothing readable in it", async () => {
    expect(JSON.stringify((await copyNow()).copy)).not.toContain("title of")
  })

  test("is believed no more than the cloud: what the patient did not sign is refused", async () => {
    const { copy } = await copyNow()
    const page = "patient/get-manifest-page summary 0"
    const [first, second] = (copy[page] as { descriptors: object[] }).descriptors
    for (const descriptors of [[second, first], [first], []]) {
      const offline = await openCopy(ownerOf(session), { ...copy, [page]: { descriptors } })
      await expect(listRecords(offline)).rejects.toMatchObject({ code: "page-differs" })
    }
  })

  test("opens nothing else: for that the patient signs in", async () => {
    const { copy, records } = await copyNow()
    const offline = await openCopy(ownerOf(session), copy)
    const [record] = records
    if (record === undefined) throw new Error("nothing was listed")
    await expect(over(network, () => downloadRecord(offline, record))).rejects.toMatchObject({
      code: "unauthenticated",
    })
  })
})
