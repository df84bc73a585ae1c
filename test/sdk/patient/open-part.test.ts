import { describe, expect, test } from "vitest"
import type { ResponseOf, RouteName } from "../../../contract/routes.ts"
import { deriveFrontKeys, readFront } from "../../../protocol/card-front.ts"
import { toBase64url } from "../../../protocol/crypto/bytes.ts"
import { readStatement } from "../../../protocol/statement.ts"
import { apiAt } from "../../../sdk/api.ts"
import { readCard } from "../../../sdk/card/open-part.ts"
import { readAuditTrail } from "../../../sdk/patient/audit-trail.ts"
import { makeCard, revokeCard } from "../../../sdk/patient/cards.ts"
import { frontsBehind } from "../../../sdk/patient/fronts.ts"
import { listCards } from "../../../sdk/patient/held-cards.ts"
import { removeOpenPart, setOpenPart } from "../../../sdk/patient/open-part.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { renewWitnesses } from "../../../sdk/patient/witness.ts"
import { hriAddress } from "../../kit/memory-network.ts"
import { type Asked, jsonOf, jsonReply, type Network, requestIn } from "../../kit/network.ts"
import { documentOf, openPartOf } from "../../kit/people.ts"
import { again, changed, counting, secondDevice, useWorld, without } from "../../kit/world.ts"

const world = useWorld()
const online = world.over
const said = openPartOf("Eleni")

const withCard = async () => {
  const account = await world.patient()
  const made = await online(() => makeCard(account.session, { hri: hriAddress, categories: ["summary"] }))
  return { ...account, ...made }
}
type Made = Awaited<ReturnType<typeof withCard>>
const read = ({ front }: Pick<Made, "front">, between?: (network: Network) => Network) =>
  online(() => readCard(front, hriAddress), between)
const saidBy = async (session: PatientSession, cardId: string) =>
  (await online(() => listCards(session))).find((card) => card.cardId === cardId)?.openPart
const inIndex = async ({ front }: Pick<Made, "front">): Promise<string> => {
  const { locator } = await deriveFrontKeys(front.secret)
  const ask = () => apiAt(hriAddress).call("hri/look-up", { locator: toBase64url(locator) })
  return online(ask).then(
    () => "there",
    (error: { code: string }) => error.code,
  )
}
/** What a route answered, and the same answer again whenever it is asked from then on. */
const keeping = (route: RouteName) => {
  let kept: object | undefined
  return {
    keep: changed(route, (reply) => {
      kept = jsonOf(reply) as object
      return reply
    }),
    again:
      (network: Network): Network =>
      async (asked: Asked) =>
        asked.route === route && kept !== undefined ? jsonReply(kept) : network(asked),
  }
}

describe("what a card says to anybody", () => {
  test("is nothing, until its patient says it; then whoever has the front reads it, and the trail tells of that", async () => {
    const made = await withCard()
    const { asked, between } = counting()
    expect(await read(made, between)).toBeUndefined()
    expect(asked).toEqual(["hri/look-up"])
    await online(() => setOpenPart(made.session, made.cardId, said))
    expect(await read(made)).toMatchObject({ said })
    expect(await saidBy(made.session, made.cardId)).toEqual({ number: 1, said })
    const events = await online(() => readAuditTrail(made.session))
    const last = events.slice(-2).map(({ action, actor }) => [action, actor.kind])
    expect(last).toEqual([
      ["set-open-part", "patient"],
      ["read-open-part", "holder"],
    ])
  })

  test("changes without a new front, on another device of the patient's too", async () => {
    const made = await withCard()
    await online(() => setOpenPart(made.session, made.cardId, said))
    const other = await online(() => secondDevice(made))
    expect(await saidBy(other, made.cardId)).toEqual({ number: 1, said })
    const changedTo = openPartOf("Maria")
    await online(() => setOpenPart(other, made.cardId, changedTo))
    expect(await read(made)).toMatchObject({ said: changedTo })
    const [card] = await online(() => listCards(made.session))
    expect(card?.openPart).toEqual({ number: 2, said: changedTo })
    expect(card?.secrets?.front).toEqual(made.front)
  })

  test("is gone from the cloud once it is taken back, and can be said anew", async () => {
    const made = await withCard()
    await online(() => setOpenPart(made.session, made.cardId, said))
    await online(() => removeOpenPart(made.session, made.cardId))
    expect(await read(made)).toBeUndefined()
    expect(await saidBy(made.session, made.cardId)).toEqual({ number: 2 })
    await online(() => setOpenPart(made.session, made.cardId, said))
    expect(await read(made)).toMatchObject({ said })
  })

  test("is gone from cloud and index with its card", async () => {
    const made = await withCard()
    await online(() => setOpenPart(made.session, made.cardId, said))
    await online(() => revokeCard(made.session, made.cardId))
    expect(await inIndex(made)).toBe("hri-entry-unknown")
    expect(await read(made)).toBeUndefined()
    await expect(online(() => setOpenPart(made.session, made.cardId, said))).rejects.toMatchObject({
      code: "not-found",
    })
  })

  test("is named to the index later, where it can't be reached: by the next change", async () => {
    const made = await withCard()
    await online(() => setOpenPart(made.session, made.cardId, said), without("hri/put-entry"))
    expect(frontsBehind(made.session)).toEqual([made.cardId])
    expect(await read(made)).toBeUndefined()
    await online(() => uploadRecord(made.session, documentOf("summary", "a change")))
    expect(frontsBehind(made.session)).toEqual([])
    expect(await read(made)).toMatchObject({ said })
  })
})

describe("the place of a front in the index", () => {
  test("is taken when the card is made, or by the next change where the index couldn't be reached", async () => {
    expect(await inIndex(await withCard())).toBe("there")
    const { session } = await world.patient()
    const making = online(
      () => makeCard(session, { hri: hriAddress, categories: ["summary"] }),
      without("hri/put-entry"),
    )
    await expect(making).rejects.toMatchObject({ name: "Unreachable" })
    const [card] = await online(() => listCards(session))
    if (card?.secrets === undefined) throw new Error("no card was made")
    expect(frontsBehind(session)).toEqual([card.cardId])
    expect(await inIndex(card.secrets)).toBe("hri-entry-unknown")
    await online(() => uploadRecord(session, documentOf("summary", "a change")))
    expect(frontsBehind(session)).toEqual([])
    expect(await inIndex(card.secrets)).toBe("there")
  })

  test("is no conflict for a device that was never told of what another has said since", async () => {
    const made = await withCard()
    const other = await online(() => secondDevice(made))
    await online(() => listCards(other))
    await online(() => setOpenPart(made.session, made.cardId, said))
    expect(frontsBehind(other)).toEqual([made.cardId])
    expect(await online(() => renewWitnesses(other))).toEqual([])
    expect(frontsBehind(other)).toEqual([])
    expect(await read(made)).toMatchObject({ said })
    expect(await saidBy(other, made.cardId)).toMatchObject({ number: 1 })
    expect(frontsBehind(other)).toEqual([made.cardId])
    expect(await online(() => renewWitnesses(other))).toEqual([])
    expect(frontsBehind(other)).toEqual([])
  })

  test("can't be told by the length of its entry from that of a back, nor by whether it says something", async () => {
    const lengths = new Set<number>()
    const noting =
      (network: Network): Network =>
      async (asked) => {
        if (asked.route === "hri/put-entry") {
          const { statement } = requestIn("hri/put-entry", asked) as { statement: string }
          const { payload } = readStatement(statement)
          lengths.add((payload as { entry: string }).entry.length)
        }
        return network(asked)
      }
    const { session } = await world.patient()
    await online(async () => {
      const { cardId } = await makeCard(session, { hri: hriAddress, categories: ["summary"] })
      await setOpenPart(session, cardId, said)
    }, noting)
    expect(lengths.size).toBe(1)
  })
})

describe("a cloud that shows what a card said before", () => {
  test("is refused by whoever reads the card, after it was changed and after it was taken back", async () => {
    const made = await withCard()
    await online(() => setOpenPart(made.session, made.cardId, said))
    const before = keeping("card/read-open-part")
    await read(made, before.keep)
    await online(() => setOpenPart(made.session, made.cardId, openPartOf("Maria")))
    await expect(read(made, before.again)).rejects.toMatchObject({ code: "open-part-invalid" })
    await online(() => removeOpenPart(made.session, made.cardId))
    await expect(read(made, before.again)).rejects.toMatchObject({ code: "open-part-invalid" })
  })

  test("is noticed by a device that knows of more, and by one that doesn't, when it says something itself", async () => {
    const made = await withCard()
    const { session, cardId } = made
    await online(() => setOpenPart(session, cardId, said))
    const before = keeping("patient/list-cards")
    await online(() => listCards(again(session)), before.keep)
    const other = await online(() => secondDevice(made))
    await online(() => setOpenPart(session, cardId, openPartOf("Maria")))
    await expect(online(() => listCards(session), before.again)).rejects.toMatchObject({ code: "cards-differ" })
    const hidden = changed("patient/list-cards", (reply) => {
      const answer = jsonOf(reply) as ResponseOf<"patient/list-cards">
      return jsonReply({ ...answer, cards: answer.cards.map((card) => ({ ...card, openPart: undefined })) })
    })
    await expect(online(() => listCards(session), hidden)).rejects.toMatchObject({ code: "cards-differ" })
    const accepting =
      (network: Network): Network =>
      async (asked) =>
        asked.route === "patient/set-open-part" ? jsonReply({}) : before.again(network)(asked)
    const saying = online(() => setOpenPart(other, cardId, said), accepting)
    await expect(saying).rejects.toMatchObject({ code: "witness-conflict" })
  })
})

test("a front of another patient's card is never read as this one's, whoever put which entry and answer in its place", async () => {
  const [one, other] = [await withCard(), await withCard()]
  for (const { session, cardId } of [one, other]) await online(() => setOpenPart(session, cardId, said))
  const index = keeping("hri/look-up")
  await read(other, index.keep)
  await expect(read(one, index.again)).rejects.toMatchObject({ code: "entry-invalid" })
  const cloud = keeping("card/read-open-part")
  await read(other, cloud.keep)
  await expect(read(one, cloud.again)).rejects.toMatchObject({ code: "open-part-invalid" })
  // The secret of one with the owner of the other: a front that a forger prints.
  const forged = { front: { ...one.front, owner: other.front.owner } }
  await expect(read(forged)).rejects.toMatchObject({ code: "entry-invalid" })
  expect(readFront("").outcome).toBe("front-foreign")
})
