import { describe, expect, test } from "vitest"
import type { ResponseOf } from "../../../contract/routes.ts"
import { categories } from "../../../protocol/primitives.ts"
import { listRecords as listGranted, readRecord as readGranted } from "../../../sdk/hcp/records.ts"
import { makeCard, revokeCard, startEpoch } from "../../../sdk/patient/cards.ts"
import { changeCard } from "../../../sdk/patient/change-card.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { listCards } from "../../../sdk/patient/held-cards.ts"
import { setOpenPart } from "../../../sdk/patient/open-part.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import type { PatientSession } from "../../../sdk/patient/session.ts"
import { hriAddress } from "../../kit/memory-network.ts"
import { type Asked, jsonOf, jsonReply, type Network } from "../../kit/network.ts"
import { accessBy, documentOf, openPartOf } from "../../kit/people.ts"
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

describe("a card that is changed", () => {
  const nameOf = async (session: PatientSession) => (await online(() => listCards(again(session))))[0]?.name

  test("opens what was chosen last, with the same printed code, and reads nothing that is added to what it lost", async () => {
    const { session, card, cardId, text } = await patientWithCard()
    await online(() => uploadRecord(session, documentOf("document", "before")))
    const wide = await online(() => physician(world, card))
    await online(() => changeCard(session, cardId, { categories: ["summary", "imaging"] }))
    await online(() => uploadRecord(session, documentOf("document", "after")))
    await online(() => uploadRecord(session, documentOf("imaging", "an image")))
    const access = await online(() => physician(world, card))
    expect(access.categories).toEqual(["summary", "imaging"])
    expect(await online(() => listGranted(access, "imaging"))).toHaveLength(1)
    expect(await epochsOf(session)).toMatchObject({ summary: 1, document: 2, imaging: 1 })
    expect(wide.keys.newest("document").epoch).toBe(1)
    expect(await online(() => listCards(again(session)))).toMatchObject([
      { cardId, status: "active", categories: ["summary", "imaging"], secrets: { text } },
    ])
  })

  test("closes what it lost to an access that runs, at once", async () => {
    const { session, card, cardId } = await patientWithCard()
    await online(() => uploadRecord(session, documentOf("document", "before")))
    const access = await online(() => physician(world, card))
    expect(await online(() => listGranted(access, "document"))).toHaveLength(1)
    await online(() => changeCard(session, cardId, { categories: ["summary"] }))
    await expect(online(() => listGranted(access, "document"))).rejects.toMatchObject({ code: "category-not-granted" })
    expect(await online(() => listGranted(access, "summary"))).toEqual([])
  })

  test("opens what was added before to what it has from now on", async () => {
    const { session } = await world.patient()
    await online(() => uploadRecord(session, documentOf("imaging", "before")))
    await online(() => startEpoch(session, ["imaging"]))
    const { card, cardId } = await online(() => newCard(session, ["summary"]))
    await online(() => changeCard(session, cardId, { categories: ["imaging", "summary"] }))
    const access = await online(() => physician(world, card))
    const [listed] = await online(() => listGranted(access, "imaging"))
    if (listed === undefined) throw new Error("no image")
    expect(Buffer.from((await online(() => readGranted(access, listed))).bytes).toString()).toBe("before")
  })

  test("gives the others the new keys of what it lost", async () => {
    const { session, cardId } = await patientWithCard()
    const kept = await online(() => newCard(session, ["document"]))
    await online(() => changeCard(session, cardId, { categories: ["summary"] }))
    expect((await online(() => physician(world, kept.card))).keys.newest("document").epoch).toBe(2)
  })

  test("is called what its patient calls it, on each of their devices, and no new key begins for that", async () => {
    const account = await patientWithCard()
    const { session, cardId, card } = account
    expect(await nameOf(session)).toBe("")
    let sent = ""
    const watching: (network: Network) => Network = (network) => async (asked) => {
      sent += Buffer.from(asked.body ?? []).toString()
      return network(asked)
    }
    await online(() => changeCard(session, cardId, { name: "Αντίγραφο της μητέρας" }), watching)
    expect(sent).toContain("wrappedCategoryKeys")
    expect(sent).not.toContain("μητέρας")
    const other = await online(() => secondDevice(account))
    expect(await nameOf(other)).toBe("Αντίγραφο της μητέρας")
    await online(() => changeCard(other, cardId, { categories: ["summary"] }))
    expect(await nameOf(session)).toBe("Αντίγραφο της μητέρας")
    await online(() => changeCard(session, cardId, { name: "" }))
    expect(await nameOf(other)).toBe("")
    expect(await epochsOf(session)).toMatchObject({ summary: 1, document: 2 })
    expect((await online(() => physician(world, card))).categories).toEqual(["summary"])
  })

  test("says to anybody what it said, under its new name", async () => {
    const { session, cardId } = await patientWithCard()
    await online(() => setOpenPart(session, cardId, openPartOf("somebody")))
    await online(() => changeCard(session, cardId, { name: "Wallet", categories: ["summary"] }))
    const [held] = await online(() => listCards(again(session)))
    expect(held).toMatchObject({ name: "Wallet", openPart: { said: openPartOf("somebody") } })
  })

  test("to what it is already is asked of nobody", async () => {
    const { session, cardId } = await patientWithCard()
    await online(
      () => changeCard(session, cardId, { categories: ["document", "summary"], name: "" }),
      without("patient/change-card"),
    )
  })

  test.each([{ categories: [] }, { name: "a\nb" }, { name: "ω".repeat(48) }])(
    "to %j is refused before anybody is asked",
    async (change) => {
      const { session, cardId } = await patientWithCard()
      await expect(online(() => changeCard(session, cardId, change), without("patient/change-card"))).rejects.toThrow(
        TypeError,
      )
    },
  )

  test("and was revoked, or is nobody's, isn't there", async () => {
    const { session, cardId } = await patientWithCard()
    await online(() => revokeCard(session, cardId))
    for (const id of [cardId, "A".repeat(22)])
      await expect(online(() => changeCard(session, id, { name: "Wallet" }))).rejects.toMatchObject({
        code: "not-found",
      })
  })

  test.each(["asked", "answered"] as const)(
    "is changed when it is asked for again, where the request was lost as it was %s",
    async (when) => {
      const { session, cardId } = await patientWithCard()
      const lost = when === "asked" ? without("patient/change-card") : losing("patient/change-card")
      const change = { categories: ["summary"], name: "Wallet" } as const
      await expect(online(() => changeCard(session, cardId, change), lost)).rejects.toThrow()
      await online(() => changeCard(again(session), cardId, change))
      expect(await online(() => listCards(again(session)))).toMatchObject([{ categories: ["summary"], name: "Wallet" }])
    },
  )

  test("by two devices at the same moment is changed by both", async () => {
    const account = await patientWithCard()
    const other = await online(() => secondDevice(account))
    await online(() => changeCard(other, account.cardId, { name: "Wallet" }))
    await online(() => changeCard(account.session, account.cardId, { categories: ["summary"] }))
    expect(await online(() => listCards(again(account.session)))).toMatchObject([
      { categories: ["summary"], name: "Wallet" },
    ])
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
