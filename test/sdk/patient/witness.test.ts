import { describe, expect, onTestFinished, test, vi } from "vitest"
import { forkedCloud, notingManifests } from "../../../attack/forked-cloud.ts"
import type { Publication } from "../../../contract/publication.ts"
import type { RequestOf } from "../../../contract/routes.ts"
import type { Card } from "../../../protocol/card.ts"
import { toBase64url } from "../../../protocol/crypto/bytes.ts"
import { readStatement, statementHash } from "../../../protocol/statement.ts"
import { apiAt } from "../../../sdk/api.ts"
import { lookUp } from "../../../sdk/hcp/card.ts"
import { readIndexEntry } from "../../../sdk/index-entry.ts"
import { makeCard, revokeCard, startEpoch } from "../../../sdk/patient/cards.ts"
import { readContents } from "../../../sdk/patient/contents.ts"
import { listCards } from "../../../sdk/patient/held-cards.ts"
import { uploadRecord } from "../../../sdk/patient/records.ts"
import { callAsPatient, type PatientSession } from "../../../sdk/patient/session.ts"
import { endSigner } from "../../../sdk/patient/signers.ts"
import { renewWitnesses, witnessConflicts, witnessesBehind } from "../../../sdk/patient/witness.ts"
import { hriAddress } from "../../kit/memory-network.ts"
import { jsonOf, jsonReply, type Network } from "../../kit/network.ts"
import { documentOf } from "../../kit/people.ts"
import { newProvider } from "../../kit/provider.ts"
import { again, before, counting, newCard, secondDevice, useWorld, without } from "../../kit/world.ts"

const world = useWorld()
const online = world.over

const entryOf = async (card: Card) => {
  const { statement } = await apiAt(hriAddress).call("hri/look-up", { locator: toBase64url(card.locator) })
  const { entry, sequence } = await readIndexEntry(statement, card, card.fingerprint)
  return { ...entry, sequence, hash: await statementHash(statement), payload: readStatement(statement).payload }
}

const patientWithCard = async () => {
  const account = await world.patient()
  const made = await online(() => newCard(account.session))
  return { ...account, ...made }
}

const add = (session: PatientSession, text = "a letter") => uploadRecord(session, documentOf("document", text))

describe("a card's index entry", () => {
  test("names the manifest that lists the card, as the first of its line", async () => {
    const { session, card, cardId } = await patientWithCard()
    const entry = await online(() => entryOf(card))
    expect(entry).toMatchObject({ cardId, patientId: session.patientId, sequence: 1 })
    expect(entry.manifest).toEqual({ number: 2, hash: session.memory.manifest?.hash })
    expect(entry.payload).toMatchObject({ parent: null })
  })

  test("follows each publication, by the hash of the entry before", async () => {
    const { session, card } = await patientWithCard()
    const first = await online(() => entryOf(card))
    await online(() => add(session))
    const second = await online(() => entryOf(card))
    expect(second).toMatchObject({ sequence: 2, payload: { parent: first.hash } })
    expect(second.manifest.hash).toBe(session.memory.manifest?.hash)
  })

  test("is renewed with one request, and without asking the cloud", async () => {
    const { session } = await patientWithCard()
    await online(() => add(session), without("hri/put-entry"))
    const { asked, between } = counting()
    await online(() => renewWitnesses(session), between)
    expect(asked).toEqual(["hri/put-entry"])
  })
})

describe("the provider's key that an entry names", () => {
  test("is the one that the patient's devices know", async () => {
    const { card } = await patientWithCard()
    expect(await online(() => entryOf(card))).toMatchObject({ provider: world.memory.provider.kid })
  })

  test("tells a device that another device was shown another key, and nothing is written over it", async () => {
    const account = await patientWithCard()
    const second = await online(() => secondDevice(account))
    const { keys: provider } = await newProvider()
    const deceived = { ...second, cloud: { ...second.cloud, provider: { ...provider, cloudId: second.cloud.cloudId } } }
    await online(async () => {
      await listCards(deceived)
      await add(deceived)
    })
    expect(witnessesBehind(deceived)).toEqual([account.cardId])
    const { session, card } = account
    const { sequence } = await online(() => entryOf(card))
    expect(await online(() => renewWitnesses(deceived))).toMatchObject([{ code: "provider-changed" }])
    expect((await online(() => entryOf(card))).sequence).toBe(sequence)
    await online(() => add(session))
    expect(witnessesBehind(session)).toEqual([])
  })
})

describe("where the index can't be reached", () => {
  test("a change is made all the same, and the card is shown to be behind until the next change", async () => {
    const { session, card, cardId } = await patientWithCard()
    await online(() => add(session), without("hri/put-entry", "hri/look-up"))
    expect(witnessesBehind(session)).toEqual([cardId])
    expect((await online(() => entryOf(card))).manifest.number).toBe(2)
    await online(() => add(session))
    expect(witnessesBehind(session)).toEqual([])
    expect((await online(() => entryOf(card))).manifest).toEqual({
      number: 4,
      hash: session.memory.manifest?.hash,
    })
  })

  test("it is said why the card stays behind, and trying again ends it", async () => {
    const { session, cardId } = await patientWithCard()
    await online(() => add(session), without("hri/put-entry"))
    const [reason, ...others] = await online(() => renewWitnesses(session), without("hri/put-entry"))
    expect(reason).toMatchObject({ name: "Unreachable" })
    expect(others).toEqual([])
    expect(witnessesBehind(session)).toEqual([cardId])
    expect(await online(() => renewWitnesses(session))).toEqual([])
    expect(witnessesBehind(session)).toEqual([])
  })

  test("a card that is made is known to be without an entry, and gets one later", async () => {
    const { session } = await world.patient()
    await expect(online(() => newCard(session), without("hri/put-entry"))).rejects.toMatchObject({
      name: "Unreachable",
    })
    const [card, ...others] = await online(() => listCards(session))
    expect(others).toEqual([])
    expect(witnessesBehind(session)).toEqual([card?.cardId])
    await online(() => renewWitnesses(session))
    const { secrets } = card ?? {}
    if (secrets === undefined) throw new Error("an active card has its secrets")
    expect((await online(() => entryOf(secrets.card))).sequence).toBe(1)
  })

  test("a card dies all the same, and its entry goes with a later change", async () => {
    const { session, card, cardId } = await patientWithCard()
    await online(() => revokeCard(session, cardId), without("hri/remove-entry"))
    expect(witnessesBehind(session)).toEqual([])
    expect((await online(() => entryOf(card))).sequence).toBe(1)
    await online(() => add(session))
    await expect(online(() => lookUp(card))).rejects.toMatchObject({ code: "hri-entry-unknown" })
    expect(session.memory.cards).toEqual({})
  })
})

describe("two devices that write to one index", () => {
  const twoDevices = async () => {
    const patient = await patientWithCard()
    const other = await online(() => secondDevice(patient))
    await online(async () => {
      await listCards(other)
      await renewWitnesses(other)
    })
    return { ...patient, other }
  }

  test("write after each other, each after looking what stands there", async () => {
    const { session, other, card } = await twoDevices()
    for (const device of [other, session, other, session]) {
      await online(() => add(device))
      const { manifest } = await online(() => entryOf(card))
      expect(manifest).toEqual({ number: device.memory.manifest?.number, hash: device.memory.manifest?.hash })
    }
  })

  test("never set the witness back: who is slower leaves the newer name there", async () => {
    const { session, other, card } = await twoDevices()
    await online(() => add(session))
    await online(
      () => add(session, "the earlier"),
      before("hri/put-entry", () => online(() => add(other, "the later"))),
    )
    const newest = await online(() => readContents(other))
    expect((await online(() => entryOf(card))).manifest).toEqual({
      number: newest.manifest.number,
      hash: newest.manifest.hash,
    })
    expect(witnessesBehind(session)).toEqual([])
  })

  test("leave the end of a card to each other: no device goes on renewing an entry that is gone", async () => {
    const { session, other, card, cardId } = await twoDevices()
    await online(() => revokeCard(other, cardId))
    await online(() => add(session))
    expect(witnessesBehind(session)).toEqual([])
    expect(session.memory.cards).toEqual({})
    await expect(online(() => lookUp(card))).rejects.toMatchObject({ code: "hri-entry-unknown" })
  })

  test("witness for each other's cards, also those that they had not heard of", async () => {
    const { session, other } = await twoDevices()
    const { card } = await online(() => newCard(other))
    await online(() => add(session))
    expect((await online(() => entryOf(card))).manifest.hash).toBe(session.memory.manifest?.hash)
  })

  test("accuse a cloud that leads them apart, and leave the other's witness there", async () => {
    const { session, other, card, cardId } = await twoDevices()
    await online(() => readContents(session))
    await online(() => add(other, "what one device is never shown"))
    const named = await online(() => entryOf(card))
    // To one device the cloud says that its publication was applied, and shows nothing but that.
    let sent: Publication | undefined
    const forking =
      (network: Network): Network =>
      async (asked) => {
        if (asked.route === "patient/publish-manifest") {
          sent = (jsonOf(asked) as RequestOf<"patient/publish-manifest">).publication
          return jsonReply({})
        }
        const reply = await network(asked)
        if (asked.route !== "patient/get-manifest" || sent === undefined) return reply
        const { manifest, keyRing, pageLists } = sent
        return jsonReply({ ...(jsonOf(reply) as object), manifest, keyRing, pageLists, links: [] })
      }
    await online(() => startEpoch(session, ["laboratory"]), forking)
    expect(session.memory.manifest?.number).toBe(named.manifest.number)
    expect(witnessesBehind(session)).toEqual([cardId])
    expect(await online(() => renewWitnesses(session), forking)).toMatchObject([{ code: "witness-conflict" }])
    expect((await online(() => entryOf(card))).hash).toBe(named.hash)
  })
})

test("a card whose secret this device doesn't know counts among the witnesses that are behind", async () => {
  const account = await world.patient()
  const other = await online(() => secondDevice(account))
  const { cardId } = await online(() => newCard(account.session))
  await online(() => uploadRecord(other, documentOf("summary", "ALLERGY to penicillin")), without("patient/list-cards"))
  expect((await online(() => readContents(other))).manifest.claims.cards.map((each) => each.cardId)).toEqual([cardId])
  expect(witnessesBehind(other)).toContain(cardId)
})

test("a card's entry that another device took out with the card is no conflict: the newest manifest lists it no more", async () => {
  const account = await world.patient()
  const { session } = account
  const other = await online(() => secondDevice(account))
  const { cardId } = await online(() => newCard(session))
  await online(() => listCards(other))
  await online(() => uploadRecord(other, documentOf("summary", "its entry is known")))
  await online(() => uploadRecord(other, documentOf("summary", "not told")), without("hri/put-entry", "hri/look-up"))
  await online(() => readContents(session))
  await online(() => revokeCard(session, cardId))
  expect(await online(() => renewWitnesses(other))).toEqual([])
  expect([witnessesBehind(other), witnessConflicts(other)]).toEqual([[], []])
})

test("a card's entry that another device took out tells a device on a fork that it was never shown something, and is remembered", async () => {
  const account = await world.patient()
  const { session } = account
  const { noting, manifests } = notingManifests(world.memory.network)
  const over = <T>(run: () => Promise<T>, network: Network = noting) => online(run, () => network)
  const other = await over(() => secondDevice(account))
  const { cardId } = await over(() => newCard(session))
  await over(() => listCards(other))
  await over(() => uploadRecord(other, documentOf("summary", "the other knows the entry")))
  const start = await over(() => callAsPatient(other, "patient/get-manifest", { after: "0" }))
  // The first manifest came before they were noted.
  const common = new Map([[1, start.links.at(-1) ?? ""], ...manifests])
  await over(() => readContents(session))
  await over(() => revokeCard(session, cardId))
  const fork = forkedCloud(world.memory.network, start, common)
  const device = again(other)
  // The publication is made and acknowledged all the same.
  await over(() => uploadRecord(device, documentOf("summary", "on the fork")), fork.network)
  expect(witnessConflicts(device)).toEqual([cardId])
  expect(await over(() => renewWitnesses(device), fork.network)).toMatchObject([{ code: "witness-conflict" }])
  expect(witnessConflicts(again(device))).toEqual([cardId])
})

test("a card that a device made at an index which never answers holds up no change for long once that device was ended, and is given up", async () => {
  const account = await world.patient()
  const { session } = account
  const thief = await online(() => secondDevice(account))
  let [asked, reached, heard] = [0, false, () => {}]
  const silent = (network: Network) => async (question: Parameters<Network>[0]) => {
    if (question.url.hostname !== "silent.example") return network(question)
    asked++
    heard()
    if (reached) return new Promise<never>(() => {})
    throw new Error("not reached")
  }
  const making = () => makeCard(thief, { hri: "https://silent.example", categories: ["summary"] })
  await online(() => making().catch(() => undefined), silent)
  await online(() => uploadRecord(session, documentOf("summary", "learns of the card")), silent)
  expect(Object.keys(session.memory.cards ?? {})).toHaveLength(1)
  await online(() => endSigner(session, thief.signerId), silent)
  reached = true
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  onTestFinished(() => void vi.useRealTimers())
  for (let n = 1; n <= 5; n++) {
    const question = new Promise<void>((done) => (heard = done))
    const renewing = online(() => renewWitnesses(session), silent)
    await Promise.race([question, renewing])
    await vi.advanceTimersByTimeAsync(1000)
    await renewing
  }
  expect(session.memory.cards).toEqual({})
  const before = asked
  await online(() => uploadRecord(session, documentOf("summary", "later")), silent)
  expect(asked).toBe(before)
}, 30_000)
