import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { versionReach } from "../../../contract/primitives.ts"
import type { Descriptor } from "../../../contract/record.ts"
import { lookUp } from "../../../sdk/hcp/card.ts"
import { contribute } from "../../../sdk/hcp/contribute.ts"
import { emergencyAccess } from "../../../sdk/hcp/emergency-access.ts"
import { makeCard } from "../../../sdk/patient/cards.ts"
import { deleteRecord, downloadRecord, listVersions, uploadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { temporaryFolder } from "../../domain/openssl-authority.ts"
import { cloudAddress, hriAddress, type MemoryNetwork, memoryNetwork } from "../../hostile/memory-network.ts"
import { lying, type Network, over } from "../../hostile/network.ts"
import { cardIn, documentOf, newAccount } from "../../hostile/people.ts"

const { folder, remove } = temporaryFolder()
afterAll(remove)

let memory: MemoryNetwork
let honest: Network
beforeAll(async () => {
  memory = await memoryNetwork(folder)
  honest = memory.network
})

let count = 0
let session: PatientSession
let first: Descriptor
beforeEach(() =>
  over(honest, async () => {
    ;({ session } = await newAccount(cloudAddress, `interrupted-${++count}@example.org`))
    first = await uploadRecord(session, documentOf("summary", "first"))
  }),
)

/** The network of an app that dies before it commits. */
const dying: Network = (asked) => {
  if (asked.route === "patient/commit") throw new Error("the app died")
  return honest(asked)
}
const interrupted = () =>
  expect(over(dying, () => uploadRecord(session, documentOf("summary", "lost"), first))).rejects.toThrow()
/** The network of an object store where everything is there already. */
const full: Network = async (asked) =>
  asked.route === "object" && asked.method === "PUT"
    ? { status: 412, headers: {}, body: new Uint8Array() }
    : honest(asked)

describe("a version that was uploaded and never committed", () => {
  test("is passed over by the next upload, and every version is there and can be read", async () => {
    await interrupted()
    await interrupted()
    const later = await over(honest, () => uploadRecord(session, documentOf("summary", "later"), first))
    const last = await over(honest, () => uploadRecord(session, documentOf("summary", "last"), later))
    expect([first.version, later.version, last.version]).toEqual([1, 4, 5])
    expect(await over(honest, () => listVersions(session, first.recordId))).toEqual([first, later, last])
    const { bytes } = await over(honest, () => downloadRecord(session, later))
    expect(new TextDecoder().decode(bytes)).toBe("later")
  })

  test("gives the cloud no way to leave out one that was committed", async () => {
    await interrupted()
    const later = await over(honest, () => uploadRecord(session, documentOf("summary", "later"), first))
    await over(honest, () => uploadRecord(session, documentOf("summary", "last"), later))
    for (const at of [0, 1, 2]) {
      const without = lying(honest, {
        "patient/list-versions": (answer) => ({ ...answer, versions: answer.versions.toSpliced(at, 1) }),
      })
      await expect(over(without, () => listVersions(session, first.recordId))).rejects.toMatchObject({
        code: "record-differs",
      })
    }
  })

  test("is deleted with its record", async () => {
    await interrupted()
    await over(honest, () => deleteRecord(session, first.recordId))
    expect(memory.objectsOf(session.patientId)).toEqual([])
  })
})

describe("an object store where every place is taken", () => {
  test("ends the upload of a version after as many tries as the cloud takes", async () => {
    let puts = 0
    const counting: Network = (asked) => {
      if (asked.method === "PUT" && asked.route === "object") puts++
      return full(asked)
    }
    await expect(over(counting, () => uploadRecord(session, documentOf("summary", "x"), first))).rejects.toMatchObject({
      code: "record-conflict",
    })
    expect(puts).toBe(versionReach)
  })

  test("is told to a professional: nothing of theirs can be there", async () => {
    const { text } = await over(honest, () => makeCard(session, { hri: hriAddress, categories: ["summary"] }))
    const card = cardIn(text)
    const access = await over(honest, async () => emergencyAccess(card, await lookUp(card), memory.physician))
    const adding = () => contribute(access, documentOf("summary", "an addition"))
    await expect(over(full, adding)).rejects.toMatchObject({ code: "record-conflict" })
  })
})
