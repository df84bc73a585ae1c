import { describe, expect, test } from "vitest"
import { nextAccountKey } from "../../../protocol/account-key.ts"
import { deriveCardKeys, locatorHash, makeCard as makeParts } from "../../../protocol/card.ts"
import { endingSignerLists, maxSignerLists } from "../../../protocol/claims.ts"
import { toBase64url } from "../../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../../protocol/crypto/primitives.ts"
import { nextEpochs } from "../../../protocol/key-ring.ts"
import { generateKeyPairs, publicKeysOf } from "../../../protocol/keys.ts"
import { activeSigners } from "../../../protocol/signers.ts"
import { contribute } from "../../../sdk/hcp/contribute.ts"
import { makeCard, revokeCard } from "../../../sdk/patient/cards.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { approveContribution, listContributions, rejectContribution } from "../../../sdk/patient/contributions.ts"
import { hashOf } from "../../../sdk/patient/epochs.ts"
import { listCards } from "../../../sdk/patient/held-cards.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { publish } from "../../../sdk/patient/publication.ts"
import { downloadRecord, uploadRecord } from "../../../sdk/patient/records.ts"
import { callAsPatient, type PatientSession, placeOf } from "../../../sdk/patient/session.ts"
import { endAtOnce } from "../../../sdk/patient/signer-end.ts"
import { addSigner, endSigner, listSigners } from "../../../sdk/patient/signers.ts"
import { hriAddress } from "../../kit/memory-network.ts"
import { jsonReply, type Network } from "../../kit/network.ts"
import { accessBy, documentOf } from "../../kit/people.ts"
import { someSealed } from "../../kit/sealed.ts"
import { again, before, losing, newCard, secondDevice, useWorld } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

const twoDevices = async () => {
  const account = await world.patient()
  const other = await online(() => secondDevice(account))
  return { ...account, other }
}
const textOf = async (session: PatientSession, index: number) => {
  const listed = (await listRecords(session))[index]
  return listed && Buffer.from((await downloadRecord(session, listed)).bytes).toString()
}
const add = (session: PatientSession, text: string) => uploadRecord(session, documentOf("document", text))

describe("a second device that was made a signer", () => {
  test("reads what the first added, and adds what the first reads", async () => {
    const { session, other } = await twoDevices()
    await online(async () => {
      await add(session, "from the first")
      expect(await textOf(other, 0)).toBe("from the first")
      await add(other, "from the second")
      expect(await textOf(session, 1)).toBe("from the second")
    })
  })

  test("is told from this one in the list, which says of an end that was interrupted that it is under way", async () => {
    const { session, other } = await twoDevices()
    const states = async () => (await online(() => listSigners(again(session)))).map(({ status }) => status)
    const own = { signerId: session.signerId, isThisDevice: true, status: "active" }
    const another = { signerId: other.signerId, isThisDevice: false, status: "active" }
    expect(await online(() => listSigners(session))).toMatchObject([own, another])
    await online(() => endAtOnce(session, session.keys, { by: session.signerId, signers: [other.signerId] }))
    expect(await states()).toEqual(["active", "ending"])
    await online(() => endSigner(session, other.signerId))
    expect(await states()).toEqual(["active", "ended"])
  })

  test("is listed once, however often it is added", async () => {
    const { session } = await world.patient()
    const keys = await publicKeysOf(await generateKeyPairs({ extractable: false }))
    await expect(online(() => addSigner(session, keys), losing("patient/publish-manifest"))).rejects.toMatchObject({
      name: "Unreachable",
    })
    await online(() => addSigner(session, keys))
    const { signers } = await online(() => readContents(session))
    expect(signers.claims.signers).toHaveLength(2)
    expect(signers.number).toBe(2)
  })
})

test("a signer is ended though others were added up to the lists that are left for that, and one more is refused", async () => {
  const { session, other } = await twoDevices()
  const added = async () => addSigner(session, await publicKeysOf(await generateKeyPairs({ extractable: false })))
  await online(async () => {
    for (let lists = 2; lists < maxSignerLists - endingSignerLists; lists++) await added()
    await expect(added()).rejects.toMatchObject({ code: "quota-exceeded" })
    expect(await endSigner(session, other.signerId)).toEqual([other.signerId])
  })
})

describe("a signer that was ended", () => {
  test("publishes nothing more, and opens nothing that comes after", async () => {
    const { session, other } = await twoDevices()
    await online(async () => {
      await add(session, "before")
      await readContents(other)
      await endSigner(session, other.signerId)
      await expect(add(other, "by the ended one")).rejects.toMatchObject({ code: expect.any(String) })
      await expect(readContents(again(other))).rejects.toMatchObject({ code: "account-key-invalid" })
      await add(session, "after")
    })
    expect(await online(() => listRecords(session))).toHaveLength(2)
    const { keyRing, accountKey, signers } = await online(() => readContents(session))
    expect(Object.values(keyRing.categories).map(({ epoch }) => epoch)).toEqual([2, 2, 2, 2, 2, 2])
    expect(accountKey.number).toBe(2)
    expect(activeSigners(signers.claims)).toHaveLength(1)
  })

  test("is ended though it made a card that nobody opens", async () => {
    const { session, other } = await twoDevices()
    const card = makeParts({ fingerprint: other.fingerprint, hri: hriAddress })
    const [cardId, share] = [toBase64url(randomBytes(16)), randomBytes(32)]
    const cloudShare = toBase64url(share)
    const proofKey = toBase64url((await deriveCardKeys(card.secret)).proofKey)
    const half = { cardId, proofKey, cloudShare, locatorHash: await locatorHash(card.locator), hri: card.hri }
    const keys = [{ category: "summary" as const, epoch: 1, wrappedKey: "A".repeat(54) }]
    await online(() =>
      publish(
        other,
        async ({ manifest }) => {
          const hash = await hashOf({ cardId, card, cloudShare, proofKey, sealed: someSealed }, keys)
          return { listedCards: [...manifest.claims.cards, { cardId, hash }] }
        },
        (publication) =>
          callAsPatient(other, "patient/make-card", {
            ...half,
            wrappedCategoryKeys: keys,
            sealed: someSealed,
            publication,
          }),
      ),
    )
    await expect(online(() => listCards(session))).rejects.toMatchObject({ code: "cards-differ" })
    await online(() => endSigner(session, other.signerId))
    expect((await online(() => listCards(session))).map(({ status }) => status)).toEqual(["revoked"])
    await online(() => add(session, "after the end"))
    await online(() => newCard(session))
  })

  test("is ended though it began an account key under which no earlier one opens", async () => {
    const { session, other } = await twoDevices()
    const place = placeOf(other)
    await online(async () => {
      await readContents(other)
      await publish(
        other,
        async ({ accountKey, account, keyRing, keys }) => {
          const holders = accountKey.sealed.map(({ to }) => to)
          const next = await nextAccountKey(place, accountKey, account, holders)
          const previous = next.accountKey.previous.map((sealed) => `${sealed.slice(0, -8)}AAAAAAAA`)
          const own = { renewed: [], holder: next.accountKey, now: 1 }
          const { ring, ...rest } = await nextEpochs(place, keyRing, keys, own)
          return {
            account: { ...next, accountKey: { ...next.accountKey, previous } },
            ring: { ...rest, keyRing: ring },
          }
        },
        (publication) => callAsPatient(other, "patient/publish-manifest", { publication }),
      )
      await endSigner(session, other.signerId)
    })
    const { accountKey } = await online(() => readContents(again(session)))
    expect([accountKey.number, accountKey.previous.length]).toEqual([3, 2])
    await online(() => add(session, "after the end"))
    expect(await online(() => textOf(session, 0))).toBe("after the end")
  })

  test("leaves no card in force though the cloud answers otherwise than it is, and gives none a new key", async () => {
    const { session, other } = await twoDevices()
    await online(() => newCard(other))
    const kept = await online(() => callAsPatient(session, "patient/list-cards", {}))
    const lying: (network: Network) => Network = (network) => async (asked) =>
      asked.route === "patient/list-cards" ? jsonReply(kept) : network(asked)
    await online(() => endSigner(session, other.signerId), lying)
    expect((await online(() => readContents(session))).manifest.claims.cards).toEqual([])
  })

  test("leaves no card in force, not even one that it makes at the last moment", async () => {
    const { session, other } = await twoDevices()
    const { cardId } = await online(() => newCard(session))
    let late: string | undefined
    const making = async () => {
      late = (await online(() => makeCard(other, { hri: hriAddress, categories: ["summary"] }))).cardId
    }
    await online(() => endSigner(session, other.signerId), before("patient/end-signer", making))
    const cards = await online(() => listCards(session))
    expect(Object.fromEntries(cards.map((card) => [card.cardId, card.status]))).toEqual({
      [cardId]: "revoked",
      [late ?? ""]: "revoked",
    })
    expect((await online(() => readContents(session))).manifest.claims.cards).toEqual([])
    expect(session.memory.cards).toEqual({})
  })

  test("leaves what others sealed to the account key before, and what it decided, readable and verified", async () => {
    const { session, other } = await twoDevices()
    const { card } = await online(() => newCard(session))
    const access = await online(() => accessBy(card, world.memory.physician))
    await online(async () => {
      for (const word of ["approved", "rejected", "pending"]) await contribute(access, documentOf("document", word))
      for (const each of await listContributions(other)) {
        if (each.metadata?.title.includes("approved")) await approveContribution(other, each)
        if (each.metadata?.title.includes("rejected")) await rejectContribution(other, each)
      }
      const revoked = await newCard(session)
      await revokeCard(other, revoked.cardId)
      await endSigner(session, other.signerId)
    })
    const listed = await online(() => listContributions(session))
    expect(Object.fromEntries(listed.map(({ status, metadata }) => [status, metadata?.title]))).toEqual({
      approved: "title of approved",
      pending: "title of pending",
      rejected: "title of rejected",
    })
    const pending = listed.find(({ status }) => status === "pending")
    if (pending === undefined) throw new Error("nothing is pending")
    await online(() => approveContribution(session, pending))
    expect((await online(() => listCards(session))).map(({ status }) => status)).toEqual(["revoked", "revoked"])
    expect(await online(() => listRecords(session))).toHaveLength(2)
  })

  test("takes with it whom it let in, and whom those let in, but neither the device that ends it nor whom that let in", async () => {
    const account = await twoDevices()
    const { session, other: stolen } = account
    const [mine, accomplice] = await online(async () => [
      await secondDevice(account),
      await secondDevice({ ...account, session: stolen }),
    ])
    const further = await online(() => secondDevice({ ...account, session: accomplice }))
    const ended = await online(() => endSigner(session, stolen.signerId))
    expect(ended.toSorted()).toEqual([stolen.signerId, accomplice.signerId, further.signerId].toSorted())
    await online(async () => {
      await add(session, "after the end")
      for (const each of [stolen, accomplice, further])
        await expect(readContents(again(each))).rejects.toMatchObject({ code: "account-key-invalid" })
      // Let in by the device that it ends.
      expect(await endSigner(mine, session.signerId)).toEqual([session.signerId])
      expect(await textOf(mine, 0)).toBe("after the end")
    })
    expect(activeSigners((await online(() => readContents(mine))).signers.claims)).toHaveLength(1)
  })

  test("stays so: ending it again costs no card that was made since", async () => {
    const { session, other } = await twoDevices()
    await online(() => endSigner(session, other.signerId))
    const { cardId } = await online(() => newCard(session))
    await online(() => endSigner(session, other.signerId))
    expect(await online(() => listCards(session))).toMatchObject([{ cardId, status: "active" }])
  })

  test("is ended whole when it is called again after an answer was lost", async () => {
    const { session, other } = await twoDevices()
    await online(() => newCard(session))
    await expect(
      online(() => endSigner(session, other.signerId), losing("patient/publish-manifest")),
    ).rejects.toMatchObject({ name: "Unreachable" })
    await online(() => endSigner(session, other.signerId))
    const { accountKey, signers } = await online(() => readContents(session))
    expect([accountKey.number, signers.number]).toEqual([2, 3])
  })
})

test("a device ends neither itself nor one that isn't listed, and no card dies of the attempt", async () => {
  const { session } = await twoDevices()
  const { cardId } = await online(() => newCard(session))
  for (const signerId of [session.signerId, "A".repeat(43)])
    await expect(online(() => endSigner(session, signerId))).rejects.toMatchObject({ code: "signers-invalid" })
  expect(await online(() => listCards(session))).toMatchObject([{ cardId, status: "active" }])
})
