import { beforeAll, describe, expect, test } from "vitest"
import { startEpoch } from "../../../sdk/patient/cards.ts"
import { openCopy, takeCopy } from "../../../sdk/patient/copy.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { describeRecord, downloadRecord, uploadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { type Network, over, type Reply } from "../../kit/network.ts"
import { documentOf } from "../../kit/people.ts"
import { before, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()

/** Whoever asks it has no network. */
const none: Network = () => Promise.reject(new TypeError("fetch failed"))

describe("the device's copy of the table of contents", () => {
  let session: PatientSession
  let other: PatientSession
  beforeAll(async () => {
    const account = await world.patient()
    session = await world.over(async () => {
      const { session } = account
      for (const title of ["first", "second"]) await uploadRecord(session, documentOf("summary", title))
      await uploadRecord(session, documentOf("imaging", "image"))
      other = await secondDevice(account)
      return session
    })
  })
  const ownerOf = ({ patientId, keys, fingerprint, cloud }: PatientSession) => ({
    patientId,
    keys,
    fingerprint,
    cloud: {
      address: cloud.api.address,
      cloudId: cloud.cloudId,
      name: cloud.name,
      provider: cloud.provider,
    },
  })
  const copyNow = () => world.over(() => takeCopy(session))

  test("lists and describes the record without a network, whatever was stored as JSON in between", async () => {
    const { copy, records } = await copyNow()
    const offline = await openCopy(ownerOf(session), JSON.parse(JSON.stringify(copy)))
    await over(none, async () => {
      const listed = await listRecords(offline)
      expect(listed).toEqual(records)
      expect(await listRecords(offline, ["imaging"])).toEqual(records.slice(2))
      const titles = await Promise.all(listed.map(async (each) => (await describeRecord(offline, each)).metadata.title))
      expect(titles).toEqual(["title of first", "title of second", "title of image"])
    })
  })

  test("opens when the cloud has gone on since: the device remembers a newer one than it has copied", async () => {
    const { copy, records } = await copyNow()
    await world.over(() => startEpoch(session, ["summary"]))
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
    await expect(world.over(() => downloadRecord(offline, record))).rejects.toMatchObject({
      code: "unauthenticated",
    })
  })
  test("is the newest there is, though another device publishes while it is taken", async () => {
    const { copy, records } = await world.over(
      () => takeCopy(session),
      before("patient/get-manifest-page", () =>
        world.over(() => uploadRecord(other, documentOf("medication", "meanwhile"))),
      ),
    )
    expect(records.map(({ category }) => category)).toContain("medication")
    expect(await listRecords(await openCopy(ownerOf(session), copy))).toEqual(records)
  })

  test("is not taken of a state that is older than what the device knows", async () => {
    const older = new Map<string, Reply>()
    const remembering =
      (network: Network): Network =>
      async (asked) => {
        const reply = await network(asked)
        if (asked.method === "GET") older.set(`${asked.route} ${asked.url.href}`, reply)
        return reply
      }
    await world.over(() => takeCopy(session), remembering)
    await world.over(() => uploadRecord(session, documentOf("document", "what the cloud withholds")))
    const rewound =
      (network: Network): Network =>
      async (asked) =>
        older.get(`${asked.route} ${asked.url.href}`) ?? network(asked)
    await expect(world.over(() => takeCopy(session), rewound)).rejects.toMatchObject({ code: "manifest-rolled-back" })
  })
})
