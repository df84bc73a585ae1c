import { type Card, decodeCard, deriveCardKeys, encodeCard, locatorHash } from "../../protocol/card.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { openIndex } from "../../sdk/cloud.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import { listRecords } from "../../sdk/hcp/records.ts"
import { listContributions } from "../../sdk/patient/contributions.ts"
import { listGrants } from "../../sdk/patient/grants.ts"
import { jsonOf, jsonReply, lying, type Network, over, type Reply, requestIn } from "../../test/kit/network.ts"
import { accessBy, documentOf } from "../../test/kit/people.ts"
import { type Ground, newPatient, outcomeOf, type Patient, type Story } from "../ground.ts"
import { newRoot } from "../thief.ts"

const evil = "https://evil.example"

/** A card with the secret of a photographed one, under a root and in a place of the index of the thief's own: its entry leads to the thief's cloud. */
const craftedFrom = async (photographed: Card): Promise<Card> => {
  const { cloudId, patientId, cardId, provider } = await lookUp(photographed, { local: true })
  const thief = await newRoot({ cloudId, patientId })
  const crafted = { ...photographed, locator: randomBytes(16), fingerprint: thief.fingerprint }
  const { entryKey } = await deriveCardKeys(photographed.secret)
  const manifest = { number: 1, hash: toBase64url(randomBytes(32)) }
  const entry = { cloudId, patientId, cardId, cloud: evil, provider, manifest }
  const index = await openIndex(photographed.hri, { local: true })
  const statement = await thief.sign("hri-entry", index.hriId, {
    locatorHash: await locatorHash(crafted.locator),
    sequence: 1,
    parent: null,
    action: "put",
    entry: await sealUnder(entryKey, utf8(JSON.stringify(entry))),
  })
  await index.api.call("hri/put-entry", { statement })
  const scanned = decodeCard(encodeCard(crafted))
  if (scanned.outcome !== "ok") throw new Error(scanned.outcome)
  return scanned.card
}

/** The thief's cloud: hands everything on to the real one, and keeps what is answered. */
const relayTo = (on: Ground) => {
  const kept: Reply[] = []
  const relay: Network = async (asked) => {
    if (asked.url.origin !== evil) return on.network(asked)
    const reply = await on.network({ ...asked, url: new URL(on.cloud + asked.url.pathname + asked.url.search) })
    if (reply.status === 200) kept.push(reply)
    return reply
  }
  return { relay, kept }
}

const throughAnHonestProfessional: Story = {
  attack: 1,
  name: "a photograph, and an honest professional who scans a card made from it",
  expected: "card-refused, 0 released, 0 accesses",
  play: async (on) => {
    const { session, card } = await newPatient(on, "relayed")
    const { relay, kept } = relayTo(on)
    const crafted = await over(on.network, () => craftedFrom(card))
    const seen = await outcomeOf(relay, () => accessBy(crafted, on.physician))
    const grants = await over(on.network, () => listGrants(session))
    return `${seen}, ${kept.length} released, ${grants.length} accesses`
  },
}

const onTheWay: Story = {
  attack: 1,
  name: "an answer kept by whoever stands between a professional and the cloud",
  expected: "sealed, reply-invalid",
  play: async (on) => {
    const { card } = await newPatient(on, "overheard")
    let kept: Reply | undefined
    const between: Network = async (asked) => {
      const reply = await on.network(asked)
      if (asked.route === "hcp/emergency-access") kept = reply
      return reply
    }
    await over(between, () => accessBy(card, on.physician))
    // The thief has a photograph, and asks their own network: it has the answer to somebody else's statement.
    const answered = kept
    if (answered === undefined) throw new Error("nothing was answered")
    const replaying: Network = async (asked) => (asked.route === "hcp/emergency-access" ? answered : on.network(asked))
    const fields = Object.keys(jsonOf(answered) as object).join()
    const entry = await over(on.network, () => lookUp(card, { local: true }))
    return `${fields}, ${await outcomeOf(replaying, () => emergencyAccess(card, entry, on.paramedic))}`
  },
}

/** An addition that a professional signed for the card of another patient, as the thief's card had it. */
const meantForAnother = async (on: Ground, { card }: Patient) => {
  let statement = ""
  const contributionId = { value: "" }
  const watching: Network = async (asked) => {
    if (asked.route === "hcp/contribute") {
      const sent = requestIn("hcp/contribute", asked) as { statement: string; contributionId: string }
      statement = sent.statement
      contributionId.value = sent.contributionId
    }
    return on.network(asked)
  }
  const access = await over(on.network, () => accessBy(card, on.physician))
  const another = { ...access, fingerprint: toBase64url(randomBytes(32)) }
  const refusal = await outcomeOf(watching, () => contribute(another, documentOf("summary", "on warfarin")))
  return { refusal, statement, contributionId: contributionId.value, access }
}

const writtenForAnother: Story = {
  attack: 1,
  name: "what a professional added to another patient's card, put into the victim's record",
  expected: "statement-invalid, contribution-invalid, contribution-invalid",
  play: async (on) => {
    const patient = await newPatient(on, "written")
    const { refusal, statement, contributionId, access } = await meantForAnother(on, patient)
    await over(on.network, () => contribute(access, documentOf("summary", "a true addition")))
    const inTheList = lying(on.network, {
      "patient/list-contributions": ({ contributions }) => ({
        contributions: contributions.map((each) => ({ ...each, statement, contributionId })),
      }),
    })
    const patientSees = await outcomeOf(inTheList, () => listContributions(patient.session))
    const forTheNext: Network = async (asked) => {
      const reply = await on.network(asked)
      if (asked.route !== "hcp/list-records") return reply
      const contributions = [{ contributionId, profession: "physician", statement }]
      return jsonReply({ ...(jsonOf(reply) as object), contributions })
    }
    const nextSees = await outcomeOf(forTheNext, async () =>
      listRecords(await accessBy(patient.card, on.paramedic), "summary"),
    )
    return `${refusal}, ${patientSees}, ${nextSees}`
  },
}

export const relayStories: readonly Story[] = [throughAnHonestProfessional, onTheWay, writtenForAnother]
