import type { RequestOf } from "../../contract/routes.ts"
import { cardKey, categoryWrappingKey, deriveCardKeys } from "../../protocol/card.ts"
import { fromBase64url } from "../../protocol/crypto/bytes.ts"
import { unwrapKey } from "../../protocol/crypto/primitives.ts"
import type { Category } from "../../protocol/primitives.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { listRecords as listAsHcp } from "../../sdk/hcp/records.ts"
import { makeCard, revokeCard, startEpoch } from "../../sdk/patient/cards.ts"
import { changeCard } from "../../sdk/patient/change-card.ts"
import { listContributions } from "../../sdk/patient/contributions.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { listRecords } from "../../sdk/patient/listed.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { dataKeyOf, openMetadata } from "../../sdk/sealed-record.ts"
import { jsonReply, lying, type Network, over, requestIn } from "../../test/kit/network.ts"
import { accessBy, documentOf } from "../../test/kit/people.ts"
import { busy, type Ground, newPatient, outcomeOf, type Patient, type Story } from "../ground.ts"
import { lyingInClear } from "../operator.ts"

type Half = RequestOf<"patient/make-card">

/** A patient with a card whose half the operator has kept. */
const cardKept = async (on: Ground, name: string, opens: readonly Category[] = ["summary"]) => {
  const kept: Half[] = []
  const network: Network = async (asked) => {
    if (asked.route === "patient/make-card") kept.push(requestIn("patient/make-card", asked) as Half)
    return on.network(asked)
  }
  const patient = await newPatient({ ...on, network }, name, opens)
  const [half] = kept
  if (half === undefined) throw new Error("no card was made")
  return { patient, half }
}

/** The key of a category that a thief of the card and the operator have together. */
const keyOfBoth = async (
  { card }: Patient,
  { cloudShare, wrappedCategoryKeys }: Half,
  wanted: Category = "summary",
) => {
  const whole = await cardKey((await deriveCardKeys(card.secret)).qrHalf, fromBase64url(cloudShare))
  const wrapped = wrappedCategoryKeys.find(({ category }) => category === wanted)
  if (wrapped === undefined) throw new Error("no such key")
  const wrapping = await categoryWrappingKey(whole, wanted, wrapped.epoch)
  return unwrapKey(wrapping, fromBase64url(wrapped.wrappedKey))
}

const brokenOff = (name: string, retry: (network: Network) => Network): Story => ({
  attack: 6,
  name,
  expected: "busy, record-unreadable, hri-entry-unknown",
  play: async (on) => {
    const { patient, half } = await cardKept(on, `broken off ${name.length}`)
    const { session, cardId, card } = patient
    const once: Network = async (asked) => (asked.route === "patient/strike-card" ? busy() : on.network(asked))
    const first = await outcomeOf(once, () => revokeCard(session, cardId))
    await over(retry(on.network), () => revokeCard(session, cardId))
    const later = await over(on.network, () => uploadRecord(session, documentOf("summary", "after the revocation")))
    const ofBoth = await keyOfBoth(patient, half)
    const read = await outcomeOf(on.network, async () => openMetadata(later, await dataKeyOf(later, ofBoth)))
    return `${first}, ${read}, ${await outcomeOf(on.network, () => lookUp(card, { local: true }))}`
  },
})

const answerFailed = brokenOff(
  "one failed answer while a card is revoked, and a thief with the operator",
  (network) => network,
)
const openedNothing = brokenOff(
  "one failed answer while a card is revoked, which the cloud then says opened nothing",
  (network) =>
    lying(network, {
      "patient/list-cards": ({ cards }) => ({
        cards: cards.map((card) => (card.status === "revoked" ? { ...card, categories: [] } : card)),
      }),
    }),
)

const hidden: Story = {
  attack: 6,
  name: "a card in force that the cloud hides behind one that was revoked",
  expected: "cards-differ, cards-differ",
  play: async (on) => {
    const { session, cardId } = await newPatient(on, "hidden")
    await over(on.network, async () => {
      const other = await makeCard(session, { hri: on.hri, categories: ["summary"] })
      await revokeCard(session, other.cardId)
    })
    const hiding = lying(on.network, {
      "patient/list-cards": ({ cards }) => ({ cards: cards.filter((card) => card.cardId !== cardId) }),
    })
    const seen = [
      await outcomeOf(hiding, () => listCards(session)),
      await outcomeOf(hiding, () => startEpoch(session, ["summary"])),
    ]
    return seen.join(", ")
  },
}

const olderKeys: Story = {
  attack: 7,
  name: "a card's keys of an older epoch, handed out again",
  expected: "card-not-listed",
  play: async (on) => {
    const { patient, half } = await cardKept(on, "older keys")
    await over(on.network, async () => {
      await startEpoch(patient.session, ["summary"])
      await uploadRecord(patient.session, documentOf("summary", "after the epoch"))
    })
    const { wrappedCategoryKeys } = half
    const lies = lyingInClear(on.network, patient, on.paramedic, (answer) => ({ ...answer, wrappedCategoryKeys }))
    return outcomeOf(lies, () => accessBy(patient.card, on.physician))
  },
}

const narrowed: Story = {
  attack: 7,
  name: "a category that a card opens no longer, by its keys that a thief of the card and the operator kept",
  expected: "before NOT REFUSED, after record-unreadable, an honest professional card-not-listed",
  play: async (on) => {
    const { patient, half } = await cardKept(on, "narrowed", ["summary", "document"])
    const { session, card, cardId } = patient
    const [before, after] = await over(on.network, async () => {
      const earlier = await uploadRecord(session, documentOf("document", "before"))
      await changeCard(session, cardId, { categories: ["summary"] })
      return [earlier, await uploadRecord(session, documentOf("document", "after"))]
    })
    const ofBoth = await keyOfBoth(patient, half, "document")
    const reading = (descriptor: typeof before) =>
      outcomeOf(on.network, async () => openMetadata(descriptor, await dataKeyOf(descriptor, ofBoth)))
    const { wrappedCategoryKeys } = half
    const lies = lyingInClear(on.network, patient, on.paramedic, (answer) => ({ ...answer, wrappedCategoryKeys }))
    const honest = await outcomeOf(lies, () => accessBy(card, on.physician))
    return `before ${await reading(before)}, after ${await reading(after)}, an honest professional ${honest}`
  },
}

const narrowedInWords: Story = {
  attack: 7,
  name: "a card that the operator says it changed, and leaves as it was",
  expected: "manifest-rolled-back, manifest-rolled-back",
  play: async (on) => {
    const { session, card, cardId } = await newPatient(on, "narrowed in words", ["summary", "document"])
    const swallowing: Network = async (asked) =>
      asked.route === "patient/change-card" ? jsonReply({}) : on.network(asked)
    await over(swallowing, () => changeCard(session, cardId, { categories: ["summary"] }))
    const seen = [
      await outcomeOf(on.network, () => listRecords(session)),
      await outcomeOf(on.network, () => accessBy(card, on.physician)),
    ]
    return seen.join(", ")
  },
}

const widenedAgain: Story = {
  attack: 7,
  name: "an access that runs while its card is narrowed and widened again, for what was added between",
  expected: "category-not-granted; before, nothing of what was added between",
  play: async (on) => {
    const { session, card, cardId } = await newPatient(on, "widened again", ["summary", "document"])
    return over(on.network, async () => {
      await uploadRecord(session, documentOf("document", "before"))
      const access = await accessBy(card, on.physician)
      await changeCard(session, cardId, { categories: ["summary"] })
      const closed = await outcomeOf(on.network, () => listAsHcp(access, "document"))
      await uploadRecord(session, documentOf("document", "between"))
      await changeCard(session, cardId, { categories: ["summary", "document"] })
      const [first, second] = await listAsHcp(access, "document")
      const between = second?.metadata === undefined ? "nothing of what was added between" : second.metadata.title
      return `${closed}; ${first?.metadata?.title.includes("before") === true ? "before" : "?"}, ${between}`
    })
  },
}

/** The device's clock, as far behind as a statement may be and a little less. */
const clockBehind = 117_000
const withClockBehind = async <T>(run: () => Promise<T>): Promise<T> => {
  const { now } = Date
  Date.now = () => now() - clockBehind
  try {
    return await run()
  } finally {
    Date.now = now
  }
}
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

const writtenUnderOlder: Story = {
  attack: 7,
  name: "an addition under a key that its professional kept from an earlier access",
  expected: "shown as under an older key: true, false",
  play: async (on) => {
    const { session, card } = await newPatient(on, "kept keys")
    const earlier = await over(on.network, () => accessBy(card, on.physician))
    await over(on.network, () => withClockBehind(() => startEpoch(session, ["summary"])))
    await pause(5_000)
    await over(on.network, async () => {
      const later = await accessBy(card, on.physician)
      await contribute({ ...later, keys: earlier.keys }, documentOf("summary", "under an older key"))
      await contribute(later, documentOf("summary", "under the newest"))
    })
    const added = await over(on.network, () => listContributions(session))
    const byTitle = (word: string) => added.find(({ metadata }) => metadata?.title.includes(word))?.olderKey
    return `shown as under an older key: ${byTitle("older")}, ${byTitle("newest")}`
  },
}

export const revocationStories: readonly Story[] = [
  answerFailed,
  openedNothing,
  hidden,
  olderKeys,
  narrowed,
  narrowedInWords,
  widenedAgain,
  writtenUnderOlder,
]
