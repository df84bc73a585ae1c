import { deriveCardKeys, locatorHash } from "../../protocol/card.ts"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { generateKeyPairs, publicKeysOf } from "../../protocol/keys.ts"
import { readStatement, signStatement, statementHash } from "../../protocol/statement.ts"
import { apiAt } from "../../sdk/api.ts"
import { openIndex } from "../../sdk/cloud.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import { signIn } from "../../sdk/patient/account.ts"
import { type Contents, readContents } from "../../sdk/patient/contents.ts"
import { wrapFor } from "../../sdk/patient/epochs.ts"
import { listCards } from "../../sdk/patient/held-cards.ts"
import { prepare } from "../../sdk/patient/publication.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { recover } from "../../sdk/patient/recovery.ts"
import { type PatientSession, placeOf } from "../../sdk/patient/session.ts"
import { addSigner, endSigner } from "../../sdk/patient/signers.ts"
import { stamp } from "../../sdk/stamp.ts"
import { jsonOf, jsonReply, type Network, over } from "../../test/kit/network.ts"
import { documentOf } from "../../test/kit/people.ts"
import { type Ground, newPatient, outcomeOf, type Patient, type Story } from "../ground.ts"
import { sealedFor } from "../operator.ts"

const thiefsCloud = "https://cloud-of-a-thief.example"

/** A patient's second device, in a thief's hands: it signs for the patient until it is ended. */
export const stolenFrom = async ({ session, login }: Pick<Patient, "session" | "login">): Promise<PatientSession> => {
  const keys = await generateKeyPairs({ extractable: false })
  await addSigner(session, await publicKeysOf(keys))
  return signIn(session.cloud, login, keys, { fingerprint: session.fingerprint })
}

/** What a stolen device says of a card to the index: that the record is in a cloud of the thief's, by a manifest of the thief's. */
const writeEntry = async (
  thief: PatientSession,
  { card, cardId }: Patient,
  { manifest, signerLists: signers }: Contents,
): Promise<void> => {
  const local = { local: true }
  const [{ hriId }, api] = [await openIndex(card.hri, local), apiAt(card.hri, local)]
  const { statement } = await api.call("hri/look-up", { locator: toBase64url(card.locator) })
  const { sequence } = readStatement(statement).payload as { sequence: number }
  const { number, hash } = manifest
  const entry = {
    cloud: thiefsCloud,
    ...placeOf(thief),
    cardId,
    provider: toBase64url(randomBytes(32)),
    manifest: { number, hash },
  }
  const { entryKey } = await deriveCardKeys(card.secret)
  const own = { action: "put", entry: await sealUnder(entryKey, utf8(JSON.stringify(entry))) }
  const place = { sequence: sequence + 1, parent: await statementHash(statement) }
  const written = await signStatement({
    typ: "hri-entry",
    alg: "ES256",
    privateKey: thief.keys.signing.privateKey,
    kid: thief.signerId,
    payload: { aud: hriId, ...stamp(), locatorHash: await locatorHash(card.locator), ...place, signers, ...own },
  })
  await api.call("hri/put-entry", { statement: written })
}

/** The thief's cloud: a record without its summary, by the card as it was before it died. */
const without = async (thief: PatientSession, { card, cardId }: Patient) => {
  const contents = await readContents(thief)
  const secrets = (await listCards(thief)).find((each) => each.cardId === cardId)?.secrets
  if (secrets === undefined) throw new Error("the thief has no card")
  const made = await prepare(thief, contents, { pages: [{ category: "summary", page: 0, descriptors: [] }] })
  const wrappedCategoryKeys = await wrapFor(card, secrets.cloudShare, ["summary"], contents.keys)
  const answer = {
    grantId: toBase64url(randomBytes(16)),
    expiresAt: new Date(Date.now() + 3_500_000).toISOString(),
    ticket: toBase64url(randomBytes(32)),
    cloudShare: toBase64url(secrets.cloudShare),
    wrappedCategoryKeys,
    keyHistory: [],
    signers: contents.signerLists,
    account: contents.accountKey.publicKey,
    manifest: made.publication.manifest,
    pageList: made.publication.pageLists.summary,
    links: [],
    summary: [],
    urls: [],
  }
  const network =
    (honest: Network): Network =>
    async (asked) => {
      if (asked.url.origin !== thiefsCloud) return honest(asked)
      const { statement } = jsonOf(asked) as { statement: string }
      return jsonReply({ sealed: await sealedFor(statement, answer) })
    }
  return { contents: made.contents, network }
}

const shownBy = (on: Ground, { card }: Patient, network: Network) =>
  outcomeOf(network, () => emergencyAccess(card, lookUp(card, { local: true }), on.physician))

const oldCard: Story = {
  attack: 16,
  name: "an old card whose index entry a stolen device wrote before it was ended, scanned by a professional",
  expected: "hri-entry-unknown once ended, hri-entry-unknown once recovered",
  play: async (on) => {
    const theft = async (name: string) => {
      const patient = await newPatient(on, name)
      const thief = await over(on.network, () => stolenFrom(patient))
      const cloud = await over(on.network, () => without(thief, patient))
      await over(on.network, () => writeEntry(thief, patient, cloud.contents))
      return { patient, thief, network: cloud.network(on.network) }
    }
    const ended = await theft("ended")
    await over(on.network, () => endSigner(ended.patient.session, ended.thief.signerId))
    const onceEnded = await shownBy(on, ended.patient, ended.network)
    const { patient, network } = await theft("recovered")
    const { session, login, phrase } = patient
    const back = await over(on.network, () => recover(session.cloud, login, phrase))
    if (back.outcome !== "ok") throw new Error(back.outcome)
    await over(on.network, () => uploadRecord(back.session, documentOf("summary", "after the theft")))
    return `${onceEnded} once ended, ${await shownBy(on, patient, network)} once recovered`
  },
}

export const stolenStories: readonly Story[] = [oldCard]
