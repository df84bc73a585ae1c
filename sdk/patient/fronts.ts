/**
 * Index entries of cards' fronts: they name the newest statement on what the front opens, so that no older one is shown. That of a front which says nothing yet
 * takes its place: a locator is its first writer's, who could be whoever has photographed the front.
 */
import { type CardFront, deriveFrontKeys } from "../../protocol/card-front.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { statementHash } from "../../protocol/statement.ts"
import { openIndex } from "../cloud.ts"
import { readFrontEntry } from "../index-entry.ts"
import type { Contents } from "./contents.ts"
import {
  beginning,
  type Entered,
  named,
  type Place,
  removeStanding,
  sealEntry,
  standingIn,
  writeEntry,
} from "./entries.ts"
import { openFront, openRemembered, rememberedCards } from "./remembered.ts"
import type { PatientSession, RememberedFront } from "./session.ts"

interface Standing {
  readonly place: Place
  /** The statement that the entry names; number 0 where it names none. Absent where no entry counts: there is none, or the patient overruled it as they recovered. */
  readonly names?: { readonly number: number; readonly hash?: string }
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
  const place = { hriId, sequence, hash: await statementHash(statement) }
  if (entry === undefined) return { place, names: { number: 0 } }
  const { cloud, patientId } = session
  if (entry.cloudId !== cloud.cloudId || entry.patientId !== patientId || entry.cardId !== cardId)
    throw new IntegrityFailure("entry-invalid")
  if (entry.signers.number < (session.memory.overrules ?? 0)) return { place: beginning(hriId) }
  return { place, names: entry.openPart }
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

/**
 * The cards in force whose front's entry isn't known to name the newest statement, or to be there at all: an older one could be shown in its place, or somebody else
 * take it.
 */
export const frontsBehind = ({ memory }: Pick<PatientSession, "memory">): string[] =>
  Object.entries(memory.cards ?? {}).flatMap(([cardId, { front, ended }]) =>
    front !== undefined && ended !== true && (front.openPart?.number ?? 0) > front.told ? [cardId] : [],
  )

/** What the entry of a front says: the newest statement on what it opens; nothing, where there was none. */
const entryFor = async (
  session: PatientSession,
  cardId: string,
  { front, remembered }: OpenedFront,
): Promise<string> => {
  const { entryKey } = await deriveFrontKeys(front.secret)
  const { openPart } = remembered
  if (openPart === undefined) return sealEntry(entryKey, { silent: true })
  const { cloud, patientId } = session
  return sealEntry(entryKey, { cloud: cloud.api.address, cloudId: cloud.cloudId, patientId, cardId, openPart })
}

/**
 * Has the front's entry name the newest statement that this device knows, or take its place where it knows of none. `witness-conflict` where it names another of this number or a later one, which the
 * cloud has not shown to this device.
 */
export const tellFront = async (session: PatientSession, cardId: string, contents: Contents): Promise<void> => {
  const opened = await openRememberedFront(session, cardId)
  if (opened === undefined) return
  const { openPart } = opened.remembered
  const { place, names } = await standingOf(session, opened.front, opened.entered, cardId)
  const number = openPart?.number ?? 0
  // A device that knows of no statement was never told to look for one: the place is taken, and that is all it needs.
  if (openPart !== undefined && names !== undefined)
    if (names.number > number || (names.number === number && names.hash !== openPart.hash))
      throw new IntegrityFailure("witness-conflict")
  if (names === undefined || names.number < number) {
    const entry = await entryFor(session, cardId, opened)
    await writeEntry(session, opened.entered, place, { own: { action: "put", entry }, signers: contents.signerLists })
  }
  remember(session, cardId, { told: number })
}

/** Takes the entry of a card's front out of the index, where there is one, for good: the card has ended. */
export const removeFrontEntry = async (session: PatientSession, cardId: string, contents: Contents): Promise<void> => {
  const opened = await openRememberedFront(session, cardId)
  if (opened !== undefined) await removeStanding(session, opened.entered, contents)
}
