import { isLocal } from "../../protocol/address.ts"
import { type Card, deriveCardKeys, locatorHash } from "../../protocol/card.ts"
import type { HriEntry } from "../../protocol/claims.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { signStatement } from "../../protocol/statement.ts"
import { openIndex } from "../cloud.ts"
import { stamp } from "../stamp.ts"
import { listCards } from "./held-cards.ts"
import { type Contents, readContents } from "./manifest.ts"
import type { PatientSession } from "./session.ts"

/** The last sequence used by this program, so that two statements of one millisecond still follow one another. */
let lastSequence = 0
const nextSequence = (): number => (lastSequence = Math.max(lastSequence + 1, Date.now()))

const signForIndex = async (session: PatientSession, hriId: string, own: object): Promise<string> =>
  signStatement({
    typ: "hri-entry",
    alg: "ES256",
    privateKey: session.keys.signing.privateKey,
    jwk: session.publicKeys.signing,
    payload: { aud: hriId, ...stamp(), sequence: nextSequence(), ...own },
  })

/** The index on a card: a cloud on this very machine may have one there. */
const indexOf = ({ cloud }: PatientSession, { hri }: Card) => openIndex(hri, { local: isLocal(cloud.api.address) })

/** Writes the card's entry into its HRI: where the record is, and, as a witness, which manifest is the newest. */
export const putIndexEntry = async (
  session: PatientSession,
  cardId: string,
  card: Card,
  { manifest }: Contents,
): Promise<void> => {
  const { cloud, patientId } = session
  const index = await indexOf(session, card)
  const { entryKey } = await deriveCardKeys(card.secret)
  const entry: HriEntry = {
    cloud: cloud.api.address,
    cloudId: cloud.cloudId,
    patientId,
    cardId,
    manifest: { number: manifest.number, hash: manifest.hash },
  }
  const statement = await signForIndex(session, index.hriId, {
    action: "put",
    locatorHash: await locatorHash(card.locator),
    entry: await sealUnder(entryKey, utf8(JSON.stringify(entry))),
  })
  await index.api.call("hri/put-entry", { statement })
}

/** Takes the card's entry out of its HRI. */
export const removeIndexEntry = async (session: PatientSession, card: Card): Promise<void> => {
  const index = await indexOf(session, card)
  const statement = await signForIndex(session, index.hriId, {
    action: "remove",
    locatorHash: await locatorHash(card.locator),
  })
  await index.api.call("hri/remove-entry", { statement })
}

/** Tells the HRI of the newest manifest, for every card in force. Repeating it does no harm. */
export const updateWitnesses = async (session: PatientSession): Promise<void> => {
  const contents = await readContents(session)
  for (const { cardId, secrets } of await listCards(session, contents))
    if (secrets !== undefined) await putIndexEntry(session, cardId, secrets.card, contents)
}

/** The same for every card in force; of an account without a manifest there is none. */
export const removeIndexEntries = async (session: PatientSession): Promise<{ left: number }> => {
  const cards = await listCards(session).catch((error: unknown) => {
    if (error instanceof IntegrityFailure && error.code === "manifest-missing" && session.memory.manifest === undefined)
      return []
    throw error
  })
  let left = 0
  for (const { secrets } of cards)
    if (secrets !== undefined) await removeIndexEntry(session, secrets.card).catch(() => left++)
  return { left }
}
