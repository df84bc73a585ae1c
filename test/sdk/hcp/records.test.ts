import { describe, expect, test } from "vitest"
import { type ListedCategory, listAllRecords, listCategory, listRecords } from "../../../sdk/hcp/records.ts"
import { makeCard } from "../../../sdk/patient/cards.ts"
import { listRecords as listOwn } from "../../../sdk/patient/listed.ts"
import { deleteRecord, uploadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { hriAddress } from "../../kit/memory-network.ts"
import type { Network } from "../../kit/network.ts"
import { accessBy, cardIn, documentOf } from "../../kit/people.ts"
import { useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

const patientWith = async (documents: number) => {
  const account = await world.patient()
  const made = await online(async () => {
    for (let n = 1; n <= documents; n++) await uploadRecord(account.session, documentOf("document", `letter ${n}`))
    await uploadRecord(account.session, documentOf("laboratory", "a result"))
    const { text } = await makeCard(account.session, { hri: hriAddress, categories: ["laboratory", "document"] })
    return { card: cardIn(text) }
  })
  return { ...account, ...made }
}

/** What the patient does before the answer to each of these pages of a category is asked for. */
const meanwhile =
  (wanted: { category: string; page: string }, does: () => Promise<unknown>, times = 1) =>
  (network: Network): Network => {
    let left = times
    return async (asked) => {
      const { category, page } = Object.fromEntries(asked.url.searchParams)
      const meant = asked.route === "hcp/list-records" && category === wanted.category && page === wanted.page
      if (meant && left-- > 0) await online(does)
      return network(asked)
    }
  }

const idsOf = (listed: ListedCategory["listed"]) => listed.map(({ descriptor }) => descriptor.recordId)
const ownIds = async (session: PatientSession) => (await online(() => listOwn(session))).map(({ recordId }) => recordId)
const deleteFirst = async (session: PatientSession) => {
  const [first] = await listOwn(session, ["document"])
  if (first !== undefined) await deleteRecord(session, first.recordId)
}

describe("a category of several pages", () => {
  test("is listed as one state of the record has it, though a record is deleted while it is asked for", async () => {
    const { session, card } = await patientWith(66)
    const deleting = meanwhile({ category: "document", page: "1" }, () => deleteFirst(session))
    const listed = await online(
      async () => listRecords(await accessBy(card, world.memory.physician), "document"),
      deleting,
    )
    const documents = (await online(() => listOwn(session, ["document"]))).map(({ recordId }) => recordId)
    expect(documents).toHaveLength(65)
    expect(idsOf(listed)).toEqual(documents)
    expect(listed.every(({ metadata }) => metadata !== undefined)).toBe(true)
    // Each time that it is asked for.
    const always = meanwhile({ category: "document", page: "0" }, () => deleteFirst(session), 9)
    await expect(
      online(async () => listAllRecords(await accessBy(card, world.memory.physician)), always),
    ).rejects.toMatchObject({ code: "busy" })
  })
})

test("all categories are listed of one state of the record, though it moves on between two of them", async () => {
  const { session, card } = await patientWith(2)
  const adding = meanwhile({ category: "document", page: "0" }, () =>
    uploadRecord(session, documentOf("laboratory", "a newer result")),
  )
  const listed = await online(async () => listAllRecords(await accessBy(card, world.memory.physician)), adding)
  expect(idsOf(listed).toSorted()).toEqual((await ownIds(session)).toSorted())
})

test("two categories that are asked for at once are each taken, though the later state comes first", async () => {
  const { session, card } = await patientWith(1)
  const access = await online(() => accessBy(card, world.memory.physician))
  let release = () => {}
  const isOvertaken = new Promise<void>((resolve) => (release = resolve))
  const held = (network: Network) => async (asked: Parameters<Network>[0]) => {
    const reply = await network(asked)
    const isHeld = asked.route === "hcp/list-records" && asked.url.searchParams.get("category") === "document"
    if (isHeld) await isOvertaken
    return reply
  }
  await online(async () => {
    const earlier = listCategory(access, "document")
    await uploadRecord(session, documentOf("document", "added meanwhile"))
    const later = await listCategory(access, "laboratory")
    release()
    expect((await earlier).listed).toHaveLength(1)
    expect((await earlier).manifest).not.toBe(later.manifest)
    expect(access.manifest.hash).toBe(later.manifest)
  }, held)
})
