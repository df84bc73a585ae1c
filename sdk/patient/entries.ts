/** What a patient's device writes into an index: one statement after the other for each locator (docs/protocol.md, "Health Record Index"). */
import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import { isLocal } from "../../protocol/address.ts"
import { type Card, locatorHash } from "../../protocol/card.ts"
import {
  type FrontEntry,
  type HriEntry,
  type SilentEntry,
  signerListClaims,
  statements,
} from "../../protocol/claims.ts"
import { type Bytes, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { orFail } from "../../protocol/integrity.ts"
import { leavesBehind } from "../../protocol/signers.ts"
import { readStatement, signStatement, statementHash } from "../../protocol/statement.ts"
import { type Api, apiAt } from "../api.ts"
import { openIndex } from "../cloud.ts"
import { stamp } from "../stamp.ts"
import type { Contents } from "./contents.ts"
import type { PatientSession } from "./session.ts"

/** The address of a card's index, as far as this record's cloud may name it. */
export const named = ({ cloud }: PatientSession) => ({ local: isLocal(cloud.api.address) })

/** Whose entry it is: of a card's back or its front, and the address of the index. */
export type Entered = Pick<Card, "locator" | "hri">

/** Where the entry of a card stands: the sequence of the newest statement, and its hash; sequence 0: there is none yet. */
export interface Place {
  readonly hriId: string
  readonly sequence: number
  readonly hash: string | null
}

/** What is written. */
export type EntryAction = { readonly action: "put"; readonly entry: string } | { readonly action: "remove" }

/** Characters of which an entry's plaintext is a multiple: the index doesn't learn by its length what it is of, nor what it says. */
const entryLength = 512

/** What an index keeps, under the entry key. */
export const sealEntry = (entryKey: Bytes, entry: HriEntry | FrontEntry | SilentEntry): Promise<string> => {
  const text = JSON.stringify(entry)
  return sealUnder(entryKey, utf8(text.padEnd(Math.ceil(text.length / entryLength) * entryLength)))
}

const signEntry = async (
  { keys, signerId }: PatientSession,
  card: Entered,
  { hriId, sequence, hash }: Place,
  { own, signers }: { own: EntryAction; signers: readonly string[] },
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
export const writeEntry = async (
  session: PatientSession,
  card: Entered,
  place: Place,
  { own, signers }: { own: EntryAction; signers: readonly string[] },
): Promise<Place> => {
  const statement = await signEntry(session, card, place, { own, signers })
  const route = own.action === "put" ? "hri/put-entry" : "hri/remove-entry"
  await apiAt(card.hri, named(session)).call(route, { statement })
  return { hriId: place.hriId, sequence: place.sequence + 1, hash: await statementHash(statement) }
}

/** Where an entry begins: anew, where what stands there counts for nothing. */
export const beginning = (hriId: string): Place => ({ hriId, sequence: 0, hash: null })

/** The statement that stands in an index, as it came. */
export const standingIn = async (api: Api, { locator }: Pick<Entered, "locator">): Promise<string | undefined> => {
  const asked = api.call("hri/look-up", { locator: toBase64url(locator) })
  const answer = await asked.catch((error: unknown) => {
    if (error instanceof Problem && error.code === "hri-entry-unknown") return undefined
    throw error
  })
  return answer?.statement
}

/**
 * Takes out what stands in the index of a card that has ended, whatever it says: it witnesses nothing more, and a device that was ended could keep there what it
 * wrote before. Only its place is read; whether this device may remove it, the index judges.
 */
export const removeStanding = async (session: PatientSession, entered: Entered, contents: Contents): Promise<void> => {
  const { api, hriId } = await openIndex(entered.hri, named(session))
  const statement = await standingIn(api, entered)
  if (statement === undefined) return
  const place = await orFail("entry-invalid", async (): Promise<Place> => {
    const { header, payload } = readStatement(statement)
    const { sequence, signers } = z.parse(statements["hri-entry"], payload)
    const { number } = z.parse(signerListClaims, readStatement(signers.at(-1) ?? "").payload)
    const left = await leavesBehind(contents.signers, { number, by: header.kid })
    return left ? beginning(hriId) : { hriId, sequence, hash: await statementHash(statement) }
  })
  await writeEntry(session, entered, place, { own: { action: "remove" }, signers: contents.signerLists })
}
