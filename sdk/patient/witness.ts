import { Problem } from "../../contract/errors.ts"
import { isLocal } from "../../protocol/address.ts"
import { type Card, decodeCard, deriveCardKeys, encodeCard, locatorHash } from "../../protocol/card.ts"
import type { HriEntry } from "../../protocol/claims.ts"
import { fromUtf8, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import type { Witness } from "../../protocol/manifest.ts"
import { openSealed, sealTo } from "../../protocol/sealing.ts"
import { signStatement, statementHash } from "../../protocol/statement.ts"
import { apiAt } from "../api.ts"
import { openIndex } from "../cloud.ts"
import { readIndexEntry } from "../index-entry.ts"
import { stamp } from "../stamp.ts"
import { type Contents, requireDescent } from "./contents.ts"
import { deviceInfo } from "./kept.ts"
import type { PatientSession, RememberedCard } from "./session.ts"

/** The address of a card's index, as far as this record's cloud may name it. */
const named = ({ cloud }: PatientSession) => ({ local: isLocal(cloud.api.address) })

const rememberedCards = ({ memory }: PatientSession): Record<string, RememberedCard> => (memory.cards ??= {})

/** Keeps a card's secret on this device, sealed, so that its witness needs nothing of the cloud. */
export const rememberCard = async (session: PatientSession, cardId: string, card: Card): Promise<void> => {
  const cards = rememberedCards(session)
  if (cards[cardId] !== undefined) return
  const info = await deviceInfo(session, `card/${cardId}`)
  cards[cardId] = { sealed: await sealTo(session.keys.sealing.publicKey, info, utf8(encodeCard(card))), witnessed: 0 }
}

const openRemembered = (session: PatientSession, cardId: string, { sealed }: RememberedCard): Promise<Card> =>
  orFail("record-unreadable", async () => {
    const opened = await openSealed(session.keys.sealing, await deviceInfo(session, `card/${cardId}`), sealed)
    const reading = decodeCard(fromUtf8(opened))
    if (reading.outcome !== "ok") throw new Error("no card")
    return reading.card
  })

/** Where the entry of a card stands: the sequence of the newest statement, and its hash; sequence 0: there is none yet. */
interface Place {
  readonly hriId: string
  readonly sequence: number
  readonly hash: string | null
}

/** What an index says of a card: where its entry stands, and which manifest it names. */
interface Standing {
  readonly place: Place
  readonly names?: Witness
}

/**
 * Asks the index what stands there. What it names must lie in the past of this record, or this device would write over what another device of the
 * patient's has published and this one was never shown.
 */
const lookUpPlace = async (session: PatientSession, card: Card, hriId: string): Promise<Standing> => {
  const { fingerprint, cloud } = session
  const index = apiAt(card.hri, named(session))
  const answer = await index.call("hri/look-up", { locator: toBase64url(card.locator) }).catch((error: unknown) => {
    if (error instanceof Problem && error.code === "hri-entry-unknown") return undefined
    throw error
  })
  if (answer === undefined) return { place: { hriId, sequence: 0, hash: null } }
  const { entry, sequence } = await readIndexEntry(answer.statement, card, fingerprint)
  if (entry.cloudId !== cloud.cloudId || entry.patientId !== session.patientId)
    throw new IntegrityFailure("entry-invalid")
  await requireDescent(session, entry.manifest).catch((error: unknown) => {
    if (error instanceof IntegrityFailure && error.code === "manifest-rolled-back")
      throw new IntegrityFailure("witness-conflict", { cause: error })
    throw error
  })
  return { place: { hriId, sequence, hash: await statementHash(answer.statement) }, names: entry.manifest }
}

type Action = { readonly action: "put"; readonly entry: string } | { readonly action: "remove" }

const signEntry = async (
  { keys, signerId }: PatientSession,
  card: Card,
  { hriId, sequence, hash }: Place,
  { own, signers }: { own: Action; signers: readonly string[] },
): Promise<string> =>
  signStatement({
    typ: "hri-entry",
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    kid: signerId,
    payload: {
      aud: hriId,
      ...stamp(),
      locatorHash: await locatorHash(card.locator),
      sequence: sequence + 1,
      parent: hash,
      signers,
      ...own,
    },
  })

/** Signs and sends what comes after what stands there. `hri-entry-conflict` where somebody else has written since. */
const write = async (
  session: PatientSession,
  card: Card,
  place: Place,
  { own, signers }: { own: Action; signers: readonly string[] },
): Promise<Place> => {
  const statement = await signEntry(session, card, place, { own, signers })
  const route = own.action === "put" ? "hri/put-entry" : "hri/remove-entry"
  await apiAt(card.hri, named(session)).call(route, { statement })
  return { hriId: place.hriId, sequence: place.sequence + 1, hash: await statementHash(statement) }
}

const isConflict = (error: unknown): boolean => error instanceof Problem && error.code === "hri-entry-conflict"

/** Writes after what this device knows to stand there; `undefined` where it knows of nothing, or another device has written since. */
const writeAfterKnown = async (
  session: PatientSession,
  card: Card,
  known: Place | undefined,
  what: { own: Action; signers: readonly string[] },
): Promise<Place | undefined> => {
  if (known === undefined) return undefined
  try {
    return await write(session, card, known, what)
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
    manifest: { number: manifest.number, hash: manifest.hash },
  }
  const { entryKey } = await deriveCardKeys(card.secret)
  return sealUnder(entryKey, utf8(JSON.stringify(entry)))
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
    if (now !== undefined && now.witnessed <= witnessed)
      cards[cardId] = { ...now, witnessed, entry: { hriId, sequence, hash: hash ?? "" } }
  }
  const written = await writeAfterKnown(session, card, remembered.entry, { own, signers })
  if (written !== undefined) {
    keep(written, manifest.number)
    return
  }
  const { place, names } = await standingOf(session, card, remembered.entry)
  // Another device took the entry out: it struck the card, in a manifest that this one was never shown.
  if (names === undefined && remembered.entry !== undefined) throw new IntegrityFailure("witness-conflict")
  // Another call or device was quicker with a newer one: an older name would set the witness back.
  if (names !== undefined && names.number >= manifest.number) keep(place, names.number)
  else keep(await write(session, card, place, { own, signers }), manifest.number)
}

/** Writes the first entry of a card that was just made, unless it stands there already: without one the card leads nowhere. */
export const requireEntry = async (session: PatientSession, cardId: string): Promise<void> => {
  const { contents } = session.cache
  if (contents !== undefined && witnessesBehind(session).includes(cardId)) await putEntry(session, cardId, contents)
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

/** Whether this device knows the secret of every card that the manifest lists, and can witness for it. */
export const knowsItsCards = ({ memory }: Pick<PatientSession, "memory">, { manifest }: Contents): boolean =>
  manifest.claims.cards.every(({ cardId }) => memory.cards?.[cardId] !== undefined)

/**
 * Tells the indexes of the newest manifest, for every card that this device knows, without asking the cloud, and takes out the entries of cards that ended.
 * A change that is made and acknowledged does not fail for it: what is behind is shown (`witnessesBehind`) and tried again by the next change, or by
 * calling this. Answers why each that stays behind does: `witness-conflict` where an index names a state of the record that this device was never shown.
 */
export const renewWitnesses = async (session: PatientSession): Promise<readonly unknown[]> => {
  const { contents } = session.cache
  if (contents === undefined) return []
  markEnded(session, contents)
  const ended = Object.entries(rememberedCards(session)).flatMap(([cardId, card]) => (card.ended ? [cardId] : []))
  const [told] = await Promise.all([
    Promise.allSettled(knownBehind(session).map((cardId) => putEntry(session, cardId, contents))),
    Promise.allSettled(ended.map((cardId) => removeEntry(session, cardId, contents))),
  ])
  return told.flatMap((each) => (each.status === "rejected" ? [each.reason] : []))
}

/** Takes a card's entry out of its HRI, unless another device has; the device forgets the card. */
export const removeEntry = async (session: PatientSession, cardId: string, contents: Contents): Promise<void> => {
  const cards = rememberedCards(session)
  const remembered = cards[cardId]
  if (remembered === undefined) return
  const card = await openRemembered(session, cardId, remembered)
  const what = { own: { action: "remove" }, signers: contents.signerLists } as const
  const removed = await writeAfterKnown(session, card, remembered.entry, what)
  if (removed === undefined) {
    const { place, names } = await standingOf(session, card, remembered.entry)
    if (names !== undefined) await write(session, card, place, what)
  }
  delete cards[cardId]
}
