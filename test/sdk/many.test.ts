import { describe, expect, test } from "vitest"
import { maxCards } from "../../protocol/primitives.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { startEpoch } from "../../sdk/patient/cards.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { approveContribution, listContributions, rejectContribution } from "../../sdk/patient/contributions.ts"
import { haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { listVersions, uploadRecord } from "../../sdk/patient/records.ts"
import { witnessesBehind } from "../../sdk/patient/witness.ts"
import { accessBy, documentOf } from "../kit/people.ts"
import { again, newCard, useWorld } from "../kit/world.ts"
import { wholeLife } from "../large/whole-life.ts"

const world = useWorld()
const online = world.over

describe("a patient with very much of everything", () => {
  test("renews all cards that there may be in one epoch, and all their witnesses", async () => {
    const { session } = await world.patient()
    await online(async () => {
      for (let i = 0; i < maxCards; i++) await newCard(session, ["summary", "document"])
      await startEpoch(session, ["summary", "document"])
    })
    const cards = await online(() => listCards(again(session)))
    expect(cards.map(({ status }) => status)).toEqual(Array.from({ length: maxCards }, () => "active"))
    expect(witnessesBehind(session)).toEqual([])
  }, 60_000)

  test("lists and verifies hundreds of versions of a record", async () => {
    const { session } = await world.patient()
    const versions = 150
    let newest = await online(() => uploadRecord(session, documentOf("document", "first")))
    await online(async () => {
      for (let i = 2; i <= versions; i++)
        newest = await uploadRecord(session, documentOf("document", `${i}`), { replaces: newest })
    })
    const listed = await online(() => listVersions(again(session), newest.recordId))
    expect(listed.map(({ version }) => version)).toEqual(Array.from({ length: versions }, (_, i) => i + 1))
  }, 60_000)

  test("lists, halts and decides with a hundred additions pending, of many accesses", async () => {
    const { session } = await world.patient()
    const { card } = await online(() => newCard(session))
    const accesses = await online(async () => {
      const all = []
      for (let i = 0; i < 10; i++) {
        const access = await accessBy(card, world.memory.physician)
        for (let j = 0; j < 10; j++) await contribute(access, documentOf("document", `${i} ${j}`))
        all.push(access)
      }
      return all
    })
    const pending = await online(() => listContributions(session))
    expect(pending).toHaveLength(100)
    await online(async () => {
      for (const [i, each] of pending.slice(0, 20).entries())
        await (i % 2 === 0 ? approveContribution(session, each) : rejectContribution(session, each))
    })
    const [first] = accesses
    if (first === undefined) throw new Error("there was no access")
    await online(() => haltGrant(session, first))
    const grants = await online(() => listGrants(session))
    expect(grants.map(({ status }) => status).toSorted()).toEqual([
      ...Array.from({ length: 9 }, () => "active"),
      "halted",
    ])
    const { manifest } = await online(() => readContents(again(session)))
    expect(manifest.claims.decided).toHaveLength(1)
    expect(
      (await online(() => listContributions(again(session)))).filter(({ status }) => status === "pending"),
    ).toHaveLength(80)
  }, 60_000)

  test("reads, halts, decides and publishes after more epochs than the key ring has room for", async () => {
    const amounts = { versions: 40, epochs: 140, cards: 3, accesses: 20, pending: 10 }
    const { steps, epoch, ringBytes } = await wholeLife(world.memory, amounts)
    expect(epoch).toBe(143)
    expect(ringBytes).toBeLessThan(20_000)
    // Accesses that are settled are not asked for again.
    const again = steps.find(({ step }) => step === "add a document after that, once more")
    expect(again?.received).toBeLessThan(5_000)
  }, 60_000)
})
