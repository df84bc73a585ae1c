import { describe, expect, test } from "vitest"
import type { ResponseOf } from "../../../contract/routes.ts"
import { categories } from "../../../protocol/primitives.ts"
import { makeCard, revokeCard, startEpoch } from "../../../sdk/patient/cards.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { listCards } from "../../../sdk/patient/held-cards.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { hriAddress } from "../../kit/memory-network.ts"
import { type Asked, jsonOf, jsonReply, type Network } from "../../kit/network.ts"
import { accessBy, documentOf } from "../../kit/people.ts"
import { again, changed, losing, newCard, physician, secondDevice, useWorld, without } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

const patientWithCard = async () => {
  const account = await world.patient()
  const made = await online(() => newCard(account.session))
  return { ...account, ...made }
}

const epochsOf = async (session: PatientSession) => {
  const { keyRing } = await online(() => readContents(session))
  return Object.fromEntries(categories.map((category) => [category, keyRing.categories[category].epoch]))
}
const statuses = async (session: PatientSession) =>
  Object.fromEntries((await online(() => listCards(session))).map(({ cardId, status }) => [cardId, status]))
const listedIn = async (session: PatientSession) =>
  (await online(() => readContents(session))).manifest.claims.cards.map(({ cardId }) => cardId)

const cardsAnswered = (change: (cards: ResponseOf<"patient/list-cards">["cards"]) => object[]) =>
  changed("patient/list-cards", (reply) => {
    const answer = jsonOf(reply) as ResponseOf<"patient/list-cards">
    return jsonReply({ ...answer, cards: change(answer.cards) })
  })

describe("a card", () => {
  test("is listed with what it opens, and opens it for a professional", async () => {
    const { session, card, cardId, text } = await patientWithCard()
    await online(() => uploadRecord(session, documentOf("summary", "the summary")))
    expect(await online(() => listCards(session))).toMatchObject([
      { cardId, status: "active", categories: ["summary", "document"], secrets: { text } },
    ])
    const access = await online(() => physician(world, card))
    expect(access.categories).toEqual(["summary", "document"])
    expect(access.summary).toHaveLength(1)
  })

  test("is made once, though another device publishes at the same moment", async () => {
    const account = await patientWithCard()
    const other = await online(() => secondDevice(account))
    await online(() => uploadRecord(other, documentOf("document", "quicker")))
    const { cardId, card } = await online(() => newCard(account.session, ["document"]))
    expect(await statuses(account.session)).toMatchObject({ [cardId]: "active", [account.cardId]: "active" })
    expect((await online(() => accessBy(card, world.memory.physician))).categories).toEqual(["document"])
  })

  test("that the manifest doesn't list is none of the patient's", async () => {
    const { session } = await patientWithCard()
    const foreign = await patientWithCard()
    let theirs: object[] = []
    await online(
      () => listCards(again(foreign.session)),
      cardsAnswered((cards) => {
        theirs = cards
        return cards
      }),
    )
    const listed = online(
      () => listCards(again(session)),
      cardsAnswered((cards) => [...cards, ...theirs]),
    )
    await expect(listed).rejects.toMatchObject({ code: "cards-differ" })
  })

  test("can't be withheld behind one that was revoked before", async () => {
    const { session, cardId } = await patientWithCard()
    const { cardId: ended } = await online(() => newCard(session))
    await online(() => revokeCard(session, ended))
    const hidden = cardsAnswered((cards) => cards.filter((card) => card.cardId !== cardId))
    await expect(online(() => listCards(again(session)), hidden)).rejects.toMatchObject({ code: "cards-differ" })
  })

  test("isn't revoked by the cloud's word", async () => {
    const { session, cardId } = await patientWithCard()
    const said = cardsAnswered((cards) =>
      cards.map(({ cardId, categories, createdAt, locatorHash, hri }) => ({
        cardId,
        categories,
        createdAt,
        locatorHash,
        hri,
        status: "revoked",
      })),
    )
    await expect(online(() => listCards(again(session)), said)).rejects.toMatchObject({ code: "cards-differ" })
    expect(await statuses(session)).toEqual({ [cardId]: "active" })
  })
})

describe("a card's revocation", () => {
  test("ends the card, starts new epochs of what it opened, and renews the others", async () => {
    const { session, card, cardId } = await patientWithCard()
    const kept = await online(() => newCard(session, ["document", "imaging"]))
    await online(() => revokeCard(session, cardId))
    expect(await statuses(session)).toEqual({ [cardId]: "revoked", [kept.cardId]: "active" })
    expect(await epochsOf(session)).toMatchObject({ summary: 2, document: 2, imaging: 1 })
    expect(await listedIn(session)).toEqual([kept.cardId])
    await expect(online(() => physician(world, card))).rejects.toMatchObject({ code: "hri-entry-unknown" })
    await online(() => uploadRecord(session, documentOf("document", "later")))
    const access = await online(() => physician(world, kept.card))
    expect(access.keys.newest("document").epoch).toBe(2)
  })

  test.each(["patient/revoke-card", "patient/strike-card"] as const)(
    "that lost the answer of %s is whole once it is called again",
    async (route) => {
      const { session, cardId } = await patientWithCard()
      await expect(online(() => revokeCard(session, cardId), losing(route))).rejects.toMatchObject({
        name: "Unreachable",
      })
      await online(() => revokeCard(session, cardId))
      expect(await statuses(session)).toEqual({ [cardId]: "revoked" })
      expect(await listedIn(session)).toEqual([])
      expect(await epochsOf(session)).toMatchObject({ summary: 2, document: 2 })
      expect(session.memory.cards).toEqual({})
    },
  )

  /** The statement is made, the publication isn't. */
  const interrupted = async () => {
    const patient = await patientWithCard()
    const revoking = online(() => revokeCard(patient.session, patient.cardId), without("patient/strike-card"))
    await expect(revoking).rejects.toMatchObject({ name: "Unreachable" })
    expect(await listedIn(patient.session)).toEqual([patient.cardId])
    return patient
  }
  /** The cloud says of a revoked card that it opened nothing. */
  const openedNothing = cardsAnswered((cards) =>
    cards.map((card) => (card.status === "revoked" ? { ...card, categories: [] } : card)),
  )
  const all = Object.fromEntries(categories.map((category) => [category, 2]))

  test.each<[string, (session: PatientSession, cardId: string) => Promise<unknown>]>([
    ["is called again", revokeCard],
    ["comes to an end with the next epoch", (session) => startEpoch(session, ["laboratory"])],
    [
      "comes to an end with the next card",
      (session) => makeCard(session, { hri: hriAddress, categories: ["summary"] }),
    ],
  ])("that was interrupted and %s starts new epochs of everything, whatever the cloud says", async (_, finish) => {
    const { session, cardId } = await interrupted()
    await online(() => finish(session, cardId), openedNothing)
    expect(await listedIn(session)).not.toContain(cardId)
    expect(await epochsOf(session)).toEqual(all)
  })

  /** The cloud answers revocations as if they were made, and makes none. */
  const ignored = (network: Network) => async (asked: Asked) =>
    asked.route === "patient/revoke-card" ? jsonReply({}) : network(asked)

  test("that the cloud ignores strikes the card all the same, under new keys", async () => {
    const { session, cardId } = await patientWithCard()
    await online(() => revokeCard(session, cardId), ignored)
    expect(await listedIn(session)).toEqual([])
    expect(await epochsOf(session)).toMatchObject({ summary: 2, document: 2 })
  })

  test("that the cloud ignores, and that was interrupted, gives the card no key of a later epoch", async () => {
    const { session, cardId } = await patientWithCard()
    const half = (network: Network) => without("patient/strike-card")(ignored(network))
    await expect(online(() => revokeCard(session, cardId), half)).rejects.toMatchObject({ name: "Unreachable" })
    expect(await statuses(session)).toEqual({ [cardId]: "revoked" })
    await expect(online(() => startEpoch(session, ["summary"]))).rejects.toMatchObject({ code: "manifest-invalid" })
    await online(() => revokeCard(session, cardId), ignored)
    expect(await listedIn(session)).toEqual([])
    expect(session.memory.revoked).toEqual([cardId])
    await online(() => listCards(session))
    expect(session.memory.revoked).toEqual([])
  })

  test("that was interrupted comes to an end with another card's", async () => {
    const account = await world.patient()
    const { session } = account
    const one = await online(() => newCard(session, ["summary"]))
    const two = await online(() => newCard(session, ["document"]))
    const revoking = online(() => revokeCard(session, one.cardId), without("patient/strike-card"))
    await expect(revoking).rejects.toMatchObject({ name: "Unreachable" })
    await online(() => revokeCard(session, two.cardId), openedNothing)
    expect(await listedIn(session)).toEqual([])
    expect(await epochsOf(session)).toEqual(all)
  })
})
