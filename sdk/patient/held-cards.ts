import * as z from "zod/mini"
import type { ResponseOf } from "../../contract/routes.ts"
import { openFromAccount } from "../../protocol/account-key.ts"
import {
  type Card,
  cardHash,
  decodeCard,
  deriveCardKeys,
  locatorHash,
  readSealedCard,
  sealedHash,
} from "../../protocol/card.ts"
import { type CardFront, deriveFrontKeys, frontOf } from "../../protocol/card-front.ts"
import { type StatementClaims, statements } from "../../protocol/claims.ts"
import { type Bytes, toBase64url } from "../../protocol/crypto/bytes.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { type OpenPart, openOpenPart } from "../../protocol/open-part.ts"
import type { Category } from "../../protocol/primitives.ts"
import { verifyBySigner } from "../../protocol/signers.ts"
import { statementHash } from "../../protocol/statement.ts"
import { accountPair, type Contents } from "./contents.ts"
import { noteOpenPart } from "./fronts.ts"
import { heedCheckpoint } from "./heard-checkpoints.ts"
import { readListed } from "./listed.ts"
import { rememberCard, rememberedCards, rememberFront } from "./remembered.ts"
import { callAsPatient, type PatientSession, placeOf, wholeList } from "./session.ts"

/** What opens a card, of one that the manifest lists. */
export interface CardSecrets {
  /** What the QR codes of the back and the front hold, for printing them again. */
  readonly text: string
  readonly front: CardFront
  readonly card: Card
  readonly cloudShare: Bytes
  readonly proofKey: string
  /** What is sealed of it, and its hash as the manifest lists it. */
  readonly sealed: string
  readonly hash: string
}

/** A card as its patient sees it. */
export interface PatientCard {
  readonly cardId: string
  /**
   * `active`: the patient's signed manifest lists it. `revoked`: the patient's statement ended it, or the manifest lists it no more. `unlisted`: the cloud holds it, but it isn't listed: it
   * is none of the patient's, and is given no key.
   */
  readonly status: "active" | "revoked" | "unlisted"
  /** Signed where `active`; else the cloud's word: nothing may rest on it. */
  readonly categories: readonly Category[]
  /** The cloud's word. */
  readonly createdAt: string
  /** What the patient calls an active card; empty: nothing. */
  readonly name?: string
  /** Of an active card alone. */
  readonly secrets?: CardSecrets
  /** The newest statement on what an active card says to anybody, and what it says; without `said` it says nothing any more. */
  readonly openPart?: { readonly number: number; readonly said?: OpenPart }
}

export type ActiveCard = PatientCard & { readonly secrets: CardSecrets }

/** The card of this id, where it is in force. */
export const isActive =
  (wanted: string) =>
  (card: PatientCard): card is ActiveCard =>
    card.cardId === wanted && card.secrets !== undefined

type ListedCard = ResponseOf<"patient/list-cards">["cards"][number]

/** A card is sealed to the account key of its time. */
const openSealedCard = async (
  session: PatientSession,
  contents: Contents,
  { cardId, sealed }: ListedCard,
): Promise<ReturnType<typeof readSealedCard>> => {
  const object = { kind: "card", object: cardId, epoch: 0 } as const
  for (let { number } = contents.accountKey; ; number--) {
    try {
      const pair = await accountPair(session, contents, number)
      return readSealedCard(await openFromAccount(placeOf(session), pair, object, sealed ?? ""))
    } catch (error) {
      if (number <= 1) throw error
    }
  }
}

/**
 * What a card says to anybody, as its patient signed it last, by a signer who may sign now: every card dies with whoever ends, so that a listed one is newer than
 * any end. Throws where the cloud shows an older statement than this device knows, or none, or
 * somebody else's.
 */
const verifyOpenPart = async (
  session: PatientSession,
  { signers }: Contents,
  front: CardFront,
  { cardId, openPart }: ListedCard,
): Promise<Pick<PatientCard, "openPart">> => {
  const known = rememberedCards(session)[cardId]?.front?.openPart
  if (openPart === undefined) {
    if (known !== undefined) throw new Error("what was said to anybody is hidden")
    return {}
  }
  const { statement, sealed } = openPart
  const claims = z.parse(statements["open-part"], await verifyBySigner(statement, "open-part", signers))
  const { cloudId, patientId } = placeOf(session)
  if (claims.aud !== cloudId || claims.patientId !== patientId || claims.cardId !== cardId)
    throw new Error("of another card")
  const { number } = claims
  const hash = await statementHash(statement)
  if (known !== undefined && (number < known.number || (number === known.number && hash !== known.hash)))
    throw new Error("an older statement")
  const said = claims.action === "remove" ? undefined : await saidIn(claims, front, sealed ?? "")
  if (number !== known?.number) noteOpenPart(session, cardId, { number, hash })
  return { openPart: { number, ...(said && { said }) } }
}

const saidIn = async (
  claims: Extract<StatementClaims<"open-part">, { action: "set" }>,
  front: CardFront,
  sealed: string,
): Promise<OpenPart> => {
  const { locator } = await deriveFrontKeys(front.secret)
  if (claims.locatorHash !== (await locatorHash(locator))) throw new Error("of another front")
  if (claims.sealedHash !== (await sealedHash(sealed))) throw new Error("another text than was signed")
  const { aud: cloudId, patientId, cardId, number } = claims
  return openOpenPart(front, { cloudId, patientId, cardId, number }, sealed)
}

const openCard = async (session: PatientSession, contents: Contents, listed: ListedCard): Promise<PatientCard> => {
  const { cardId, createdAt, categories, status, keys, sealed, revocation } = listed
  const shown = { cardId, createdAt, categories }
  if (session.memory.revoked?.includes(cardId)) return { ...shown, status: "revoked" }
  if (status === "revoked" || keys === undefined || sealed === undefined) {
    // Of one that the manifest doesn't list, the manifest is the patient's word.
    if (contents.manifest.claims.cards.some((each) => each.cardId === cardId))
      await verifyRevocation(session, contents, cardId, revocation)
    return { ...shown, status: "revoked" }
  }
  return orFail("cards-differ", async () => {
    const { text, cloudShare, frontSecret, name } = await openSealedCard(session, contents, listed)
    const reading = decodeCard(text)
    if (reading.outcome !== "ok" || reading.card.fingerprint !== session.fingerprint) throw new Error("none of theirs")
    const { card } = reading
    // Anybody can seal a card to the patient, the cloud first of all: only what the patient's manifest lists is theirs.
    const proofKey = toBase64url((await deriveCardKeys(card.secret)).proofKey)
    const signed = { cardId, keys, cloudShare: toBase64url(cloudShare), proofKey }
    const place = { locatorHash: await locatorHash(card.locator), hri: card.hri }
    const hash = await cardHash({ ...signed, ...place, sealedHash: await sealedHash(sealed) })
    const signedFor = contents.manifest.claims.cards.some((each) => each.cardId === cardId && each.hash === hash)
    if (!signedFor) return { ...shown, status: "unlisted" }
    await rememberCard(session, cardId, card)
    await rememberFront(session, cardId, frontSecret)
    const front = frontOf({ fingerprint: session.fingerprint, secret: frontSecret })
    const secrets = { text, front, card, cloudShare, proofKey, sealed, hash }
    const openPart = await verifyOpenPart(session, contents, front, listed)
    const opened = keys.map(({ category }) => category)
    return { ...shown, categories: opened, status: "active", name, secrets, ...openPart }
  })
}

/** That the patient revoked this card, by a signer who may sign now: a cloud that says so of itself, or with a device that was ended, withholds it. */
const verifyRevocation = (
  session: PatientSession,
  { signers }: Contents,
  cardId: string,
  revocation = "",
): Promise<void> =>
  orFail("cards-differ", async () => {
    const payload = await verifyBySigner(revocation, "card-revocation", signers)
    const claims = z.parse(statements["card-revocation"], payload)
    const ofUs = claims.aud === session.cloud.cloudId && claims.patientId === session.patientId
    if (!ofUs || claims.cardId !== cardId) throw new Error("of another card")
    await heedCheckpoint(session, claims.checkpoint)
  })

/**
 * The patient's cards as the cloud and the newest manifest have them. Every listed one is among them: in force, or revoked by the patient's own statement
 * and not struck yet, `toStrike`. `cards-differ` where one is missing, or is said to be something else.
 */
export const cardsOf = async (
  session: PatientSession,
  contents: Contents,
): Promise<{ cards: PatientCard[]; toStrike: readonly string[] }> => {
  const cards = await wholeList(async (after) => {
    const page = await callAsPatient(session, "patient/list-cards", { after })
    return { items: await Promise.all(page.cards.map((card) => openCard(session, contents, card))), next: page.next }
  })
  const statusOf = new Map(cards.map(({ cardId, status }) => [cardId, status]))
  const listed = contents.manifest.claims.cards.map(({ cardId }) => cardId)
  const { memory } = session
  if (memory.revoked !== undefined) memory.revoked = memory.revoked.filter((cardId) => listed.includes(cardId))
  const toStrike = listed.filter((cardId) => statusOf.get(cardId) === "revoked")
  const inForce = listed.filter((cardId) => statusOf.get(cardId) === "active")
  const once = statusOf.size === cards.length && new Set(listed).size === listed.length
  if (!once || toStrike.length + inForce.length !== listed.length) throw new IntegrityFailure("cards-differ")
  return { cards, toStrike }
}

/** The patient's cards; every one that the manifest lists is among them, or was revoked by the patient. */
export const listCards = async (session: PatientSession): Promise<PatientCard[]> =>
  readListed(session, async (contents) => (await cardsOf(session, contents)).cards)
