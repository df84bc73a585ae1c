import { Problem } from "../../contract/errors.ts"
import { locatorHash, sealedHash } from "../../protocol/card.ts"
import { deriveFrontKeys, frontProof } from "../../protocol/card-front.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { type OpenPart, sealOpenPart } from "../../protocol/open-part.ts"
import { statementHash } from "../../protocol/statement.ts"
import { noteOpenPart, tellFront } from "./fronts.ts"
import { type ActiveCard, isActive, listCards } from "./held-cards.ts"
import { callAsPatient, type PatientSession, placeOf, signAsPatient } from "./session.ts"

/** The card, and the number of the next statement on what it opens. `not-found` for one that isn't in force. */
const nextOf = async (session: PatientSession, cardId: string): Promise<{ card: ActiveCard; number: number }> => {
  const card = (await listCards(session)).find(isActive(cardId))
  if (card === undefined) throw new Problem("not-found")
  return { card, number: (card.openPart?.number ?? 0) + 1 }
}

/**
 * The index is told now or, where it can't be reached, with a later change: what it names is what keeps an older statement from being shown.
 * `witness-conflict` where it knows of a newer one.
 */
const noted = async (session: PatientSession, cardId: string, number: number, statement: string): Promise<void> => {
  noteOpenPart(session, cardId, { number, hash: await statementHash(statement) })
  const { contents } = session.cache
  if (contents === undefined) return
  await tellFront(session, cardId, contents).catch((error: unknown) => {
    if (error instanceof IntegrityFailure) throw error
  })
}

/**
 * Opens to anybody who holds the front of this card what the patient says, in the place of what they said before. It is sealed under the front's
 * secret, and needs no card printed anew. `TypeError` for what isn't an open part; `card-conflict` where another device was quicker.
 */
export const setOpenPart = async (session: PatientSession, cardId: string, said: OpenPart): Promise<void> => {
  const { card, number } = await nextOf(session, cardId)
  const { front } = card.secrets
  const sealed = await sealOpenPart(front, { ...placeOf(session), cardId, number }, said)
  const { locator } = await deriveFrontKeys(front.secret)
  const proof = await frontProof(front.secret, session.cloud.cloudId)
  const statement = await signAsPatient(session, "open-part", {
    cardId,
    number,
    action: "set",
    locatorHash: await locatorHash(locator),
    proofHash: toBase64url(await sha256(fromBase64url(proof))),
    sealedHash: await sealedHash(sealed),
  })
  await callAsPatient(session, "patient/set-open-part", { cardId, statement, sealed })
  await noted(session, cardId, number, statement)
}

/** Takes back what a card says to anybody: the cloud destroys it at once, whatever other devices publish meanwhile. */
export const removeOpenPart = async (session: PatientSession, cardId: string): Promise<void> => {
  const { number } = await nextOf(session, cardId)
  const statement = await signAsPatient(session, "open-part", { cardId, number, action: "remove" })
  await callAsPatient(session, "patient/remove-open-part", { cardId, statement })
  await noted(session, cardId, number, statement)
}
