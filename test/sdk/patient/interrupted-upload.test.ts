import { beforeEach, describe, expect, test } from "vitest"
import { canonicalHash } from "../../../protocol/crypto/canonical.ts"
import { revokeCard, startEpoch } from "../../../sdk/patient/cards.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { downloadRecord, listVersions, uploadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import type { UploadState } from "../../../sdk/sealed-record.ts"
import type { Account } from "../../kit/people.ts"
import { documentOf } from "../../kit/people.ts"
import { losing, newCard, secondDevice, useWorld, without } from "../../kit/world.ts"

const world = useWorld()
const online = world.over
let account: Account
let patient: PatientSession
beforeEach(async () => {
  account = await world.patient()
  patient = account.session
})

/** Another device of the same person's. */
const anotherDevice = () => online(() => secondDevice(account))

const first = documentOf("document", "first")
const second = documentOf("document", "second")
const third = documentOf("document", "third")
const contentOf = async (session: PatientSession) => {
  const [listed, ...others] = await listRecords(session)
  expect(others).toEqual([])
  return listed === undefined ? undefined : Buffer.from((await downloadRecord(session, listed)).bytes).toString()
}

/** An upload that is interrupted, before its publication or after it. */
const interrupted = async (
  when: "before" | "after",
  plain: typeof first,
  replaces?: Parameters<typeof uploadRecord>[2],
): Promise<UploadState> => {
  let state: UploadState | undefined
  const onState = (now: UploadState) => {
    state = now
  }
  const going = online(
    () => uploadRecord(patient, plain, { ...replaces, onState }),
    when === "after" ? losing("patient/commit") : without("patient/commit"),
  )
  await expect(going).rejects.toMatchObject({ name: "Unreachable" })
  if (state === undefined) throw new Error("nothing was kept of it")
  return state
}

describe.each(["before", "after"] as const)("an upload that was interrupted %s its publication", (when) => {
  test("is listed once when it is resumed, however often", async () => {
    const resume = await interrupted(when, first)
    expect(await online(() => listRecords(patient))).toHaveLength(when === "after" ? 1 : 0)
    for (let i = 0; i < 2; i++) await online(() => uploadRecord(patient, first, { resume }))
    expect(await online(() => contentOf(patient))).toBe("first")
  })

  test("is listed with a key of its epoch or a newer one, though the keys have been renewed since", async () => {
    const { cardId } = await online(() => newCard(patient, ["document"]))
    const resume = await interrupted(when, first)
    await online(() => revokeCard(patient, cardId))
    const resumed = await online(() => uploadRecord(patient, first, { resume }))
    expect(resumed.epoch).toBe(when === "after" ? 1 : 2)
    expect(await online(() => contentOf(patient))).toBe("first")
    expect(await online(() => uploadRecord(patient, second))).toMatchObject({ epoch: 2 })
  })

  test("is not taken for another document", async () => {
    const resume = await interrupted(when, first)
    const other = { ...documentOf("document", "first"), title: "another title" }
    await expect(online(() => uploadRecord(patient, other, { resume }))).rejects.toMatchObject({
      code: "source-changed",
    })
  })
})

test("an upload that was interrupted after its publication takes no later version's place", async () => {
  const replaces = await online(() => uploadRecord(patient, first))
  const resume = await interrupted("after", second, { replaces })
  const other = await anotherDevice()
  const [listed] = await online(() => listRecords(other))
  await online(() => uploadRecord(other, third, { replaces: listed }))
  await online(() => uploadRecord(patient, second, { resume }))
  expect(await online(() => contentOf(patient))).toBe("third")
  const versions = await online(() => listVersions(patient, replaces.recordId))
  expect(versions.map(({ version }) => version)).toEqual([1, 2, 3])
})

test("a version that was uploaded and never published leaves its number to the next, and can't be published after it", async () => {
  const replaces = await online(() => uploadRecord(patient, first))
  const resume = await interrupted("before", second, { replaces })
  const next = await online(() => uploadRecord(patient, third, { replaces }))
  expect(next).toMatchObject({ version: 2, replaces: await canonicalHash(replaces) })
  expect(await online(() => listVersions(patient, replaces.recordId))).toEqual([replaces, next])
  await expect(online(() => uploadRecord(patient, second, { resume }))).rejects.toMatchObject({
    code: "record-conflict",
  })
  expect(await online(() => listVersions(patient, replaces.recordId))).toEqual([replaces, next])
})

test("what is uploaded while another device begins an epoch is listed under the new key", async () => {
  const other = await anotherDevice()
  await online(() => uploadRecord(patient, first))
  await online(() => startEpoch(other, ["document"]))
  const added = await online(() => uploadRecord(patient, second))
  expect(added.epoch).toBe(2)
  for (const device of [patient, other]) {
    const listed = (await online(() => listRecords(device))).map(({ epoch }) => epoch)
    expect(listed).toEqual([1, 2])
    const { bytes } = await online(() => downloadRecord(device, added))
    expect(Buffer.from(bytes).toString()).toBe("second")
  }
})
