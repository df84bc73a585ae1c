/** What a patient's device writes into an index: one statement after the other for each locator (docs/protocol.md, "Health Record Index"). */
import { isLocal } from "../../protocol/address.ts"
import { type Card, locatorHash } from "../../protocol/card.ts"
import { signStatement, statementHash } from "../../protocol/statement.ts"
import { apiAt } from "../api.ts"
import { stamp } from "../stamp.ts"
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
