import type { RequestOf } from "../../contract/routes.ts"
import { sealToAccount } from "../../protocol/account-key.ts"
import { type Card, locatorHash, makeCard, sealedCard } from "../../protocol/card.ts"
import { type CardFront, deriveFrontKeys, frontProof, makeFront } from "../../protocol/card-front.ts"
import { type Bytes, concat, fromBase64url, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { sealOpenPart } from "../../protocol/open-part.ts"
import { apiAt } from "../../sdk/api.ts"
import { readCard } from "../../sdk/card/open-part.ts"
import { openIndex } from "../../sdk/cloud.ts"
import { emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import { type FrontIndexEntry, readFrontEntry, readIndexEntry } from "../../sdk/index-entry.ts"
import { revokeCard } from "../../sdk/patient/cards.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { removeOpenPart, setOpenPart } from "../../sdk/patient/open-part.ts"
import { placeOf } from "../../sdk/patient/session.ts"
import { jsonOf, jsonReply, lying, type Network, over, type Reply, requestIn } from "../../test/kit/network.ts"
import { freshly, openPartOf } from "../../test/kit/people.ts"
import { type Ground, newPatient, outcomeOf, type Patient, type Story } from "../ground.ts"
import { newRoot } from "../thief.ts"
import { openedBy, textsIn } from "./password.ts"

/** A patient whose card says something to anybody, and all that the operator keeps of that card. */
const sayingPatient = async (on: Ground, name: string): Promise<Patient & { readonly kept: readonly string[] }> => {
  const kept: string[] = []
  const noting: Network = async (asked) => {
    if (asked.route === "patient/make-card") kept.push(...textsIn(requestIn("patient/make-card", asked)))
    return on.network(asked)
  }
  const patient = await newPatient({ ...on, network: noting }, name)
  await over(on.network, () => setOpenPart(patient.session, patient.cardId, openPartOf(name)))
  return { ...patient, kept }
}

/** What the hostile code of a page makes of a front: its secret, all that follows from it, and their combinations. */
const secretsFrom = async ({ secret, owner }: CardFront, cloudId: string): Promise<Bytes[]> => {
  const { locator, entryKey } = await deriveFrontKeys(secret)
  const proof = fromBase64url(await frontProof(secret, cloudId))
  return [
    secret,
    concat(secret, owner),
    concat(owner, secret),
    concat(secret, secret),
    concat(locator, secret),
    entryKey,
    proof,
  ]
}

/** What the index says of a front: where its open part is. */
const ledBy = async (on: Ground, front: CardFront): Promise<FrontIndexEntry> => {
  const { locator } = await deriveFrontKeys(front.secret)
  const { entry } = await readFrontEntry(await entryAt(on, locator), front, on.hri)
  if (entry === undefined) throw new Error("the front says nothing")
  return entry
}

/** The entry that the index has for a locator, or its refusal. */
const entryAt = (on: Ground, locator: Bytes): Promise<string> =>
  over(on.network, () => apiAt(on.hri, { local: true }).call("hri/look-up", { locator: toBase64url(locator) })).then(
    ({ statement }) => statement,
    (error: { code: string }) => error.code,
  )

const byTheFront: Story = {
  attack: 15,
  name: "a page whose code was replaced, with the front's code and all that the operator keeps of the card",
  expected: "1 key by the back, 0 by the front; 0 entries of the back; card-refused",
  play: async (on) => {
    const { card, front, session, kept } = await sayingPatient(on, "front")
    const { cloudId } = session.cloud
    const guesses = await secretsFrom(front, cloudId)
    const byFront = await Promise.all(guesses.map((guess) => openedBy(guess, kept)))
    // The operator of the index, too: the entry of the back is at hand.
    const backEntry = await entryAt(on, card.locator)
    const opened = await Promise.all(
      guesses.map((secret) =>
        readIndexEntry(backEntry, { ...card, secret }, card.fingerprint).then(
          () => 1,
          () => 0,
        ),
      ),
    )
    const entry = await ledBy(on, front)
    const forged: Card = makeCard({ fingerprint: card.fingerprint, hri: card.hri })
    const provider = toBase64url(concat(front.secret, front.secret))
    const named = { ...entry, provider, manifest: { number: 1, hash: toBase64url(concat(front.secret, front.secret)) } }
    const refused = await outcomeOf(on.network, () => emergencyAccess(forged, named, on.physician))
    const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)
    return `${await openedBy(card.secret, kept)} key by the back, ${total(byFront)} by the front; ${total(opened)} entries of the back; ${refused}`
  },
}

const takenBack: Story = {
  attack: 15,
  name: "what a patient took back, kept by the cloud and shown to whoever reads the card",
  expected: "read, open-part-invalid, nothing",
  play: async (on) => {
    const { front, session, cardId } = await sayingPatient(on, "taken-back")
    let kept: Reply | undefined
    const keeping: Network = async (asked) => {
      const reply = await on.network(asked)
      if (asked.route === "card/read-open-part") kept = reply
      return reply
    }
    const before = await over(keeping, () => readCard(front, on.hri))
    await over(on.network, () => removeOpenPart(session, cardId))
    const answer = kept
    if (answer === undefined) throw new Error("nothing was answered")
    const replaying: Network = async (asked) => (asked.route === "card/read-open-part" ? answer : on.network(asked))
    const shown = await outcomeOf(replaying, () => readCard(front, on.hri))
    const honest = await over(on.network, () => readCard(front, on.hri))
    return `${before === undefined ? "NOT READ" : "read"}, ${shown}, ${honest === undefined ? "nothing" : "READ"}`
  },
}

const otherWords: Story = {
  attack: 15,
  name: "other words in the place of a patient's, by the cloud with somebody who has the front",
  expected: "open-part-invalid, entry-invalid",
  play: async (on) => {
    const [victim, accomplice] = [await sayingPatient(on, "victim"), await sayingPatient(on, "accomplice")]
    const { front, session, cardId } = victim
    const place = { ...placeOf(session), cardId, number: 1 }
    const liar: Network = async (asked) => {
      const reply = await on.network(asked)
      if (asked.route !== "card/read-open-part") return reply
      const sealed = await sealOpenPart(front, place, openPartOf("somebody else"))
      return jsonReply({ ...(jsonOf(reply) as object), sealed })
    }
    const words = await outcomeOf(liar, () => readCard(front, on.hri))
    // An accomplice's own entry and words, under the locator that the victim's front leads to.
    const theirs = await entryAt(on, (await deriveFrontKeys(accomplice.front.secret)).locator)
    const redirecting: Network = async (asked) =>
      asked.route === "hri/look-up" ? jsonReply({ statement: theirs }) : on.network(asked)
    const entry = await outcomeOf(redirecting, () => readCard(front, on.hri))
    return `${words}, ${entry}`
  },
}

const guessed: Story = {
  attack: 15,
  name: "fronts that are guessed or revoked, told apart by index or cloud, and one that says nothing, followed to its patient's cloud",
  expected: "hri-entry-unknown, leads nowhere, hri-entry-unknown; not-found, not-found, not-found",
  play: async (on) => {
    const [silent, revoked] = [await newPatient(on, "silent"), await sayingPatient(on, "revoked")]
    const { patientId, cardId } = await ledBy(on, revoked.front)
    await over(on.network, () => revokeCard(revoked.session, revoked.cardId))
    const fronts = [makeFront(silent.session), silent.front, revoked.front]
    const inIndex = await Promise.all(
      fronts.map(async (front) => {
        const standing = await entryAt(on, (await deriveFrontKeys(front.secret)).locator)
        if (!standing.includes(".")) return standing
        const { entry } = await readFrontEntry(standing, front, on.hri)
        return entry === undefined ? "leads nowhere" : "LEADS SOMEWHERE"
      }),
    )
    const places = [
      { patientId: toBase64url(makeFront(silent.session).secret), cardId },
      { patientId: silent.session.patientId, cardId: silent.cardId },
      { patientId, cardId },
    ]
    const { api, cloudId } = silent.session.cloud
    const inCloud = []
    for (const [i, place] of places.entries()) {
      const proof = await frontProof(fronts[i]?.secret ?? new Uint8Array(16), cloudId)
      inCloud.push(await outcomeOf(on.network, () => api.call("card/read-open-part", { ...place, proof })))
    }
    return `${inIndex.join(", ")}; ${inCloud.join(", ")}`
  },
}

const placeTaken: Story = {
  attack: 15,
  name: "the place in the index of a front that says nothing yet, taken by whoever has photographed it",
  expected: "hri-entry-conflict, read",
  play: async (on) => {
    const { session, cardId, front } = await newPatient(on, "place taken")
    const thief = await newRoot(placeOf(session))
    const { locator, entryKey } = await deriveFrontKeys(front.secret)
    const taken = await outcomeOf(on.network, async () => {
      const { hriId, api } = await openIndex(on.hri, { local: true })
      const entry = await sealUnder(entryKey, utf8(JSON.stringify({ silent: true })))
      const first = { locatorHash: await locatorHash(locator), sequence: 1, parent: null, action: "put", entry }
      await api.call("hri/put-entry", { statement: await thief.sign("hri-entry", hriId, first) })
    })
    const shown = await over(on.network, async () => {
      await setOpenPart(session, cardId, openPartOf("the patient")).catch(() => undefined)
      return readCard(front, on.hri).catch(() => undefined)
    })
    return `${taken}, ${shown === undefined ? "NOT READ" : "read"}`
  },
}

const swapped: Story = {
  attack: 15,
  name: "another front sealed under a patient's card, by the cloud with a photograph of the back, for what the patient says next",
  expected: "cards-differ, 0 said by the thief's front",
  play: async (on) => {
    let share = ""
    const noting: Network = async (asked) => {
      if (asked.route === "patient/make-card")
        share = (requestIn("patient/make-card", asked) as RequestOf<"patient/make-card">).cloudShare
      return on.network(asked)
    }
    const { session, cardId, text } = await newPatient({ ...on, network: noting }, "another front")
    const thiefs = makeFront(session)
    const { accountKey } = await over(on.network, () => readContents(session))
    const object = { kind: "card", object: cardId, epoch: 0 } as const
    const own = { cloudShare: fromBase64url(share), frontSecret: thiefs.secret, name: "", text }
    const sealed = await sealToAccount(placeOf(session), accountKey.publicKey, object, sealedCard(own))
    const liar = lying(on.network, {
      "patient/list-cards": (answer) => ({ ...answer, cards: answer.cards.map((each) => ({ ...each, sealed })) }),
    })
    // A device that learns of the card from the cloud.
    const device = freshly(session, { ...session.memory, cards: {} })
    const refused = await outcomeOf(liar, () => setOpenPart(device, cardId, openPartOf("the patient")))
    const read = await over(on.network, () => readCard(thiefs, on.hri).catch(() => undefined))
    return `${refused}, ${read === undefined ? 0 : 1} said by the thief's front`
  },
}

export const frontStories: readonly Story[] = [byTheFront, takenBack, otherWords, guessed, placeTaken, swapped]
