import { Problem } from "../../contract/errors.ts"
import { type Card, deriveCardKeys } from "../../protocol/card.ts"
import type { HriEntry } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import type { Witness } from "../../protocol/manifest.ts"
import { knownOf } from "../../protocol/provider-keys.ts"
import { statementHash } from "../../protocol/statement.ts"
import { apiAt } from "../api.ts"
import { openIndex } from "../cloud.ts"
import { readIndexEntry, requireProvider } from "../index-entry.ts"
import { type Contents, readContents, requireDescent } from "./contents.ts"
import {
  beginning,
  type EntryAction,
  named,
  type Place,
  removeStanding,
  sealEntry,
  standingIn,
  writeEntry,
} from "./entries.ts"
import { frontsBehind, removeFrontEntry, tellFront } from "./fronts.ts"
import { openRemembered, rememberedCards } from "./remembered.ts"
import type { PatientSession } from "./session.ts"

/** What an index says of a card: where its entry stands, and which manifest it names; `overruled`: one that counts for nothing. */
interface Standing {
  readonly place: Place
  readonly names?: Witness | "overruled"
}

/**
 * Asks the index what stands there. What it names must lie in the past of this record, or this device would write over what another device of the
 * patient's has published and this one was never shown: unless the patient overruled, as they recovered, what was signed under the lists before.
 */
const lookUpPlace = async (session: PatientSession, card: Card, hriId: string): Promise<Standing> => {
  const { fingerprint, cloud } = session
  const statement = await standingIn(apiAt(card.hri, named(session)), card)
  if (statement === undefined) return { place: beginning(hriId) }
  const { entry, sequence } = await readIndexEntry(statement, card, fingerprint)
  if (entry.cloudId !== cloud.cloudId || entry.patientId !== session.patientId)
    throw new IntegrityFailure("entry-invalid")
  if (entry.signers.number < (session.memory.overrules ?? 0)) return { place: beginning(hriId), names: "overruled" }
  requireProvider(entry, cloud)
  await requireDescent(session, entry.manifest).catch((error: unknown) => {
    if (error instanceof IntegrityFailure && error.code === "manifest-rolled-back")
      throw new IntegrityFailure("witness-conflict", { cause: error })
    throw error
  })
  return { place: { hriId, sequence, hash: await statementHash(statement) }, names: entry.manifest }
}

const isConflict = (error: unknown): boolean => error instanceof Problem && error.code === "hri-entry-conflict"

/** Writes after what this device knows to stand there; `undefined` where it knows of nothing, or another device has written since. */
const writeAfterKnown = async (
  session: PatientSession,
  card: Card,
  known: Place | undefined,
  what: { own: EntryAction; signers: readonly string[] },
): Promise<Place | undefined> => {
  if (known === undefined) return undefined
  try {
    return await writeEntry(session, card, known, what)
  } catch (error) {
    if (!isConflict(error)) throw error
    return undefined
  }
}

/** What stands in a card's index. */
const standingOf = async (session: PatientSession, card: Card, known: Place | undefined): Promise<Standing> =>
  lookUpPlace(session, card, known?.hriId ?? (await openIndex(card.hri, named(session))).hriId)

const entryFor = async (session: PatientSession, cardId: string, card: Card, manifest: Witness): Promise<string> => {
  const { cloud, patientId } = session
  const entry: HriEntry = {
    cloud: cloud.api.address,
    cloudId: cloud.cloudId,
    patientId,
    cardId,
    provider: knownOf(cloud.provider).newest,
    manifest: { number: manifest.number, hash: manifest.hash },
  }
  const { entryKey } = await deriveCardKeys(card.secret)
  return sealEntry(entryKey, entry)
}

/**
 * That the newest manifest lists a card no more, whose entry another device took out. `witness-conflict` where it does: that device struck the card in a
 * manifest that this one was never shown.
 */
const requireStruck = async (session: PatientSession, cardId: string): Promise<void> => {
  const contents = await readContents(session)
  const { cards } = contents.manifest.claims
  if (cards.some((listed) => listed.cardId === cardId)) throw new IntegrityFailure("witness-conflict")
  markEnded(session, contents)
}

/**
 * Writes the card's entry into its HRI: where the record is, and, as a witness, which manifest is the newest. One that names this manifest already, or a
 * later one of this record, stands.
 */
const putEntry = async (session: PatientSession, cardId: string, contents: Contents): Promise<void> => {
  const cards = rememberedCards(session)
  const remembered = cards[cardId]
  if (remembered === undefined) return
  const { manifest, signerLists: signers } = contents
  const card = await openRemembered(session, cardId, remembered)
  const own = { action: "put", entry: await entryFor(session, cardId, card, manifest) } as const
  const keep = ({ hriId, sequence, hash }: Place, witnessed: number) => {
    const now = cards[cardId]
    if (now === undefined || now.witnessed > witnessed) return
    const { conflict: _, ...kept } = now
    cards[cardId] = { ...kept, witnessed, entry: { hriId, sequence, hash: hash ?? "" } }
  }
  const written = await writeAfterKnown(session, card, remembered.entry, { own, signers })
  if (written !== undefined) {
    keep(written, manifest.number)
    return
  }
  const { place, names } = await standingOf(session, card, remembered.entry)
  if (names === undefined && remembered.entry !== undefined) return requireStruck(session, cardId)
  // Another call or device was quicker with a newer one: an older name would set the witness back.
  if (names !== undefined && names !== "overruled" && names.number >= manifest.number) keep(place, names.number)
  else keep(await writeEntry(session, card, place, { own, signers }), manifest.number)
}

/**
 * Writes the first entries of a card that was just made, unless they stand there already: without the one the card leads nowhere, and without the other whoever
 * photographs its front could take its place.
 */
export const requireEntries = async (session: PatientSession, cardId: string): Promise<void> => {
  const { contents } = session.cache
  if (contents === undefined) return
  if (witnessesBehind(session).includes(cardId)) await putEntry(session, cardId, contents)
  if (frontsBehind(session).includes(cardId)) await tellFront(session, cardId, contents)
}

/**
 * The cards whose index entry does not name the newest manifest yet: a rollback of the record would not show there. A card that the manifest lists, and
 * whose secret this device was not told, is among them.
 */
export const witnessesBehind = ({ memory }: Pick<PatientSession, "memory">): string[] => {
  const unknown = (memory.manifest?.cards ?? []).filter((cardId) => memory.cards?.[cardId] === undefined)
  return [...knownBehind({ memory }), ...unknown]
}

const knownBehind = ({ memory }: Pick<PatientSession, "memory">): string[] => {
  const newest = memory.manifest?.number ?? 0
  return Object.entries(memory.cards ?? {}).flatMap(([cardId, { witnessed, ended }]) =>
    witnessed < newest && ended !== true ? [cardId] : [],
  )
}

/** Marks the cards that the patient's manifest lists no more: their entries are to go, and are renewed no more. */
const markEnded = (session: PatientSession, { manifest }: Contents): void => {
  const cards = rememberedCards(session)
  const listed = new Set(manifest.claims.cards.map(({ cardId }) => cardId))
  for (const [cardId, card] of Object.entries(cards)) if (!listed.has(cardId)) cards[cardId] = { ...card, ended: true }
}

/** The cards whose index knows of a state of the record that this device was never shown, since when it was last asked. */
export const witnessConflicts = ({ memory }: Pick<PatientSession, "memory">): string[] =>
  witnessesBehind({ memory }).filter((cardId) => memory.cards?.[cardId]?.conflict === true)

const isWitnessConflict = (error: unknown): boolean =>
  error instanceof IntegrityFailure && error.code === "witness-conflict"

/** Tells a card's index, and remembers where it knows of more than this device. */
const tell = async (session: PatientSession, cardId: string, contents: Contents): Promise<void> => {
  try {
    await putEntry(session, cardId, contents)
  } catch (error) {
    const cards = rememberedCards(session)
    const card = cards[cardId]
    if (card !== undefined && isWitnessConflict(error)) cards[cardId] = { ...card, conflict: true }
    throw error
  }
}

/** How long a change waits for the entries of ended cards to go, milliseconds, and how often they are tried: an index need not answer. */
const removalWaits = 1000
const removalTries = 5

/** Takes out the entries of cards that ended, and forgets those that were tried often enough: an entry that is left leads to a refusal. */
const removeEnded = async (session: PatientSession, contents: Contents): Promise<void> => {
  const cards = rememberedCards(session)
  const removals = Object.entries(cards).flatMap(([cardId, card]) => {
    const { ended = false, tries = 0 } = card
    if (!ended) return []
    if (tries >= removalTries) {
      delete cards[cardId]
      return []
    }
    cards[cardId] = { ...card, tries: tries + 1 }
    return [removeEntry(session, cardId, contents)]
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise((done) => (timer = setTimeout(done, removalWaits)))
  await Promise.race([Promise.allSettled(removals), late])
  clearTimeout(timer)
}

/** Whether this device knows the secret of every card that the manifest lists, and can witness for it. */
export const knowsItsCards = ({ memory }: Pick<PatientSession, "memory">, { manifest }: Contents): boolean =>
  manifest.claims.cards.every(({ cardId }) => memory.cards?.[cardId] !== undefined)

/**
 * Tells the indexes of the newest manifest, for every card that this device knows, without asking the cloud, and takes out the entries of cards that ended.
 * A change that is made and acknowledged does not fail for it: what is behind is shown (`witnessesBehind`) and tried again by the next change, or by
 * calling this. It waits a second at most for what is taken out. Answers why each that stays behind does: `witness-conflict`, which is remembered (`witnessConflicts`), where an index knows of
 * a state of the record that this device was never shown.
 */
export const renewWitnesses = async (session: PatientSession): Promise<readonly unknown[]> => {
  const { contents } = session.cache
  if (contents === undefined) return []
  markEnded(session, contents)
  const [told, fronts] = await Promise.all([
    Promise.allSettled(knownBehind(session).map((cardId) => tell(session, cardId, contents))),
    Promise.allSettled(frontsBehind(session).map((cardId) => tellFront(session, cardId, contents))),
    removeEnded(session, contents),
  ])
  return [...told, ...fronts].flatMap((each) => (each.status === "rejected" ? [each.reason] : []))
}

/** Takes a card's entry out of its HRI, unless another device has; the device forgets the card. */
export const removeEntry = async (session: PatientSession, cardId: string, contents: Contents): Promise<void> => {
  const cards = rememberedCards(session)
  const remembered = cards[cardId]
  if (remembered === undefined) return
  const card = await openRemembered(session, cardId, remembered)
  const what = { own: { action: "remove" }, signers: contents.signerLists } as const
  const removeBack = async () => {
    const removed = await writeAfterKnown(session, card, remembered.entry, what)
    if (removed === undefined) await removeStanding(session, card, contents)
  }
  // Each by itself: what keeps the one where it is keeps the other no longer.
  try {
    await removeBack()
  } finally {
    await removeFrontEntry(session, cardId, contents)
  }
  delete cards[cardId]
}
