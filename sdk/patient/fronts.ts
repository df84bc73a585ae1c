/** Index entries of cards' fronts: they name the newest statement on what the front opens, so that no older one is shown. */
import { type CardFront, deriveFrontKeys } from "../../protocol/card-front.ts"
import type { FrontEntry } from "../../protocol/claims.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { statementHash } from "../../protocol/statement.ts"
import { openIndex } from "../cloud.ts"
import { readFrontEntry } from "../index-entry.ts"
import type { Contents } from "./contents.ts"
import { beginning, type Entered, named, type Place, removeStanding, standingIn, writeEntry } from "./entries.ts"
import { openFront, openRemembered, rememberedCards } from "./remembered.ts"
import type { PatientSession, RememberedFront } from "./session.ts"

interface Standing {
  readonly place: Place
  /** The statement that the entry names; none by one that the patient overruled as they recovered. */
  readonly names?: FrontEntry["openPart"]
}

/** What stands in the index for a front. */
const standingOf = async (
  session: PatientSession,
  front: CardFront,
  { locator, hri }: Entered,
  cardId: string,
): Promise<Standing> => {
  const { hriId, api } = await openIndex(hri, named(session))
  const statement = await standingIn(api, { locator })
  if (statement === undefined) return { place: beginning(hriId) }
  const { entry, sequence } = await readFrontEntry(statement, front, hri)
  const { cloud, patientId } = session
  if (entry.cloudId !== cloud.cloudId || entry.patientId !== patientId || entry.cardId !== cardId)
    throw new IntegrityFailure("entry-invalid")
  if (entry.signers.number < (session.memory.overrules ?? 0)) return { place: beginning(hriId) }
  return { place: { hriId, sequence, hash: await statementHash(statement) }, names: entry.openPart }
}

interface OpenedFront {
  readonly remembered: RememberedFront
  readonly front: CardFront
  readonly entered: Entered
}

/** A front that this device remembers, and where its entry stands. */
const openRememberedFront = async (session: PatientSession, cardId: string): Promise<OpenedFront | undefined> => {
  const card = rememberedCards(session)[cardId]
  if (card?.front === undefined) return undefined
  const front = await openFront(session, cardId, card.front)
  const { hri } = await openRemembered(session, cardId, card)
  return { remembered: card.front, front, entered: { locator: (await deriveFrontKeys(front.secret)).locator, hri } }
}

const remember = (session: PatientSession, cardId: string, change: Partial<RememberedFront>): void => {
  const cards = rememberedCards(session)
  const card = cards[cardId]
  if (card?.front !== undefined) cards[cardId] = { ...card, front: { ...card.front, ...change } }
}

/** Takes note of the newest statement on what a front opens. */
export const noteOpenPart = (
  session: PatientSession,
  cardId: string,
  openPart: { number: number; hash: string },
): void => remember(session, cardId, { openPart })

/** The cards in force whose front's entry isn't known to name the newest statement: an older one could be shown in its place. */
export const frontsBehind = ({ memory }: Pick<PatientSession, "memory">): string[] =>
  Object.entries(memory.cards ?? {}).flatMap(([cardId, { front, ended }]) =>
    front !== undefined && ended !== true && (front.openPart?.number ?? 0) > front.told ? [cardId] : [],
  )

/**
 * Has the front's entry name the newest statement that this device knows. `witness-conflict` where it names another of this number or a later one, which the
 * cloud has not shown to this device.
 */
export const tellFront = async (session: PatientSession, cardId: string, contents: Contents): Promise<void> => {
  const opened = await openRememberedFront(session, cardId)
  const openPart = opened?.remembered.openPart
  if (opened === undefined || openPart === undefined) return
  const { front, entered } = opened
  const { place, names } = await standingOf(session, front, entered, cardId)
  const { number, hash } = openPart
  if (names !== undefined && (names.number > number || (names.number === number && names.hash !== hash)))
    throw new IntegrityFailure("witness-conflict")
  if (names?.number !== number) {
    const { cloud, patientId } = session
    const plain: FrontEntry = { cloud: cloud.api.address, cloudId: cloud.cloudId, patientId, cardId, openPart }
    const { entryKey } = await deriveFrontKeys(front.secret)
    const entry = await sealUnder(entryKey, utf8(JSON.stringify(plain)))
    await writeEntry(session, entered, place, { own: { action: "put", entry }, signers: contents.signerLists })
  }
  remember(session, cardId, { told: number })
}

/** Takes the entry of a card's front out of the index, where there is one, for good: the card has ended. */
export const removeFrontEntry = async (session: PatientSession, cardId: string, contents: Contents): Promise<void> => {
  const opened = await openRememberedFront(session, cardId)
  if (opened !== undefined) await removeStanding(session, opened.entered, contents)
}
